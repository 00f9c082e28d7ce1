/* SPDX-License-Identifier: MIT */
#include "core/option_values.h"

#include "core/capability_names.h"
#include "core/variable_note.h"

static bool error_set_too_many(const struct filler *filler)
{
	return error_set(filler->error, "reading the options", NULL, "too many values", NULL);
}

/* Returns LIST with room for one more, or NULL. Reallocates LIST if COUNT is 0 or a power of 2. */
static void *grow_list(const struct filler *filler, void *list, size_t count, size_t size)
{
	void *grown = list;

	if ((count & (count - 1)) == 0) {
		grown = arena_allocate(filler->arena, count * 2 + 1, size);
		if (grown == NULL)
			error_set_too_many(filler);
		else if (count > 0)
			memcpy(grown, list, count * size);
	}
	return grown;
}

/* Returns the first MARK outside of "${...}", or the end of WORD. */
static const char *find_outside(const char *word, char mark)
{
	for (bool inside = false; *word != '\0' && (inside || *word != mark); word++)
		inside = inside ? *word != '}' : word[0] == '$' && word[1] == '{';
	return word;
}

/* Returns the characters that have a meaning in WORD, so no variable may hold them. WORD is an
 * alternative of --user or --group, or the value of another option. A variable may hold a whole
 * list in --cap, --try-cap and in the declared paths. */
static const char *signs_in(enum option_id id, const char *word)
{
	const char *account_end = word + strcspn(word, "=$");
	bool is_path = word[0] == '@' ||
	               (id == OPTION_USER && account_end[0] == '=' && account_end[1] == '@');

	switch (id) {
	case OPTION_USER:
		return is_path ? ",:" : ",=:@";
	case OPTION_GROUP:
		return is_path ? "," : ",:@";
	case OPTION_OWN_FROM:
		return ",:@";
	default:
		return "";
	}
}

/* Returns true if a variable in WORD may choose group 0 (S38). WORD is what the author wrote. GROUP
 * is the parsed group. The author may choose group 0: ":0" or ":root" in WORD itself. */
static bool may_not_be_gid_0(const char *word, const struct spec_ref *group)
{
	const char *colon = find_outside(word, ':');
	bool is_gid_0 = group->is_id ? group->id == 0 : slice_is(group->name, "root");

	return strchr(word, '$') != NULL &&
	       !(is_gid_0 && *colon == ':' && strchr(colon, '$') == NULL);
}

/* Adds the alternatives in VALUE. VALUE is WORD with its variables filled in, whose defaults may
 * hold several alternatives. */
static bool add_alternatives(struct option_reader *reader, const char *word, char *value)
{
	struct options *options = &reader->options;
	struct error *error = reader->filler.error;
	bool more = true;

	if (!variable_note_make(&reader->filler, word, NOTE_DECIMAL, &reader->note))
		return false;
	while (more) {
		char *end = strchrnul(value, ',');
		struct user_spec *users = grow_list(&reader->filler, options->users,
		                                    options->user_count, sizeof(*users));

		if (users == NULL)
			return false;
		options->users = users;
		users += options->user_count++;
		more = *end != '\0';
		*end = '\0';
		if (!spec_parse_user(value, users, error))
			return error_add_note(error, reader->note);
		users->variables = reader->note;
		users->may_not_be_gid_0 = may_not_be_gid_0(word, &users->group);
		value = end + 1;
	}
	return true;
}

/* One alternative of --user or --group. */
struct alternative {
	const char *word; /* as the author wrote it */
	char *value;      /* with its variables filled in; NULL if that failed */
	bool is_last;
};

/* Cuts the next alternative off *WORD at the first ',' outside of a variable, and fills in its
 * variables. *WORD moves behind the ','. Sets filler.has_empty if a variable is unset or empty.
 * Returns false if the arena is used up. */
