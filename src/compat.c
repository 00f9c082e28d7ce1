#include "compat.h"

enum program compat_program(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash == NULL ? argv0 : slash + 1;

	if (strcmp(name, "gosu") == 0)
		return PROGRAM_GOSU;
	if (strcmp(name, "su-exec") == 0)
		return PROGRAM_SU_EXEC;
	return PROGRAM_STEPDOWN;
}

const char *compat_name(enum program program)
{
	return program == PROGRAM_GOSU      ? "gosu"
	       : program == PROGRAM_SU_EXEC ? "su-exec"
	                                    : "stepdown";
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

/* gosu knows some words in the place of a user; su-exec answers a short line with its usage, on
 * stdout and as a success. */
static enum compat_action find_action(enum program program, int argc, char *const *argv)
{
	static const char *const help[] = {"--help", "-h", "-?", NULL};
	static const char *const version[] = {"--version", "-v", NULL};

	if (program == PROGRAM_SU_EXEC)
		return argc < 3 ? COMPAT_HELP : COMPAT_RUN;
	if (argc >= 2 && is_one_of(argv[1], help))
		return COMPAT_HELP;
	if (argc >= 2 && is_one_of(argv[1], version))
		return COMPAT_VERSION;
	return argc < 3 ? COMPAT_USAGE : COMPAT_RUN;
}

bool compat_parse(enum program program, int argc, char *const *argv,
                  struct compat_options *ret_options, struct error *error)
{
	struct compat_options options = {.action = find_action(program, argc, argv)};

	if (options.action == COMPAT_RUN) {
		options.user_text = argv[1];
		options.command = argv + 2;
		if (!spec_parse_compat(argv[1], &options.user, error))
			return false;
	}
	*ret_options = options;
	return true;
}
