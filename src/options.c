#include "options.h"

#include "capability.h"
#include "interpolate.h"
#include "optionwords.h"

/* What an option takes; none of them can be given without its value. */
enum {
	TAKES_USER = OPTION_FLAG + 1,
	TAKES_GROUP,
	TAKES_PATHS, /* to be owned in the way of the row's value */
	TAKES_OWNERS,
	TAKES_JOBS,
	TAKES_CAPABILITIES,
	TAKES_HOME,
	TAKES_UMASK,
};

#define SETS(field, to) OPTION_FLAG, to, offsetof(struct options, field)
#define TAKES(what, how) TAKES_##what, how, 0

/* One list for both of what optionwords.h takes. */
#define OPTIONS(X)                                                                                 \
	X("--user", 'u', TAKES(USER, 0))                                                           \
	X("--group", 'g', TAKES(GROUP, 0))                                                         \
	X("--clear-groups", '\0', SETS(clear_groups, true))                                        \
	X("--own", 'o', TAKES(PATHS, VOLUME_OWN))                                                  \
	X("--own-once", '\0', TAKES(PATHS, VOLUME_OWN_ONCE))                                       \
	X("--own-top", '\0', TAKES(PATHS, VOLUME_OWN_TOP))                                         \
	X("--mkdir", '\0', TAKES(PATHS, VOLUME_MKDIR))                                             \
	X("--own-from", '\0', TAKES(OWNERS, 0))                                                    \
	X("--own-jobs", '\0', TAKES(JOBS, 0))                                                      \
	X("--cap", '\0', TAKES(CAPABILITIES, 0))                                                   \
	X("--allow-new-privs", '\0', SETS(allow_new_privs, true))                                  \
	X("--allow-root", '\0', SETS(allow_root, true))                                            \
	X("--home", '\0', TAKES(HOME, 0))                                                          \
	X("--keep-env", '\0', SETS(keep_env, true))                                                \
	X("--umask", '\0', TAKES(UMASK, 0))                                                        \
	X("--setup-only", '\0', SETS(action, ACTION_SETUP_ONLY))                                   \
	X("--dry-run", 'n', SETS(dry_run, true))                                                   \
	X("--strict", '\0', SETS(strict, true))                                                    \
	X("--verbose", 'v', SETS(verbosity, VERBOSITY_STEPS))                                      \
	X("--quiet", 'q', SETS(verbosity, VERBOSITY_QUIET))                                        \
	X("--help", '\0', SETS(action, ACTION_HELP))                                               \
	X("--version", '\0', SETS(action, ACTION_VERSION))
#define NAME(name, ...) name "\0"
#define ROW(name, ...) {__VA_ARGS__},

static const char names[] = OPTIONS(NAME);
static const struct option known_options[] = {OPTIONS(ROW)};

struct parser {
	struct options options;
	struct filler filler;
};

static bool too_many(const struct filler *filler)
{
	return error_set(filler->error, "reading the options", NULL, "too many values", NULL);
}

/* Room for one more in a LIST of COUNT; it is full, and moves, at each power of two. */
static void *grow(const struct filler *filler, void *list, size_t count, size_t size)
{
	void *grown = list;

	if ((count & (count - 1)) == 0) {
		grown = arena_allocate(filler->arena, count * 2 + 1, size);
		if (grown == NULL)
			too_many(filler);
		else if (count > 0)
			memcpy(grown, list, count * size);
	}
	return grown;
}

/* The first MARK outside of "${...}", or the end. */
static const char *find_outside(const char *word, char mark)
{
	for (bool inside = false; *word != '\0' && (inside || *word != mark); word++)
		inside = inside ? *word != '}' : word[0] == '$' && word[1] == '{';
	return word;
}

static bool comes_from_variable(const char *word, const char *value, char mark)
{
	return strchr(value, mark) != NULL && strchr(word, mark) == NULL;
}

/* Who may set a variable must not thereby be able to choose a path (in which a '=' is no harm), to make
 * an account or to get root's group: the author writes those. GROUP is what GROUP_WORD became. */
static bool check_variables(const struct filler *filler, const char *option, const char *word,
                            const char *value, const struct spec_ref *group, const char *group_word)
{
	bool is_roots = group->is_id ? group->id == 0 : slice_is(group->name, "root");

	return !(comes_from_variable(word, value, '@') ||
	         (value[0] != '@' && comes_from_variable(word, value, '=')) ||
	         (is_roots && strchr(group_word, '$') != NULL)) ||
	       error_set(filler->error, option, value, "chosen by a variable",
	                 "write '@', '=', group 0 in the option itself");
}

/* Cuts up WORD before its variables are filled in, so that no value has alternatives of its own.
 * Those in which a variable comes to nothing are left out, unless it is the only one left. */
static bool add_users(struct parser *parser, const char *option, const char *word)
{
	struct options *options = &parser->options;
	struct filler *filler = &parser->filler;
	const char *end;

	if (options->user_count > 0)
		return error_set(filler->error, option, word, "given twice", "one identity only");
	do {
		char *alternative;
		const char *value;
		const char *group;
		struct user_spec *users;

		end = find_outside(word, ',');
		alternative = arena_copy(filler->arena, slice_between(word, end));
		if (alternative == NULL)
			return too_many(filler);
		word = end + 1;
		filler->lacks = false;
		value = interpolate(filler, option, alternative);
		if (filler->lacks && (*end == ',' || options->user_count > 0))
			continue;
		users = grow(filler, options->users, options->user_count, sizeof(*users));
		if (value == NULL || users == NULL ||
		    !spec_parse_user(value, &users[options->user_count], filler->error))
			return false;
		group = find_outside(alternative, ':');
		if (!check_variables(filler, option, alternative, value,
		                     &users[options->user_count++].group,
		                     *group == '\0' ? alternative : group))
			return false;
		options->users = users;
	} while (*end == ',');
	return true;
}

