#include "core/gosu_args.h"

static const char names[][9] = {"stepdown", "gosu", "su-exec"};

enum program compat_program(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	enum program program = PROGRAM_SU_EXEC;

	if (slash != NULL)
		argv0 = slash + 1;
	while (program != PROGRAM_STEPDOWN && strcmp(argv0, names[program]) != 0)
		program--;
	return program;
}

const char *compat_name(enum program program)
{
	return names[program];
}

/* gosu knows some words in the place of a user; su-exec answers a short line with its usage, on
 * stdout and as a success. */
static enum compat_action find_action(enum program program, int argc, char *const *argv)
{
	static const struct {
		char word[12];
		enum compat_action action;
	} words[] = {
		{"--version", COMPAT_VERSION}, {"-v", COMPAT_VERSION}, {"--help", COMPAT_HELP},
		{"-h", COMPAT_HELP},           {"-?", COMPAT_HELP},
	};

	if (program == PROGRAM_SU_EXEC)
		return argc < 3 ? COMPAT_HELP : COMPAT_RUN;
	for (size_t i = 0; argc >= 2 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(argv[1], words[i].word) == 0)
			return words[i].action;
	}
	return argc < 3 ? COMPAT_USAGE : COMPAT_RUN;
}

bool compat_parse(enum program program, int argc, char *const *argv,
                  struct compat_options *ret_options, struct error *error)
{
	enum compat_action action = find_action(program, argc, argv);

	if (action == COMPAT_RUN) {
		if (!spec_parse_compat(argv[1], &ret_options->user, error))
			return false;
		ret_options->options = (struct options){.allow_new_privs = true,
		                                        .users = &ret_options->user,
		                                        .user_count = 1,
		                                        .command = argv + 2};
	}
	ret_options->action = action;
	return true;
}
