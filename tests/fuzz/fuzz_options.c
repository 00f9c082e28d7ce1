/* The command line. The grammar is read from the text of --help, so that it and the parser are held
 * against each other. An input: the environment, the words behind the program's name. */

#include <ctype.h>
#include <stdalign.h>
#include <stddef.h>

#include "core/options.h"
#include "core/options_parse.h"
#include "core/usage.h"
#include "fuzz.h"
#include "oracle.h"

/* --- the grammar ---------------------------------------------------------------------------------- */

/* An option in --help. */
struct described {
	char name[32];
	char letter;
	bool takes_value;
};

static struct described described[64];
static size_t described_count;

/* "  -u, --user SPEC", "  --strict" */
static void read_help(void)
{
	for (const char *line = usage_text; *line != '\0'; line = strchr(line, '\n') + 1) {
		struct described option = {.letter = '\0'};
		size_t length;

		if (strncmp(line, "  -", 3) != 0)
			continue;
		line += 2;
		if (line[1] != '-') {
			option.letter = line[1];
			line += 4;
		}
		length = strcspn(line, " ,\t\n");
		CHECK(strncmp(line, "--", 2) == 0 && length < sizeof(option.name) &&
		              line[length] != ',',
		      "--help has the line '%s'", line);
		memcpy(option.name, line, length);
		option.takes_value = line[length] == ' ' &&
		                     isupper((unsigned char)line[length + 1]);
		described[described_count++] = option;
	}
	CHECK(described_count > 15, "--help names %zu options", described_count);
}

/* NAME is NULL for a letter. */
static const struct described *find(const char *name, size_t length, char letter)
{
	for (size_t i = 0; i < described_count; i++) {
		const struct described *option = &described[i];

		if (name == NULL ? option->letter == letter
		                 : strlen(option->name) == length &&
		                           memcmp(option->name, name, length) == 0)
			return option;
	}
	return NULL;
}

struct given {
	const struct described *option;
	const char *value;
};

/* The options of a command line, in order. */
static struct given given[FUZZ_WORDS * 64];
static size_t given_count;

/* Takes an option, whose value is ATTACHED to it or the next of the WORDS. False if there is no such option, or if it lacks
 * its value. */
static bool take(const struct described *option, const char *attached, char *const **words)
{
	if (option == NULL)
		return false;
	if (option->takes_value && attached == NULL)
		attached = *(*words)++;
	CHECK(given_count < COUNT(given), "many options");
	given[given_count++] = (struct given){option, option->takes_value ? attached : NULL};
	return !option->takes_value || attached != NULL;
}

/* Whether the last option ends all reading. */
static bool is_end(void)
{
	const char *name = given_count == 0 ? "" : given[given_count - 1].option->name;

	return strcmp(name, "--help") == 0 || strcmp(name, "--version") == 0;
}

/* -abc: the first that takes a value takes the rest of the word or the next one. */
static bool take_letters(const char *letters, char *const **words)
{
	const struct described *option;

	do {
		option = find(NULL, 0, *letters++);
		if (!take(option, *letters == '\0' ? NULL : letters, words))
			return false;
	} while (*letters != '\0' && !option->takes_value && !is_end());
	return true;
}

static bool take_name(const char *word, char *const **words)
{
	size_t length = strcspn(word, "=");
	const struct described *option = find(word, length, '\0');
	const char *value = word[length] == '=' ? word + length + 1 : NULL;

	if (option != NULL && value != NULL && !option->takes_value)
		return false;
	return take(option, value, words);
}

/* "-own", which means --own, or "-u=app". */
static bool is_wrong_dash(const char *word)
{
	const struct described *letter = find(NULL, 0, word[1]);
	char name[64];

	snprintf(name, sizeof(name), "-%.*s", (int)strcspn(word, "="), word);
	return (strlen(name) > 3 && find(name, strlen(name), '\0') != NULL) ||
	       (word[2] == '=' && letter != NULL && letter->takes_value);
}

/* Returns the first word of the command, or NULL if the words are not of the grammar. */
static char *const *read_words(char *const *words)
{
	given_count = 0;
	while (*words != NULL && words[0][0] == '-' && words[0][1] != '\0' && !is_end()) {
		const char *word = *words++;

		if (strcmp(word, "--") == 0)
			break;
		if (word[1] == '-' ? !take_name(word, &words)
		                   : is_wrong_dash(word) || !take_letters(word + 1, &words))
			return NULL;
	}
	return words;
}

static size_t count_of(const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < given_count; i++)
		count += strcmp(given[i].option->name, name) == 0;
	return count;
}

/* --- the values ----------------------------------------------------------------------------------- */

struct item {
	const char *text;   /* filled in */
	const char *option; /* of a path */
	bool may_not_be_gid_0;
	bool has_alternative;
};