static bool next_alternative(struct option_reader *reader, enum option_id id, const char *option,
                             const char **word, struct alternative *ret_alternative)
{
	const char *end = find_outside(*word, ',');
	const char *copy = arena_copy(reader->filler.arena, slice_between(*word, end));

	if (copy == NULL)
		return error_set_too_many(&reader->filler);
	*word = end + 1;
	reader->filler.has_empty = false;
	ret_alternative->word = copy;
	ret_alternative->value = expand(&reader->filler, option, copy, signs_in(id, copy));
	ret_alternative->is_last = *end == '\0';
	return true;
}

/* Adds the alternatives of --user. Skips an alternative whose variable is unset or empty, unless it
 * is the only one left. */
static bool add_users(struct option_reader *reader, const char *option, const char *word)
{
	struct alternative one;

	if (reader->options.user_count > 0)
		return error_set(reader->filler.error, option, word, "given twice",
		                 "one identity only");
	do {
		if (!next_alternative(reader, OPTION_USER, option, &word, &one))
			return false;
		if (reader->filler.has_empty && (!one.is_last || reader->options.user_count > 0))
			continue;
		if (one.value == NULL || !add_alternatives(reader, one.word, one.value))
			return false;
	} while (!one.is_last);
	return true;
}

/* Adds the alternatives of a group in VALUE, as add_alternatives() does for a user. An empty
 * alternative means "no group" if it is the last of the option. */
static bool add_groups_of(struct option_reader *reader, const char *word, char *value, bool is_last)
{
	struct options *options = &reader->options;
	struct error *error = reader->filler.error;
	bool more = true;

	if (!variable_note_make(&reader->filler, word, NOTE_DECIMAL, &reader->note))
		return false;
	while (more) {
		char *end = strchrnul(value, ',');
		struct spec_ref *group = grow_list(&reader->filler, options->groups,
		                                   options->group_count, sizeof(*group));

		if (group == NULL)
			return false;
		options->groups = group;
		group += options->group_count++;
		more = *end != '\0';
		*end = '\0';
		if ((value[0] != '\0' || more || !is_last) &&
		    !spec_parse_group(value, group, error))
			return error_add_note(error, reader->note);
		group->variables = reader->note;
		group->may_not_be_gid_0 = strchr(word, '$') != NULL;
		group->has_alternative = true;
		value = end + 1;
	}
	return true;
}

/* Adds the alternatives of one --group. Skips an alternative whose variable is unset or empty if
 * another one follows. Skips the last one if its variable is unset, unless it is the only one
 * left. */
static bool add_group(struct option_reader *reader, const char *option, const char *word)
{
	struct options *options = &reader->options;
	size_t count_before = options->group_count;
	struct alternative one;

	do {
		if (!next_alternative(reader, OPTION_GROUP, option, &word, &one))
			return false;
		if (reader->filler.has_empty &&
		    (!one.is_last || (one.value == NULL && options->group_count > count_before)))
			continue;
		if (one.value == NULL || !add_groups_of(reader, one.word, one.value, one.is_last))
			return false;
	} while (!one.is_last);
	options->groups[options->group_count - 1].has_alternative = false;
	return true;
}

static bool add_owners(struct option_reader *reader, const char *list)
{
	struct options *options = &reader->options;
	struct slice rest = slice_of(list);
	bool more = true;

	while (more) {
		size_t length = rest.length;
		struct slice owner = slice_cut(&rest, ',');
		struct spec_ref *owners = grow_list(&reader->filler, options->own_from,
		                                    options->own_from_count, sizeof(*owners));

		if (owners == NULL)
			return false;
		options->own_from = owners;
		owners += options->own_from_count++;
		if (!spec_parse_owner(owner, owners, reader->filler.error))
			return false;
		owners->variables = reader->note;
		more = owner.length < length;
	}
	return true;
}

static bool add_path(struct option_reader *reader, const char *name, struct declared_path volume)
{
	struct options *options = &reader->options;
	struct declared_path *volumes = grow_list(&reader->filler, options->volumes,
	                                          options->volume_count, sizeof(*volumes));

	if (volumes == NULL)
		return false;
	if (path_has_control_character(volume.path))
		return error_set(reader->filler.error, name, volume.path,
		                 "a control character stands in it", NULL);
	volume.variables = reader->note;
	options->volumes = volumes;
	volumes[options->volume_count++] = volume;
	return true;
}

