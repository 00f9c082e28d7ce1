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

/* What --help says of an option. */
struct described {
	char name[32];
	char letter;
	bool takes_value;
};

static struct described described[64];
static size_t described_count;

/* "  -u, --user SPEC", "  --help, --version" */
static void describe_line(const char *line)
{
	struct described option = {.letter = '\0'};

	line += 2;
	if (line[1] != '-') {
		option.letter = line[1];
		line += 4;
	}
	for (;;) {
		size_t length = strcspn(line, " ,\t\n");

		CHECK(strncmp(line, "--", 2) == 0 && length < sizeof(option.name),
		      "--help has the line '%s'", line);
		memcpy(option.name, line, length);
		option.name[length] = '\0';
		line += length;
		option.takes_value = line[0] == ' ' && isupper((unsigned char)line[1]);
		described[described_count++] = option;
		if (strncmp(line, ", ", 2) != 0)
			break;
		line += 2;
	}
}

static void read_help(void)
{
	for (const char *line = usage_text; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (strncmp(line, "  -", 3) == 0)
			describe_line(line);
	}
	CHECK(described_count > 15, "--help names %zu options", described_count);
}

static const struct described *find(const char *name, size_t length, char letter)
{
	for (size_t i = 0; i < described_count; i++) {
		const struct described *option = &described[i];

		if (letter != '\0' ? option->letter == letter
		                   : strlen(option->name) == length &&
		                             memcmp(option->name, name, length) == 0)
			return option;
	}
	return NULL;
}

/* What was found in a command line, in order. */
struct given {
	const struct described *option;
	const char *value;
};

struct reading {
	struct given given[FUZZ_WORDS * 8];
	size_t count;
	char *const *command;
	bool ends_early; /* at --help or --version */
};

static bool is_end(const struct reading *reading)
{
	const char *name;

	if (reading->count == 0)
		return false;
	name = reading->given[reading->count - 1].option->name;
	return strcmp(name, "--help") == 0 || strcmp(name, "--version") == 0;
}

/* -abc, where the first that takes a value takes what is left of the word or the next one. */
static bool read_letters(struct reading *reading, const char *letters, char *const **at)
{
	for (; *letters != '\0'; letters++) {
		const struct described *option = find(NULL, 0, *letters);

		if (option == NULL || reading->count == FUZZ_WORDS * 8)
			return false;
		reading->given[reading->count++] = (struct given){option, NULL};
		if (is_end(reading))
			return true;
		if (option->takes_value) {
			const char *value = letters[1] != '\0' ? letters + 1 : *(*at)++;

			reading->given[reading->count - 1].value = value;
			return value != NULL;
		}
	}
	return true;
}

static bool read_name(struct reading *reading, const char *word, char *const **at)
{
	size_t length = strcspn(word, "=");
	const struct described *option = find(word, length, '\0');
	const char *value = word[length] == '=' ? word + length + 1 : NULL;

	if (option == NULL || (value != NULL && !option->takes_value))
		return false;
	if (option->takes_value && value == NULL)
		value = *(*at)++;
	reading->given[reading->count++] = (struct given){option, value};
	return !option->takes_value || value != NULL;
}

/* "-own", which --own is meant by. */
static bool find_by_one_dash(const char *word)
{
	char name[64];

	snprintf(name, sizeof(name), "-%.*s", (int)strcspn(word, "="), word);
	return strlen(name) > 3 && find(name, strlen(name), '\0') != NULL;
}

/* "-u=app". */
static bool is_letter_with_equals(const char *word)
{
	const struct described *option = find(NULL, 0, word[1]);

	return word[2] == '=' && option != NULL && option->takes_value;
}

/* False when the words are not of the grammar. */
static bool read_words(char *const *at, struct reading *reading)
{
	while (*at != NULL && at[0][0] == '-' && at[0][1] != '\0') {
		const char *word = *at++;

		if (strcmp(word, "--") == 0)
			break;
		if (word[1] != '-' && (find_by_one_dash(word) || is_letter_with_equals(word)))
			return false;
		if (word[1] == '-' ? !read_name(reading, word, &at)
		                   : !read_letters(reading, word + 1, &at))
			return false;
		reading->ends_early = is_end(reading);
		if (reading->ends_early)
			break;
	}
	reading->command = at;
	return true;
}

enum verdict { BAD, GOOD, UNKNOWN };

/* Returns the signs that have a meaning in WORD, an alternative of --user or the value of another option. The
 * value of a variable may not contain one of them, because the author of the option chooses the structure. */
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

/* Whether group 0 is not for WORD, in whatever way it comes out: a variable stands in it, and not ":0" or
 * ":root" by itself, which is the group of SPEC then. */
