#include "compat.h"

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
	static const char words[] = "--version\0-v\0--help\0-h\0-?\0";

	if (program == PROGRAM_SU_EXEC)
		return argc < 3 ? COMPAT_HELP : COMPAT_RUN;
	for (const char *word = words; argc >= 2 && word < words + sizeof(words) - 1;
	     word += strlen(word) + 1) {
		if (strcmp(argv[1], word) == 0)
			return word < words + sizeof("--version\0-v") ? COMPAT_VERSION
			                                              : COMPAT_HELP;
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