struct list {
	struct item items[FUZZ_WORDS * 128];
	size_t count;
};

/* The values of the command line. */
static struct list users, groups, paths;

static void add(struct list *list, struct item item)
{
	CHECK(list->count < COUNT(list->items), "many values");
	list->items[list->count++] = item;
}

/* Returns the signs that have a meaning in WORD, an alternative of --user or --group or the value of another
 * option. The value of a variable may not contain one of them, because the author of the option chooses the
 * structure. */
static const char *signs_of(const char *name, const char *word)
{
	const char *path = strstr(word, "=@");
	bool is_account_by_path = path != NULL && strcspn(word, "$=") == (size_t)(path - word);

	if (strcmp(name, "--user") == 0)
		return *word == '@' || is_account_by_path ? ",:" : "@:=,";
	if (strcmp(name, "--group") == 0)
		return *word == '@' ? "," : "@:,";
	return strcmp(name, "--own-from") == 0 ? "@:," : "";
}

/* Whether a user of WORD may not have group 0: a variable stands in WORD, and not ":0" or ":root" by itself, which
 * is the group of SPEC then. */
static bool may_not_be_gid_0(const char *word, const struct oracle_spec *spec)
{
	const struct oracle_ref *group = &spec->group;
	const char *at = word;
	bool is_0 = group->given &&
	            (group->is_id ? group->id == 0
	                          : group->text.length == 4 &&
	                                    memcmp(group->text.bytes, "root", 4) == 0);

	while (*at != '\0' && *at != ':') {
		if (strncmp(at, "${", 2) == 0)
			at += strcspn(at, "}");
		at += *at != '\0';
	}
	return strchr(word, '$') != NULL && !(is_0 && *at == ':' && strchr(at, '$') == NULL);
}

/* Adds the alternatives in VALUE, which WORD has become: the author has written each comma. "" is no group. */
static bool add_alternatives(struct list *list, const char *word, const char *value, bool is_last)
{
	for (;; value++) {
		size_t length = strcspn(value, ",");
		struct item item = {.text = fuzz_keep(strndup(value, length)),
		                    .has_alternative = list == &groups};
		struct oracle_spec spec;
		struct oracle_ref ref;

		if (list == &users) {
			if (!oracle_user_spec(item.text, &spec))
				return false;
			item.may_not_be_gid_0 = may_not_be_gid_0(word, &spec);
		} else {
			if (!oracle_ref(value, length, true, &ref) &&
			    !(length == 0 && *value == '\0' && is_last))
				return false;
			item.may_not_be_gid_0 = strchr(word, '$') != NULL;
		}
		add(list, item);
		value += length;
		if (*value == '\0')
			return true;
	}
}

/* Adds the alternatives of --user or --group that are left when the variables are filled in. */
static bool read_alternatives(struct list *list, const char *word, char *const *environment)
{
	const char *name = list == &users ? "--user" : "--group";
	size_t before = list->count;
	bool is_last = false;

	for (; !is_last; word++) {
		size_t length = oracle_alternative(word);
		char *one = fuzz_keep(strndup(word, length));
		bool lacks;
		char *value =
			fuzz_keep(oracle_fill_in(environment, one, signs_of(name, one), &lacks));
		bool is_only = list->count == before;

		word += length;
		is_last = *word == '\0';
		if (lacks && (!is_last || (!is_only && (list == &users || value == NULL))))
			continue;
		if (value == NULL || !add_alternatives(list, one, value, is_last))
			return false;
	}
	list->items[list->count - 1].has_alternative = false;
	return true;
}

/* Adds the paths in LIST, cut at ':' and without the slashes at their ends. */
static bool read_paths(const char *option, char *list)
{
	bool is_good = true;

	for (const char *byte = list; *byte != '\0'; byte++)
		is_good &= !iscntrl((unsigned char)*byte);
	for (char *path = strtok_r(list, ":", &list); path != NULL;
	     path = strtok_r(NULL, ":", &list)) {
		for (size_t last = strlen(path) - 1; last > 0 && path[last] == '/'; last--)
			path[last] = '\0';
		add(&paths, (struct item){.text = path, .option = option});
	}
	return is_good;
}

/* Whether VALUE, filled in, is one for the option NAME. Capabilities are not looked at. */
static bool read_value(const char *name, char *value)
{
	struct oracle_ref ref;
	uint32_t id;

	if (strcmp(name, "--own-from") == 0) {
		while (oracle_ref(value, strcspn(value, ","), false, &ref)) {
			value += strcspn(value, ",");
			if (*value++ == '\0')
				return true;
		}
		return false;
	}
	if (strcmp(name, "--own-jobs") == 0)
		return oracle_id(value, strlen(value), &id) && id >= 1 && id <= 256;
	if (strcmp(name, "--home") == 0)
		return value[0] == '/';
	if (strcmp(name, "--umask") == 0 || strcmp(name, "--mkdir-mode") == 0)
		return value[0] != '\0' && value[strspn(value, "01234567")] == '\0' &&
		       strtoul(value, NULL, 8) <= 0777;
	if (strncmp(name, "--own", 5) == 0 || strcmp(name, "--mkdir") == 0)
		return read_paths(name, value);
	return true;
}