static bool may_not_be_group_0(const char *word, const struct oracle_spec *spec)
{
	const char *at = word;
	bool is_0 = spec->group.given &&
	            (spec->group.is_id ? spec->group.id == 0
	                               : spec->group.text.length == 4 &&
	                                         memcmp(spec->group.text.bytes, "root", 4) == 0);

	while (*at != '\0' && *at != ':') {
		if (strncmp(at, "${", 2) == 0)
			at += strcspn(at, "}");
		at += *at != '\0';
	}
	return strchr(word, '$') != NULL && !(is_0 && *at == ':' && strchr(at, '$') == NULL);
}

/* Whether VALUE, its variables filled in, is one for the option NAME. */
static enum verdict judge_value(const char *name, const char *value)
{
	struct oracle_ref ref;
	uint32_t id;

	if (strcmp(name, "--own-from") == 0) {
		for (;; value++) {
			size_t length = strcspn(value, ",");

			if (!oracle_ref(value, length, false, &ref))
				return BAD;
			value += length;
			if (*value == '\0')
				return GOOD;
		}
	}
	if (strcmp(name, "--own-jobs") == 0)
		return oracle_id(value, strlen(value), &id) && id >= 1 && id <= 256;
	if (strcmp(name, "--home") == 0)
		return value[0] == '/';
	if (strcmp(name, "--umask") == 0 || strcmp(name, "--mkdir-mode") == 0)
		return value[0] != '\0' && value[strspn(value, "01234567")] == '\0' &&
		       strtoul(value, NULL, 8) <= 0777;
	if (strncmp(name, "--own", 5) != 0 && strcmp(name, "--mkdir") != 0)
		return UNKNOWN;
	for (; *value != '\0'; value++) {
		if (iscntrl((unsigned char)*value))
			return BAD;
	}
	return GOOD;
}

/* The alternatives of --user that are left, filled in. */
struct alternatives {
	char *values[FUZZ_WORDS * 64];
	bool may_not_be_group_0[FUZZ_WORDS * 64];
	size_t count;
};

static void free_alternatives(struct alternatives *list)
{
	while (list->count > 0)
		free(list->values[--list->count]);
}

/* Adds what WORD has become: VALUE, in which each comma is the author's. */
static enum verdict add_alternatives(const char *word, const char *value, struct alternatives *list)
{
	for (;; value++) {
		size_t length = strcspn(value, ",");
		char *one = strndup(value, length);
		struct oracle_spec spec;

		if (!oracle_user_spec(one, &spec)) {
			free(one);
			return BAD;
		}
		CHECK(list->count < FUZZ_WORDS * 64, "many alternatives");
		list->may_not_be_group_0[list->count] = may_not_be_group_0(word, &spec);
		list->values[list->count++] = one;
		value += length;
		if (*value == '\0')
			return GOOD;
	}
}

static enum verdict read_alternatives(const char *word, char *const *environment,
                                      struct alternatives *list)
{
	for (;; word++) {
		size_t length = oracle_alternative(word);
		char *one = strndup(word, length);
		bool lacks;
		char *value = oracle_fill_in(environment, one, signs_of("--user", one), &lacks);
		enum verdict verdict = BAD;

		word += length;
		if (lacks && (*word != '\0' || list->count > 0))
			verdict = GOOD;
		else if (value != NULL)
			verdict = add_alternatives(one, value, list);
		free(one);
		free(value);
		if (verdict == BAD || *word == '\0')
			return verdict;
	}
}

/* Adds the groups that WORD has become, "" for none. */
static enum verdict add_groups(const char *value, bool is_last, struct alternatives *list)
{
	for (;; value++) {
		size_t length = strcspn(value, ",");
		bool is_none = length == 0 && value[length] == '\0' && is_last;
		struct oracle_ref ref;

		if (!is_none && !oracle_ref(value, length, true, &ref))
			return BAD;
		CHECK(list->count < FUZZ_WORDS * 64, "many alternatives");
		list->values[list->count++] = strndup(value, length);
		value += length;
		if (*value == '\0')
			return GOOD;
	}
}

static enum verdict read_groups(const char *word, char *const *environment,
                                struct alternatives *list)
{
	for (;; word++) {
		size_t length = oracle_alternative(word);
		char *one = strndup(word, length);
		bool lacks;
		char *value = oracle_fill_in(environment, one, signs_of("--group", one), &lacks);
		enum verdict verdict = BAD;
		size_t count = list->count;
		bool is_last = word[length] == '\0';

		word += length;
		if (lacks && (!is_last || (value == NULL && list->count > 0)))
			verdict = GOOD;
		else if (value != NULL)
			verdict = add_groups(value, is_last, list);
		for (; count < list->count; count++)
			list->may_not_be_group_0[count] = strchr(one, '$') != NULL;
		free(one);
		free(value);
		if (verdict == BAD || is_last)
			return verdict;
	}
}