/* Splits LIST at ':'. Skips empty elements, so that ${EXTRA:-} can stand in a list. Removes slashes
 * at the end of a path. */
static bool add_paths(struct option_reader *reader, const char *name, enum ownership_depth depth,
                      bool make, char *list)
{
	bool more = true;

	while (more) {
		char *end = strchrnul(list, ':');
		struct declared_path volume = {.path = list, .depth = depth, .make = make};

		volume.must_be_directory = end > list && end[-1] == '/';
		more = *end != '\0';
		*end = '\0';
		for (char *last = end; last > list + 1 && last[-1] == '/'; last--)
			last[-1] = '\0';
		if (end > list && !add_path(reader, name, volume))
			return false;
		list = end + 1;
	}
	return true;
}

static bool take_jobs(struct option_reader *reader, const char *name, const char *value)
{
	uint32_t jobs;

	if (!id_parse(slice_of(value), &jobs) || jobs == 0 || jobs > OWNERSHIP_JOBS_MAX)
		return error_set(reader->filler.error, name, value, "not a number of workers",
		                 "1 to 256");
	reader->options.own_jobs = jobs;
	return true;
}

static bool take_capabilities(const struct option_reader *reader, const char *name,
                              const char *value, uint64_t *mask)
{
	uint64_t capabilities;

	if (!capability_parse_list(name, value, &capabilities, reader->filler.error))
		return false;
	*mask |= capabilities;
	return true;
}

static bool take_home(struct option_reader *reader, const char *name, const char *value)
{
	if (value[0] != '/')
		return error_set(reader->filler.error, name, value, "it is not absolute",
		                 "start it with '/'");
	reader->options.home = value;
	reader->options.home_variables = reader->note;
	return true;
}

static bool take_mode(const struct option_reader *reader, const char *name, const char *value,
                      unsigned *ret_mode)
{
	return spec_parse_mode(value, ret_mode) ||
	       error_set(reader->filler.error, name, value, "not an octal mode", "0 to 0777");
}

static bool take_value(struct option_reader *reader, enum option_id id, const char *name,
                       char *value)
{
	struct options *options = &reader->options;

	switch (id) {
	case OPTION_OWN:
		return add_paths(reader, name, DEPTH_TREE, false, value);
	case OPTION_OWN_ONCE:
		return add_paths(reader, name, DEPTH_TREE_IF_TOP_WRONG, false, value);
	case OPTION_OWN_TOP:
		return add_paths(reader, name, DEPTH_TOP, false, value);
	case OPTION_MKDIR:
		return add_paths(reader, name, DEPTH_TOP, true, value);
	case OPTION_OWN_FROM:
		return add_owners(reader, value);
	case OPTION_OWN_JOBS:
		return take_jobs(reader, name, value);
	case OPTION_CAP:
		return take_capabilities(reader, name, value, &options->capabilities);
	case OPTION_TRY_CAP:
		return take_capabilities(reader, name, value, &options->tried_capabilities);
	case OPTION_HOME:
		return take_home(reader, name, value);
	case OPTION_MKDIR_MODE:
		return take_mode(reader, name, value, &options->mkdir_mode);
	default:
		options->umask_given = true;
		return take_mode(reader, name, value, &options->umask);
	}
}

bool option_values_take(struct option_reader *reader, enum option_id id, const char *name,
                        const char *word)
{
	bool is_octal = id == OPTION_UMASK || id == OPTION_MKDIR_MODE;
	char *value;

	/* --user and --group split WORD before they fill in its variables. */
	if (id == OPTION_USER)
		return add_users(reader, name, word);
	if (id == OPTION_GROUP)
		return add_group(reader, name, word);
	value = expand(&reader->filler, name, word, signs_in(id, word));
	if (value == NULL ||
	    !variable_note_make(&reader->filler, word, is_octal ? NOTE_OCTAL : NOTE_DECIMAL,
	                        &reader->note))
		return false;
	return take_value(reader, id, name, value) ||
	       error_add_note(reader->filler.error, reader->note);
}
