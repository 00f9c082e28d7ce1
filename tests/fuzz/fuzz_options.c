/* The command line. Two oracles tell its grammar: the text of --help names the options, and
 * getopt_long(3) reads them. An input: the environment, the words behind the program's name. */

#include <ctype.h>
#include <getopt.h>
#include <stdalign.h>
#include <stddef.h>

#include "core/options.h"
#include "core/options_parse.h"
#include "core/usage.h"
#include "fuzz.h"
#include "oracle.h"

/* --- the grammar ---------------------------------------------------------------------------------- */

/* For getopt_long(3). '+': the first other word ends the options. */
static char letters[64] = "+:";
static struct option described[64];
static size_t described_count;

/* "  -u, --user SPEC", "  --strict" */
static void read_help(void)
{
	for (const char *line = usage_text; *line != '\0'; line = strchr(line, '\n') + 1) {
		struct option *option = &described[described_count];
		char *end = strchr(letters, '\0');
		const char *name = strstr(line, "--");
		size_t length;

		if (strncmp(line, "  -", 3) != 0)
			continue;
		CHECK(name - line == (line[3] == '-' ? 2 : 6), "--help has the line '%s'", line);
		name += 2;
		length = strcspn(name, " ,\t\n");
		option->name = strndup(name, length);
		option->has_arg = name[length] == ' ' && isupper((unsigned char)name[length + 1]);
		option->val = line[3] == '-' ? 256 + (int)described_count : line[3];
		if (line[3] != '-')
			sprintf(end, "%c%s", line[3], option->has_arg ? ":" : "");
		described_count++;
	}
	CHECK(described_count > 15, "--help names %zu options", described_count);
}

/* The options of a command line, in order. */
static struct {
	const char *name;
	const char *value;
} given[FUZZ_WORDS * 64];
static size_t given_count;

/* Whether the last option ends all reading. */
static bool is_end(void)
{
	const char *name = given_count == 0 ? "" : given[given_count - 1].name;

	return strcmp(name, "help") == 0 || strcmp(name, "version") == 0;
}

/* What getopt_long(3) takes and stepdown does not: an abbreviated name, which is that of the option
 * at INDEX; "-own", which means --own; "-u=app". */
static bool is_refused(const char *word, int index)
{
	size_t length = strcspn(word + 1, "=");
	bool is_name = false;

	if (index >= 0)
		return length != strlen(described[index].name) + 1;
	for (size_t i = 0; i < described_count; i++)
		is_name |= strlen(described[i].name) == length &&
		           strncmp(described[i].name, word + 1, length) == 0;
	return is_name || word[2] == '=';
}

/* Returns the first word of the command, or NULL if the words are not of the grammar. */
static char *const *read_words(int count, char *const *words)
{
	int at = 1;

	given_count = 0;
	optind = 0; /* begins anew */
	opterr = 0;
	while (!is_end()) {
		int index = -1;
		int code = getopt_long(count, words, letters, described, &index);

		if (code == -1)
			break;
		if (code == '?' || code == ':' || is_refused(words[at], index))
			return NULL;
		for (int i = 0; index < 0; i++)
			index = described[i].val == code ? i : -1;
		CHECK(given_count < COUNT(given), "many options");
		given[given_count].name = described[index].name;
		given[given_count++].value = optarg;
		at = optind;
	}
	return words + optind;
}

static size_t count_of(const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < given_count; i++)
		count += strcmp(given[i].name, name) == 0;
	return count;
}

/* --- the values ----------------------------------------------------------------------------------- */

enum { VALUES = FUZZ_WORDS * 128 };

/* The values of the command line, with their variables filled in. */
static struct user_spec users[VALUES];
static struct spec_ref groups[VALUES];
static struct declared_path paths[VALUES];
static size_t user_count, group_count, path_count;

/* Returns the signs that have a meaning in WORD, an alternative of --user or --group or the value of another
 * option. The value of a variable may not contain one of them, because the author of the option chooses the
 * structure. */
static const char *signs_of(const char *name, const char *word)
{
	const char *path = strstr(word, "=@");
	bool is_account_by_path = path != NULL && strcspn(word, "$=") == (size_t)(path - word);

	if (strcmp(name, "user") == 0)
		return *word == '@' || is_account_by_path ? ",:" : "@:=,";
	if (strcmp(name, "group") == 0)
		return *word == '@' ? "," : "@:,";
	return strcmp(name, "own-from") == 0 ? "@:," : "";
}

/* Whether a user of WORD may not have group 0: a variable stands in WORD, and not ":0" or ":root" by itself, which
 * is the GROUP then. */
