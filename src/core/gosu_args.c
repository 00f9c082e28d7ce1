/* SPDX-License-Identifier: MIT */
#include "core/gosu_args.h"

static const char *const program_names[] = {"stepdown", "gosu", "su-exec"};

/* Tools that a link to stepdown cannot replace, because it takes other arguments. */
static const char *const other_tools[] = {"chpst",          "doas",      "runuser",
                                          "setpriv",        "setuidgid", "s6-setuidgid",
                                          "s6-applyuidgid", "su",        "sudo"};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool gosu_check_name(const char *argv0, struct error *error)
{
	argv0 = last_component(argv0);
	for (size_t i = 0; i < sizeof(other_tools) / sizeof(other_tools[0]); i++) {
		if (strcmp(argv0, other_tools[i]) == 0)
			return error_set(error, "starting", argv0,
			                 "of other tools only gosu and su-exec are imitated",
			                 "write stepdown --user NAME COMMAND");
	}
	return true;
}

enum program gosu_program(const char *argv0)
{
	enum program program = PROGRAM_SU_EXEC;

	argv0 = last_component(argv0);
	while (program != PROGRAM_STEPDOWN && strcmp(argv0, program_names[program]) != 0)
		program--;
	return program;
}

const char *gosu_program_name(enum program program)
{
	return program_names[program];
}

/* gosu accepts the words below instead of a user. su-exec with less than two arguments prints its
 * usage to stdout and succeeds. */
static enum gosu_action parse_gosu_action(enum program program, int argc, char *const *argv)
{
	static const struct {
		const char *word;
		enum gosu_action action;
	} words[] = {
		{"--version", GOSU_VERSION}, {"-v", GOSU_VERSION}, {"--help", GOSU_HELP},
		{"-h", GOSU_HELP},           {"-?", GOSU_HELP},
	};

	if (program == PROGRAM_SU_EXEC)
		return argc < 3 ? GOSU_HELP : GOSU_RUN;
	for (size_t i = 0; argc >= 2 && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(argv[1], words[i].word) == 0)
			return words[i].action;
	}
	return argc < 3 ? GOSU_USAGE : GOSU_RUN;
}

bool gosu_parse(enum program program, int argc, char *const *argv, struct gosu_options *ret_options,
                struct error *error)
{
	enum gosu_action action = parse_gosu_action(program, argc, argv);

	if (action == GOSU_RUN) {
		if (!spec_parse_gosu(argv[1], &ret_options->user, error))
			return false;
		ret_options->options = (struct options){.allow_new_privs = true,
		                                        .users = &ret_options->user,
		                                        .user_count = 1,
		                                        .command = argv + 2};
	}
	ret_options->action = action;
	return true;
}
