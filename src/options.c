#include "options.h"

#include "capability.h"
#include "interpolate.h"
#include "optionwords.h"
#include "text.h"

enum {
	OPTION_OWN_TOP = 256,
	OPTION_MKDIR,
	OPTION_CLEAR_GROUPS,
	OPTION_CAP,
	OPTION_ALLOW_NEW_PRIVS,
	OPTION_ALLOW_ROOT,
	OPTION_HOME,
	OPTION_KEEP_ENV,
	OPTION_UMASK,
	OPTION_SETUP_ONLY,
	OPTION_STRICT,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option_known known_options[] = {
	{"user", 'u', true, 'u'},
	{"group", 'g', true, 'g'},
	{"clear-groups", '\0', false, OPTION_CLEAR_GROUPS},
	{"own", 'o', true, 'o'},
	{"own-top", '\0', true, OPTION_OWN_TOP},
	{"mkdir", '\0', true, OPTION_MKDIR},
	{"cap", '\0', true, OPTION_CAP},
	{"allow-new-privs", '\0', false, OPTION_ALLOW_NEW_PRIVS},
	{"allow-root", '\0', false, OPTION_ALLOW_ROOT},
	{"home", '\0', true, OPTION_HOME},
	{"keep-env", '\0', false, OPTION_KEEP_ENV},
	{"umask", '\0', true, OPTION_UMASK},
	{"setup-only", '\0', false, OPTION_SETUP_ONLY},
	{"dry-run", 'n', false, 'n'},
	{"strict", '\0', false, OPTION_STRICT},
	{"verbose", 'v', false, 'v'},
	{"quiet", 'q', false, 'q'},
	{"help", '\0', false, OPTION_HELP},
	{"version", '\0', false, OPTION_VERSION},
	{NULL, '\0', false, 0},
};

const char options_help[] =
	"usage: stepdown --user SPEC [OPTION]... [--] COMMAND [ARG]...\n"
	"       stepdown --user SPEC [OPTION]... --setup-only\n"
	"\n"
	"Gives up root for good, then becomes COMMAND.\n"
	"\n"
	"Who:\n"
	"  -u, --user SPEC        NAME, UID, either with :GROUP or :GID; NAME=UID[:GID] makes\n"
	"                         or renumbers the account\n"
	"  -g, --group GROUP      one more supplementary group (repeatable)\n"
	"      --clear-groups     the primary and the --group ones only\n"
	"Where (PATH[:PATH...], repeatable):\n"
	"  -o, --own PATH         PATH and all below it belong to the user\n"
	"      --own-top PATH     PATH itself, nothing below\n"
	"      --mkdir PATH       made when missing, then as --own-top\n"
	"Privileges:\n"
	"      --cap CAP[,CAP]... keep these capabilities, and no others\n"
	"      --allow-new-privs  leave no_new_privs off (for sudo, ping and their like)\n"
	"      --allow-root       let SPEC be uid 0, without capabilities\n"
	"Environment:\n"
	"      --home DIR         HOME, and the home of an account that is made\n"
	"      --keep-env         leave HOME, USER and LOGNAME alone\n"
	"      --umask MODE       octal\n"
	"What to do, and talking:\n"
	"      --setup-only       all but giving up root; no COMMAND\n"
	"  -n, --dry-run          print what would be done, change nothing\n"
	"      --strict           fail where a warning would do\n"
	"  -v, --verbose          a line for each step\n"
	"  -q, --quiet            errors only\n"
	"      --help, --version\n"
	"\n"
	"${VAR}, ${VAR-default}, ${VAR:-default} are filled in inside values; $$ is a dollar.\n"
	"Exit status: 125 stepdown failed, 126 COMMAND cannot be run, 127 it was not found.\n";

struct parser {
	struct options options;
	char *const *environment;
	struct arena *arena;
	struct error *error;
	size_t volume_capacity;
};

static const char *option_name(int option)
{
	for (const struct option_known *known = known_options; known->name != NULL; known++) {
		if (known->id == option)
			return known->name;
	}
	return "";
}

static bool parse_user(struct parser *parser, const char *value)
{
	if (parser->options.user_text != NULL)
		return error_set(parser->error, "reading the options", "--user", "given twice",
		                 "one identity only");
	if (!spec_parse_user(value, &parser->options.user, parser->error))
		return false;
	parser->options.user_text = value;
	return true;
}

/* Empty elements are none, so that ${EXTRA:-} can stand in a list. */
static bool parse_paths(struct parser *parser, enum volume_mode mode, const char *value)
{
	struct slice rest = slice_of(value);

	while (rest.length > 0) {
		struct slice path = slice_cut(&rest, ':');
		struct volume_option *volume;

		if (path.length == 0)
			continue;
		if (parser->options.volume_count == parser->volume_capacity) {
			struct volume_option *grown;
			size_t capacity = parser->volume_capacity * 2 + 8;

			grown = arena_allocate(parser->arena, capacity, sizeof(*grown));
			if (grown == NULL)
				return error_set(parser->error, "reading the options", NULL,
				                 "too many paths", NULL);
			if (parser->options.volume_count > 0)
				memcpy(grown, parser->options.volumes,
				       parser->options.volume_count * sizeof(*grown));
			parser->options.volumes = grown;
			parser->volume_capacity = capacity;
		}
		volume = &parser->options.volumes[parser->options.volume_count];
		volume->mode = mode;
		volume->path = arena_copy(parser->arena, path);
		if (volume->path == NULL)
			return error_set(parser->error, "reading the options", NULL,
			                 "the paths are too long", NULL);
		parser->options.volume_count++;
	}
	return true;
}

static bool parse_umask(struct parser *parser, const char *value)
{
	unsigned mode = 0;
	size_t length = strlen(value);

	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '7' || mode > 0777)
			length = 0;
		else
			mode = mode * 8 + (unsigned)(value[i] - '0');
	}
	if (length == 0 || mode > 0777)
		return error_set(parser->error, "reading --umask", value, "not an octal mode",
		                 "0 to 0777, such as 0027");
	parser->options.umask_given = true;
	parser->options.umask = mode;
	return true;
}