static bool may_not_be_gid_0(const char *word, const struct spec_ref *group)
{
	const char *behind = word + oracle_until(word, ':');
	bool is_0 = group->given && (group->is_id ? group->id == 0 : slice_is(group->name, "root"));

	return strchr(word, '$') != NULL && !(is_0 && strchr(behind, '$') == NULL);
}

static bool add_user(const char *word, const char *value)
{
	struct user_spec *user = &users[user_count];

	CHECK(user_count++ < VALUES, "many users");
	if (!oracle_user_spec(value, user))
		return false;
	user->may_not_be_gid_0 = may_not_be_gid_0(word, &user->group);
	return true;
}

/* "" is no group. */
static bool add_group(const char *word, const char *value, bool may_be_empty)
{
	struct spec_ref *group = &groups[group_count];

	CHECK(group_count++ < VALUES, "many groups");
	*group = (struct spec_ref){.given = false};
	if (!oracle_ref(slice_of(value), true, group) && !(value[0] == '\0' && may_be_empty))
		return false;
	group->may_not_be_gid_0 = strchr(word, '$') != NULL;
	group->has_alternative = true;
	return true;
}

/* Adds the alternatives of --user or --group that are left when the variables are filled in. A default may hold several:
 * the author has written each comma. */
static bool read_alternatives(const char *name, const char *word, char *const *environment)
{
	bool is_user = strcmp(name, "user") == 0;
	size_t before = is_user ? user_count : group_count;
	bool is_last = false;

	for (; !is_last; word++) {
		size_t length = oracle_until(word, ',');
		char *one = fuzz_string((struct slice){word, length});
		bool lacks;
		char *value = oracle_fill_in(environment, one, signs_of(name, one), &lacks);
		bool is_only = (is_user ? user_count : group_count) == before;

		word += length;
		is_last = *word == '\0';
		if (lacks && (!is_last || (!is_only && (is_user || value == NULL))))
			continue;
		if (value == NULL)
			return false;
		for (bool more = true; more; value += strlen(value) + 1) {
			char *end = strchrnul(value, ',');

			more = *end == ',';
			*end = '\0';
			if (!(is_user ? add_user(one, value)
			              : add_group(one, value, is_last && !more)))
				return false;
		}
	}
	if (!is_user)
		groups[group_count - 1].has_alternative = false;
	return true;
}

/* Adds the paths in LIST, cut at ':' and without the slashes at their ends. */
static bool read_paths(const char *name, char *list)
{
	bool makes = strcmp(name, "mkdir") == 0;
	enum ownership_depth depth = strcmp(name, "own") == 0        ? DEPTH_TREE
	                             : strcmp(name, "own-once") == 0 ? DEPTH_TREE_IF_TOP_WRONG
	                                                             : DEPTH_TOP;
	bool is_good = true;

	for (const char *byte = list; *byte != '\0'; byte++)
		is_good &= !iscntrl((unsigned char)*byte);
	for (char *path = strtok_r(list, ":", &list); path != NULL;
	     path = strtok_r(NULL, ":", &list)) {
		for (size_t last = strlen(path) - 1; last > 0 && path[last] == '/'; last--)
			path[last] = '\0';
		CHECK(path_count < VALUES, "many paths");
		paths[path_count++] =
			(struct declared_path){.path = path, .depth = depth, .make = makes};
	}
	return is_good;
}

/* Whether VALUE, filled in, is one for the option NAME. Capabilities are not looked at. */
static bool read_value(const char *name, char *value)
{
	struct slice rest = slice_of(value);
	struct spec_ref ref;
	uint32_t id;

	if (strcmp(name, "own-from") == 0) {
		while (oracle_ref(slice_cut(&rest, ','), false, &ref)) {
			if (rest.length == 0)
				return value[strlen(value) - 1] != ',';
		}
		return false;
	}
	if (strcmp(name, "own-jobs") == 0)
		return oracle_id(rest, &id) && id >= 1 && id <= 256;
	if (strcmp(name, "home") == 0)
		return value[0] == '/';
	if (strcmp(name, "umask") == 0 || strcmp(name, "mkdir-mode") == 0)
		return value[0] != '\0' && value[strspn(value, "01234567")] == '\0' &&
		       strtoul(value, NULL, 8) <= 0777;
	if (strncmp(name, "own", 3) == 0 || strcmp(name, "mkdir") == 0)
		return read_paths(name, value);
	return true;
}

static bool read_values(char *const *environment)
{
	bool lacks;

	user_count = group_count = path_count = 0;
	for (size_t i = 0; i < given_count; i++) {
		const char *name = given[i].name;
		const char *word = given[i].value;
		char *value;

		if (strcmp(name, "user") == 0 || strcmp(name, "group") == 0) {
			if (!read_alternatives(name, word, environment))
				return false;
		} else if (word != NULL) {
			value = oracle_fill_in(environment, word, signs_of(name, word), &lacks);
			if (value == NULL || !read_value(name, value))
				return false;
		}
	}
	return true;
}