static enum verdict judge_group(const char *word, char *const *environment)
{
	static struct alternatives list;
	enum verdict verdict = read_groups(word, environment, &list);

	free_alternatives(&list);
	return verdict;
}

static enum verdict judge_user(const char *word, char *const *environment)
{
	static struct alternatives list;
	enum verdict verdict = read_alternatives(word, environment, &list);

	free_alternatives(&list);
	return verdict;
}

static enum verdict judge_one(const struct given *given, char *const *environment)
{
	const char *name = given->option->name;
	enum verdict verdict = BAD;
	char *value;

	if (given->value == NULL)
		return GOOD;
	if (strcmp(name, "--user") == 0)
		return judge_user(given->value, environment);
	if (strcmp(name, "--group") == 0)
		return judge_group(given->value, environment);
	value = oracle_fill_in(environment, given->value, signs_of(name, given->value), NULL);
	if (value != NULL)
		verdict = judge_value(name, value);
	free(value);
	return verdict;
}

static enum verdict judge_values(const struct reading *reading, char *const *environment)
{
	enum verdict verdict = GOOD;

	for (size_t i = 0; i < reading->count; i++) {
		enum verdict one = judge_one(&reading->given[i], environment);

		if (one == BAD)
			return BAD;
		if (one == UNKNOWN)
			verdict = UNKNOWN;
	}
	return verdict;
}

static size_t count_of(const struct reading *reading, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < reading->count; i++)
		count += strcmp(reading->given[i].option->name, name) == 0;
	return count;
}

static enum verdict judge(const struct reading *reading, char *const *environment)
{
	/* The last one counts. */
	bool setup_only = count_of(reading, "--setup-only") > 0;
	enum verdict verdict = judge_values(reading, environment);

	if (verdict == BAD || count_of(reading, "--user") > 1)
		return BAD;
	if (reading->ends_early)
		return verdict;
	if (count_of(reading, "--user") == 0 || setup_only == (reading->command[0] != NULL) ||
	    (count_of(reading, "--keep-env") > 0 && count_of(reading, "--home") > 0))
		return BAD;
	return verdict;
}

/* The paths of the command line, cut at ':', are those of the options. */
static void check_paths(const struct reading *reading, char *const *environment,
                        const struct options *options)
{
	static const char *const names[] = {
		[DEPTH_TREE] = "--own",
		[DEPTH_TREE_IF_TOP_WRONG] = "--own-once",
		[DEPTH_TOP] = "--own-top",
	};
	size_t count = 0;

	for (size_t i = 0; i < reading->count; i++) {
		const struct given *given = &reading->given[i];
		char *value;
		char *rest;

		if (strcmp(given->option->name, "--own-from") == 0 ||
		    strcmp(given->option->name, "--own-jobs") == 0 ||
		    (strncmp(given->option->name, "--own", 5) != 0 &&
		     strcmp(given->option->name, "--mkdir") != 0))
			continue;
		value = rest = oracle_fill_in(environment, given->value, "", NULL);
		for (char *path = strtok_r(rest, ":", &rest); path != NULL;
		     path = strtok_r(NULL, ":", &rest)) {
			const struct declared_path *volume = &options->volumes[count++];
			size_t length = strlen(path);

			while (length > 1 && path[length - 1] == '/')
				path[--length] = '\0';
			CHECK(count <= options->volume_count, "a path is lost: '%s'", path);
			CHECK(strcmp(volume->path, path) == 0, "'%s', not '%s'", volume->path,
			      path);
			CHECK(strcmp(volume->make ? "--mkdir" : names[volume->depth],
			             given->option->name) == 0,
			      "'%s' to the depth %d", path, volume->depth);
		}
		free(value);
	}
	CHECK(count == options->volume_count, "%zu paths", options->volume_count);
}

static void check_users(const char *word, char *const *environment, const struct options *options)
{
	static struct alternatives list;

	CHECK(read_alternatives(word, environment, &list) == GOOD, "'%s' is taken", word);
	CHECK(options->user_count == list.count, "%zu users, not %zu", options->user_count,
	      list.count);
	for (size_t i = 0; i < list.count; i++) {
		CHECK(strcmp(options->users[i].text, list.values[i]) == 0, "user '%s', not '%s'",
		      options->users[i].text, list.values[i]);
		CHECK(options->users[i].may_not_be_gid_0 == list.may_not_be_group_0[i],
		      "group 0 of '%s' in '%s'", list.values[i], word);
	}
	free_alternatives(&list);
}

