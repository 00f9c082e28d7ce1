/* SPDX-License-Identifier: MIT */
#include "core/options_parse.h"

#include "core/option_parser.h"
#include "core/option_values.h"

static const struct option known_options[] = {
	{"--user", 'u', true, OPTION_USER},
	{"--group", 'g', true, OPTION_GROUP},
	{"--clear-groups", '\0', false, OPTION_CLEAR_GROUPS},
	{"--own", 'o', true, OPTION_OWN},
	{"--own-once", '\0', true, OPTION_OWN_ONCE},
	{"--own-top", '\0', true, OPTION_OWN_TOP},
	{"--mkdir", '\0', true, OPTION_MKDIR},
	{"--mkdir-mode", '\0', true, OPTION_MKDIR_MODE},
	{"--own-from", '\0', true, OPTION_OWN_FROM},
	{"--own-jobs", '\0', true, OPTION_OWN_JOBS},
	{"--cap", '\0', true, OPTION_CAP},
	{"--try-cap", '\0', true, OPTION_TRY_CAP},
	{"--allow-new-privs", '\0', false, OPTION_ALLOW_NEW_PRIVS},
	{"--allow-root", '\0', false, OPTION_ALLOW_ROOT},
	{"--home", '\0', true, OPTION_HOME},
	{"--keep-env", '\0', false, OPTION_KEEP_ENV},
	{"--umask", '\0', true, OPTION_UMASK},
	{"--setup-only", '\0', false, OPTION_SETUP_ONLY},
	{"--dry-run", 'n', false, OPTION_DRY_RUN},
	{"--strict", '\0', false, OPTION_STRICT},
	{"--verbose", 'v', false, OPTION_VERBOSE},
	{"--quiet", 'q', false, OPTION_QUIET},
	{"--help", 'h', false, OPTION_HELP},
	{"--version", 'V', false, OPTION_VERSION},
};

static void take_flag(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_CLEAR_GROUPS:
		options->clear_groups = true;
		break;
	case OPTION_ALLOW_NEW_PRIVS:
		options->allow_new_privs = true;
		break;
	case OPTION_ALLOW_ROOT:
		options->allow_root = true;
		break;
	case OPTION_KEEP_ENV:
		options->keep_env = true;
		break;
	case OPTION_SETUP_ONLY:
		options->action = ACTION_SETUP_ONLY;
		break;
	case OPTION_DRY_RUN:
		options->dry_run = true;
		break;
	case OPTION_STRICT:
		options->strict = true;
		break;
	case OPTION_VERBOSE:
		options->verbosity = VERBOSITY_STEPS;
		break;
	case OPTION_QUIET:
		options->verbosity = VERBOSITY_QUIET;
		break;
	case OPTION_HELP:
		options->action = ACTION_HELP;
		break;
	default:
		options->action = ACTION_VERSION;
		break;
	}
}

/* IS_EMPTY is true if the command line has no word. Returns false and sets *error if options
 * exclude each other, or if a necessary one is missing. */
static bool check_combination(const struct options *options, bool is_empty, struct error *error)
{
	bool has_command = options->command[0] != NULL;
	const char *object = NULL;
	const char *reason;
	const char *hint = NULL;

	if (is_empty) {
		reason = "nothing is given";
		hint = "write stepdown --user NAME COMMAND, or see stepdown --help";
	} else if (options->user_count == 0) {
		reason = "no --user is given";
		hint = "say who runs the command: --user NAME or UID:GID";
	} else if (options->action == ACTION_SETUP_ONLY && has_command) {
		object = options->command[0];
		reason = "--setup-only runs no command";
		hint = "leave out the command, or --setup-only";
	} else if (options->action != ACTION_SETUP_ONLY && !has_command) {
		reason = "either a command or --setup-only must be given";
		hint = "the command stands last";
	} else if (options->keep_env && options->home != NULL) {
		reason = "--keep-env and --home exclude each other";
		hint = "see stepdown --help";
	} else {
		return true;
	}
	return error_set(error, "reading the options", object, reason, hint);
}

bool options_parse(int argc, char *const *argv, char *const *environment, struct arena *arena,
                   struct options *ret_options, struct error *error)
{
	struct option_reader reader = {
		.options.verbosity = VERBOSITY_CHANGES,
		.options.mkdir_mode = 0755,
		.filler = {environment, arena, error, false},
	};
	struct options *options = &reader.options;
	struct option_words words = {
		.known = known_options,
		.known_count = sizeof(known_options) / sizeof(known_options[0]),
		.next = argv + (argc > 0),
	};
	const struct option *option;

	do {
		if (!option_words_take(&words, error))
			return false;
		option = words.option;
		if (option == NULL)
			break;
		if (!option->takes_value)
			take_flag(options, (enum option_id)option->id);
		else if (!option_values_take(&reader, (enum option_id)option->id, option->name,
		                             words.value))
			return false;
	} while (options->action < ACTION_HELP);
	options->command = words.next;
	if (options->action < ACTION_HELP && !check_combination(options, argc <= 1, error))
		return false;
	*ret_options = *options;
	return true;
}