static bool is_complete(char *const *command)
{
	return count_of("user") == 1 && (count_of("setup-only") > 0) == (*command == NULL) &&
	       (count_of("keep-env") == 0 || count_of("home") == 0);
}

/* --- the comparison ------------------------------------------------------------------------------- */

static void check_lists(const struct options *options)
{
	CHECK(options->user_count == user_count && options->group_count == group_count &&
	              options->volume_count == path_count,
	      "%zu users, %zu groups, %zu paths", options->user_count, options->group_count,
	      options->volume_count);
	for (size_t i = 0; i < user_count; i++)
		CHECK(strcmp(options->users[i].text, users[i].text) == 0 &&
		              options->users[i].may_not_be_gid_0 == users[i].may_not_be_gid_0,
		      "user '%s', not '%s'", options->users[i].text, users[i].text);
	for (size_t i = 0; i < group_count; i++) {
		const struct spec_ref *group = &options->groups[i];

		CHECK(group->given == groups[i].given &&
		              (!group->given || slice_equal(group->name, groups[i].name)) &&
		              group->has_alternative == groups[i].has_alternative &&
		              group->may_not_be_gid_0 == groups[i].may_not_be_gid_0,
		      "group '%.*s'", SLICE(groups[i].name));
	}
	for (size_t i = 0; i < path_count; i++) {
		const struct declared_path *volume = &options->volumes[i];

		CHECK(strcmp(volume->path, paths[i].path) == 0 && volume->make == paths[i].make &&
		              volume->depth == paths[i].depth,
		      "'%s' to the depth %d, not '%s'", volume->path, volume->depth, paths[i].path);
	}
}

static void check_options(const struct options *options, char *const *command)
{
	uint64_t capabilities = options->capabilities | options->tried_capabilities;
	const struct {
		const char *name;
		bool is_set;
		bool only_then; /* the option does not always set something */
	} flags[] = {
		{"allow-root", options->allow_root, false},
		{"allow-new-privs", options->allow_new_privs, false},
		{"clear-groups", options->clear_groups, false},
		{"keep-env", options->keep_env, false},
		{"dry-run", options->dry_run, false},
		{"strict", options->strict, false},
		{"home", options->home != NULL, false},
		{"umask", options->umask_given, false},
		{"own-from", options->own_from_count > 0, false},
		{"own-jobs", options->own_jobs > 0, false},
		{"mkdir-mode", options->mkdir_mode != 0755, true},
		{"cap", options->capabilities != 0, true},
		{"try-cap", options->tried_capabilities != 0, true},
	};

	/* Above all: nothing but the word itself allows root or keeps a capability. */
	for (size_t i = 0; i < COUNT(flags); i++)
		CHECK(flags[i].is_set == (count_of(flags[i].name) > 0) ||
		              (flags[i].only_then && !flags[i].is_set),
		      "%s: %d", flags[i].name, flags[i].is_set);
	CHECK(capabilities >> 41 == 0, "capabilities %jx", (uintmax_t)capabilities);
	CHECK(options->umask <= 0777 && options->mkdir_mode <= 0777, "umask %o, mode %o",
	      options->umask, options->mkdir_mode);
	CHECK(options->own_jobs <= OWNERSHIP_JOBS_MAX, "%u jobs", options->own_jobs);
	CHECK(options->action >= ACTION_HELP || options->command == command,
	      "the command is at '%s'", *options->command);
	check_lists(options);
}

void fuzz_one(struct slice input)
{
	static alignas(max_align_t) char memory[1 << 18];
	struct arena arena = arena_in(memory, sizeof(memory));
	char *environment[FUZZ_WORDS];
	char *words[FUZZ_WORDS];
	char *const *command;
	struct options options;
	struct error error;
	bool is_good;
	bool is_right;
	int count;

	if (described_count == 0)
		read_help();
	fuzz_words(NULL, fuzz_section(&input), environment);
	count = fuzz_words("stepdown", input, words);
	fuzz_stain(&options, sizeof(options));
	is_good = options_parse(count, words, environment, &arena, &options, &error);
	command = read_words(count, words);
	is_right = command != NULL && read_values(environment) && count_of("user") <= 1 &&
	           (is_end() || is_complete(command));
	if (is_good) {
		CHECK(is_right, "accepted");
		check_options(&options, command);
	} else {
		CHECK(!is_right || count_of("cap") + count_of("try-cap") > 0, "refused: %s",
		      error.message);
		fuzz_check_failure(&options, sizeof(options), &error);
	}
}