static bool parse_home(struct parser *parser, const char *value)
{
	if (value[0] != '/')
		return error_set(parser->error, "reading --home", value, "not an absolute path",
		                 "start it with '/'");
	parser->options.home = value;
	return true;
}

static bool parse_value(struct parser *parser, int option, const char *word)
{
	char name[32];
	struct text text = text_in(name, sizeof(name));
	struct options *options = &parser->options;
	const char *value;

	text_add(&text, "--");
	text_add(&text, option_name(option));
	if (!interpolate(name, word, parser->environment, parser->arena, &value, parser->error))
		return false;
	switch (option) {
	case 'u':
		return parse_user(parser, value);
	case 'g':
		if (!spec_parse_group(value, &options->groups[options->group_count], parser->error))
			return false;
		options->group_count++;
		return true;
	case 'o':
		return parse_paths(parser, VOLUME_OWN, value);
	case OPTION_OWN_TOP:
		return parse_paths(parser, VOLUME_OWN_TOP, value);
	case OPTION_MKDIR:
		return parse_paths(parser, VOLUME_MKDIR, value);
	case OPTION_CAP: {
		uint64_t named;

		if (!capability_parse_list(value, &named, parser->error))
			return false;
		options->capabilities |= named;
		return true;
	}
	case OPTION_HOME:
		return parse_home(parser, value);
	default:
		return parse_umask(parser, value);
	}
}

/* False for an option that takes a value, or is none. */
static bool take_flag(struct options *options, int option)
{
	switch (option) {
	case OPTION_CLEAR_GROUPS:
		options->clear_groups = true;
		return true;
	case OPTION_ALLOW_NEW_PRIVS:
		options->allow_new_privs = true;
		return true;
	case OPTION_ALLOW_ROOT:
		options->allow_root = true;
		return true;
	case OPTION_KEEP_ENV:
		options->keep_env = true;
		return true;
	case OPTION_SETUP_ONLY:
		options->action = ACTION_SETUP_ONLY;
		return true;
	case OPTION_STRICT:
		options->strict = true;
		return true;
	case 'n':
		options->dry_run = true;
		return true;
	case 'v':
		options->verbosity = VERBOSITY_STEPS;
		return true;
	case 'q':
		options->verbosity = VERBOSITY_QUIET;
		return true;
	default:
		return false;
	}
}

/* What may not stand together, or must. */
static bool check_combination(const struct options *options, struct error *error)
{
	bool has_command = options->command[0] != NULL;

	if (options->user_text == NULL)
		return error_set(error, "reading the options", NULL, "no --user is given",
		                 "say who the command is to run as: --user NAME or --user UID:GID");
	if (options->action == ACTION_SETUP_ONLY && has_command)
		return error_set(error, "reading the options", options->command[0],
		                 "--setup-only takes no command", "leave one of the two out");
	if (options->action == ACTION_RUN && !has_command)
		return error_set(error, "reading the options", NULL, "no command is given",
		                 "write it after the options, or give --setup-only");
	if (options->keep_env && options->home != NULL)
		return error_set(error, "reading the options", NULL,
		                 "--keep-env and --home contradict each other",
		                 "leave one of the two out");
	return true;
}

bool options_parse(int argc, char *const *argv, char *const *environment, struct arena *arena,
                   struct options *ret_options, struct error *error)
{
	struct parser parser = {
		.options = {.verbosity = VERBOSITY_CHANGES},
		.environment = environment,
		.arena = arena,
		.error = error,
	};
	struct option_words words = {.argv = argv, .next = argc > 0 ? 1 : 0};
	const char *value;
	int option;

	parser.options.groups = arena_allocate(arena, (size_t)argc, sizeof(*parser.options.groups));
	if (parser.options.groups == NULL)
		return error_set(error, "reading the options", NULL, "too many arguments", NULL);
	while ((option = option_words_take(&words, known_options, &value, error)) != OPTION_NONE) {
		if (option == OPTION_REFUSED)
			return false;
		if (option == OPTION_HELP || option == OPTION_VERSION) {
			parser.options.action = option == OPTION_HELP ? ACTION_HELP
			                                              : ACTION_VERSION;
			*ret_options = parser.options;
			return true;
		}
		if (!take_flag(&parser.options, option) && !parse_value(&parser, option, value))
			return false;
	}
	parser.options.command = argv + words.next;
	if (!check_combination(&parser.options, error))
		return false;
	*ret_options = parser.options;
	return true;
}