static void check_groups(const struct reading *reading, char *const *environment,
                         const struct options *options)
{
	static struct alternatives list;
	size_t count = 0;

	for (size_t i = 0; i < reading->count; i++) {
		const struct given *given = &reading->given[i];

		if (strcmp(given->option->name, "--group") != 0)
			continue;
		CHECK(read_groups(given->value, environment, &list) == GOOD, "'%s' is taken",
		      given->value);
		for (size_t at = 0; at < list.count; at++) {
			const struct spec_ref *group = &options->groups[count++];

			CHECK(count <= options->group_count, "a group is lost: '%s'", given->value);
			CHECK(group->given == (list.values[at][0] != '\0'), "'%s' is none",
			      list.values[at]);
			CHECK(group->has_alternative == (at + 1 < list.count),
			      "the alternatives of '%s'", given->value);
			CHECK(group->may_not_be_gid_0 == list.may_not_be_group_0[at],
			      "group 0 of '%s'", given->value);
		}
		free_alternatives(&list);
	}
	CHECK(count == options->group_count, "%zu groups", options->group_count);
}

static void check_options(const struct reading *reading, char *const *environment,
                          const struct options *options)
{
	const struct {
		const char *name;
		bool is_set;
	} flags[] = {
		{"--allow-root", options->allow_root},
		{"--allow-new-privs", options->allow_new_privs},
		{"--clear-groups", options->clear_groups},
		{"--keep-env", options->keep_env},
		{"--dry-run", options->dry_run},
		{"--strict", options->strict},
		{"--home", options->home != NULL},
		{"--umask", options->umask_given},
		{"--user", options->user_count > 0},
		{"--group", options->group_count > 0},
		{"--own-from", options->own_from_count > 0},
		{"--own-jobs", options->own_jobs > 0},
	};

	/* Above all: nothing but the word itself allows root or keeps a capability. */
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		CHECK(flags[i].is_set == (count_of(reading, flags[i].name) > 0), "%s: %d",
		      flags[i].name, flags[i].is_set);
	CHECK(options->capabilities == 0 || count_of(reading, "--cap") > 0, "capabilities %jx",
	      (uintmax_t)options->capabilities);
	CHECK(options->tried_capabilities == 0 || count_of(reading, "--try-cap") > 0,
	      "tried capabilities %jx", (uintmax_t)options->tried_capabilities);
	CHECK((options->capabilities | options->tried_capabilities) >> 41 == 0, "capabilities %jx",
	      (uintmax_t)options->capabilities);
	CHECK(options->umask <= 0777, "umask %o", options->umask);
	CHECK(count_of(reading, "--mkdir-mode") == 0 ? options->mkdir_mode == 0755
	                                             : options->mkdir_mode <= 0777,
	      "the mode %o", options->mkdir_mode);
	CHECK(options->own_jobs <= OWNERSHIP_JOBS_MAX, "%u jobs", options->own_jobs);
	CHECK(options->action == ACTION_HELP || options->action == ACTION_VERSION ||
	              options->command == reading->command,
	      "the command is at '%s'", *options->command);
	check_paths(reading, environment, options);
	check_groups(reading, environment, options);
	for (size_t i = 0; i < reading->count; i++) {
		if (strcmp(reading->given[i].option->name, "--user") == 0)
			check_users(reading->given[i].value, environment, options);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static alignas(max_align_t) char memory[1 << 18];
	static struct reading reading;
	struct slice rest = fuzz_input(bytes, length);
	struct arena arena = arena_in(memory, sizeof(memory));
	char *environment[FUZZ_WORDS];
	char *words[FUZZ_WORDS];
	struct options options;
	struct error error;
	enum verdict verdict;
	bool is_good;
	int count;

	if (described_count == 0)
		read_help();
	if (length > 8192)
		return 0;
	memset(&reading, 0, sizeof(reading));
	fuzz_words(NULL, fuzz_section(&rest), environment);
	count = fuzz_words("stepdown", rest, words);
	fuzz_stain(&options, sizeof(options));
	is_good = options_parse(count, words, environment, &arena, &options, &error);
	verdict = read_words(words + 1, &reading) ? judge(&reading, environment) : BAD;
	if (is_good) {
		CHECK(verdict != BAD, "accepted");
		check_options(&reading, environment, &options);
	} else {
		CHECK(verdict != GOOD, "refused: %s", error.message);
		fuzz_check_stain(&options, sizeof(options));
		fuzz_check_error(&error);
	}
	fuzz_free_words(environment);
	fuzz_free_words(words);
	return 0;
}