static bool read_values(char *const *environment)
{
	users.count = groups.count = paths.count = 0;
	for (size_t i = 0; i < given_count; i++) {
		const char *name = given[i].option->name;
		const char *word = given[i].value;
		char *value;
		bool is_good = true;

		if (strcmp(name, "--user") == 0) {
			is_good = read_alternatives(&users, word, environment);
		} else if (strcmp(name, "--group") == 0) {
			is_good = read_alternatives(&groups, word, environment);
		} else if (word != NULL) {
			value = fuzz_keep(
				oracle_fill_in(environment, word, signs_of(name, word), NULL));
			is_good = value != NULL && read_value(name, value);
		}
		if (!is_good)
			return false;
	}
	return true;
}

static bool is_complete(char *const *command)
{
	return count_of("--user") == 1 && (count_of("--setup-only") > 0) == (*command == NULL) &&
	       (count_of("--keep-env") == 0 || count_of("--home") == 0);
}

/* --- the comparison ------------------------------------------------------------------------------- */

static void check_lists(const struct options *options)
{
	static const char *const depths[] = {
		[DEPTH_TREE] = "--own",
		[DEPTH_TREE_IF_TOP_WRONG] = "--own-once",
		[DEPTH_TOP] = "--own-top",
	};

	CHECK(options->user_count == users.count && options->group_count == groups.count &&
	              options->volume_count == paths.count,
	      "%zu users, %zu groups, %zu paths", options->user_count, options->group_count,
	      options->volume_count);
	for (size_t i = 0; i < users.count; i++)
		CHECK(strcmp(options->users[i].text, users.items[i].text) == 0 &&
		              options->users[i].may_not_be_gid_0 == users.items[i].may_not_be_gid_0,
		      "user '%s', not '%s'", options->users[i].text, users.items[i].text);
	for (size_t i = 0; i < groups.count; i++) {
		const struct spec_ref *group = &options->groups[i];
		const struct item *item = &groups.items[i];

		CHECK(group->given == (item->text[0] != '\0') &&
		              group->has_alternative == item->has_alternative &&
		              group->may_not_be_gid_0 == item->may_not_be_gid_0,
		      "group '%s'", item->text);
	}
	for (size_t i = 0; i < paths.count; i++) {
		const struct declared_path *volume = &options->volumes[i];

		CHECK(strcmp(volume->path, paths.items[i].text) == 0, "'%s', not '%s'",
		      volume->path, paths.items[i].text);
		CHECK(strcmp(volume->make ? "--mkdir" : depths[volume->depth],
		             paths.items[i].option) == 0,
		      "'%s' to the depth %d", volume->path, volume->depth);
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
		{"--allow-root", options->allow_root, false},
		{"--allow-new-privs", options->allow_new_privs, false},
		{"--clear-groups", options->clear_groups, false},
		{"--keep-env", options->keep_env, false},
		{"--dry-run", options->dry_run, false},
		{"--strict", options->strict, false},
		{"--home", options->home != NULL, false},
		{"--umask", options->umask_given, false},
		{"--own-from", options->own_from_count > 0, false},
		{"--own-jobs", options->own_jobs > 0, false},
		{"--mkdir-mode", options->mkdir_mode != 0755, true},
		{"--cap", options->capabilities != 0, true},
		{"--try-cap", options->tried_capabilities != 0, true},
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static alignas(max_align_t) char memory[1 << 18];
	struct slice rest = {(const char *)bytes, length};
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
	if (length > 8192)
		return 0;
	fuzz_words(NULL, fuzz_section(&rest), environment);
	count = fuzz_words("stepdown", rest, words);
	fuzz_stain(&options, sizeof(options));
	is_good = options_parse(count, words, environment, &arena, &options, &error);
	command = read_words(words + 1);
	is_right = command != NULL && read_values(environment) && count_of("--user") <= 1 &&
	           (is_end() || is_complete(command));
	if (is_good) {
		CHECK(is_right, "accepted");
		check_options(&options, command);
	} else {
		CHECK(!is_right || count_of("--cap") + count_of("--try-cap") > 0, "refused: %s",
		      error.message);
		fuzz_check_failure(&options, sizeof(options), &error);
	}
	fuzz_free();
	return 0;
}