static bool add_group(struct parser *parser, const char *option, const char *word,
                      const char *value)
{
	struct options *options = &parser->options;
	struct spec_ref *groups =
		grow(&parser->filler, options->groups, options->group_count, sizeof(*groups));

	if (groups == NULL)
		return false;
	options->groups = groups;
	groups += options->group_count++;
	return spec_parse_group(value, groups, parser->filler.error) &&
	       check_variables(&parser->filler, option, word, value, groups, word);
}

static bool add_owners(struct parser *parser, const char *list)
{
	struct options *options = &parser->options;
	struct slice rest = slice_of(list);
	bool more = true;

	while (more) {
		size_t length = rest.length;
		struct slice owner = slice_cut(&rest, ',');
		struct spec_ref *owners = grow(&parser->filler, options->own_from,
		                               options->own_from_count, sizeof(*owners));

		if (owners == NULL)
			return false;
		options->own_from = owners;
		if (!spec_parse_owner(owner, &owners[options->own_from_count++],
		                      parser->filler.error))
			return false;
		more = owner.length < length;
	}
	return true;
}

/* Cuts LIST up. Empty elements are none, so that ${EXTRA:-} can stand in a list; and with slashes at its
 * end a path is still the same one, for who declares it twice. */
static bool add_paths(struct parser *parser, enum volume_mode mode, char *list)
{
	struct options *options = &parser->options;
	bool more = true;

	while (more) {
		char *end = strchrnul(list, ':');
		struct volume_option *volumes;

		more = *end != '\0';
		*end = '\0';
		for (char *last = end; last > list + 1 && last[-1] == '/'; last--)
			last[-1] = '\0';
		if (end > list) {
			volumes = grow(&parser->filler, options->volumes, options->volume_count,
			               sizeof(*volumes));
			if (volumes == NULL)
				return false;
			options->volumes = volumes;
			volumes[options->volume_count++] = (struct volume_option){mode, list};
		}
		list = end + 1;
	}
	return true;
}

static bool parse_umask(const char *value, unsigned *ret_mode)
{
	unsigned mode = 0;
	const char *at = value;

	for (; *at >= '0' && *at <= '7' && mode <= 0777; at++)
		mode = mode * 8 + (unsigned)(*at - '0');
	if (at == value || *at != '\0' || mode > 0777)
		return false;
	*ret_mode = mode;
	return true;
}

static bool take_value(struct parser *parser, const struct option *option, const char *name,
                       const char *word)
{
	struct options *options = &parser->options;
	const char *reason;
	const char *hint;
	uint64_t named;
	char *value;

	if (option->kind == TAKES_USER)
		return add_users(parser, name, word);
	value = interpolate(&parser->filler, name, word);
	if (value == NULL)
		return false;
	switch (option->kind) {
	case TAKES_GROUP:
		return add_group(parser, name, word, value);
	case TAKES_PATHS:
		return add_paths(parser, option->value, value);
	case TAKES_OWNERS:
		return add_owners(parser, value);
	case TAKES_JOBS:
		if (ident_parse(slice_of(value), &options->own_jobs) && options->own_jobs > 0 &&
		    options->own_jobs <= VOLUME_JOBS_MAX)
			return true;
		reason = "not a number of workers";
		hint = "1 to 256";
		break;
	case TAKES_CAPABILITIES:
		if (!capability_parse_list(value, &named, parser->filler.error))
			return false;
		options->capabilities |= named;
		return true;
	case TAKES_HOME:
		options->home = value;
		if (value[0] == '/')
			return true;
		reason = "it is not absolute";
		hint = "start it with '/'";
		break;
	default:
		options->umask_given = true;
		if (parse_umask(value, &options->umask))
			return true;
		reason = "not an octal mode";
		hint = "0 to 0777";
		break;
	}
	return error_set(parser->filler.error, name, value, reason, hint);
}

/* What may not stand together, or must. */
static bool check_combination(const struct options *options, struct error *error)
{
	bool has_command = options->command[0] != NULL;
	const char *reason;
	const char *hint = NULL;

	if (options->user_count == 0) {
		reason = "no --user is given";
		hint = "say who runs the command: --user NAME or UID:GID";
	} else if ((options->action == ACTION_SETUP_ONLY) == has_command) {
		reason = "either a command or --setup-only must be given";
		hint = "the command stands last";
	} else if (options->keep_env && options->home != NULL) {
		reason = "--keep-env and --home exclude each other";
		hint = "see stepdown --help";
	} else {
		return true;
	}
	return error_set(error, "reading the options", NULL, reason, hint);
}

bool options_parse(int argc, char *const *argv, char *const *environment, struct arena *arena,
                   struct options *ret_options, struct error *error)
{
	struct parser parser = {
		.options.verbosity = VERBOSITY_CHANGES,
		.filler = {environment, arena, error, false},
	};
	struct options *options = &parser.options;
	struct option_words words = {
		.known = known_options, .names = names, .next = argv + (argc > 0)};
	const struct option *option;

	do {
		if (!option_words_take(&words, error))
			return false;
		option = words.option;
		if (option == NULL)
			break;
		if (option->kind == OPTION_FLAG)
			((unsigned char *)options)[option->offset] = option->value;
		else if (!take_value(&parser, option, words.name, words.value))
			return false;
	} while (options->action < ACTION_HELP);
	options->command = words.next;
	if (options->action < ACTION_HELP && !check_combination(options, error))
		return false;
	*ret_options = *options;
	return true;
}
