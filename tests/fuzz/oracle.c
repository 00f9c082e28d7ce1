#include "oracle.h"

#include <regex.h>

#include "fuzz.h"

/* PATTERN is compiled at its first use. */
static bool matches(const char *pattern, const char *text, size_t count, regmatch_t *found)
{
	static struct {
		const char *pattern;
		regex_t regex;
	} known[16];
	size_t i = 0;

	while (known[i].pattern != NULL && known[i].pattern != pattern)
		CHECK(++i < COUNT(known), "more patterns");
	if (known[i].pattern == NULL)
		CHECK(regcomp(&known[i].regex, pattern, REG_EXTENDED) == 0, "%s", pattern);
	known[i].pattern = pattern;
	return regexec(&known[i].regex, text, count, found, 0) == 0;
}

static struct slice part(const char *text, const regmatch_t *found)
{
	if (found->rm_so < 0)
		return (struct slice){NULL, 0};
	return slice_between(text + found->rm_so, text + found->rm_eo);
}

bool oracle_id(struct slice text, uint32_t *ret_id)
{
	char *copy = fuzz_string(text);

	if (strlen(copy) != text.length || !matches("^0*[0-9]{1,10}$", copy, 0, NULL) ||
	    strtoull(copy, NULL, 10) > INT32_MAX)
		return false;
	*ret_id = (uint32_t)strtoul(copy, NULL, 10);
	return true;
}

/* --- lines of passwd and group -------------------------------------------------------------------- */

#define NAME "([^\x01-\x20\x7f:+#-][^\x01-\x20\x7f:]*)"

static bool read_entry(struct account *entry, enum account_file kind)
{
	const char *pattern = kind == GROUP_FIELDS
	                              ? "^" NAME ":([^:]*):([0-9]+):([^:]*)$"
	                              : "^" NAME
	                                ":([^:]*):([0-9]+):([0-9]+):([^:]*):([^:]*):([^:]*)$";
	char *line = fuzz_string(entry->line);
	regmatch_t found[PASSWD_FIELDS + 1];

	if (strlen(line) != entry->line.length || matches("^[0-9]*:", line, 0, NULL) ||
	    !matches(pattern, line, kind + 1, found))
		return false;
	for (unsigned i = 0; i < kind; i++)
		entry->fields[i] = part(entry->line.bytes, &found[i + 1]);
	return oracle_id(entry->fields[2], &entry->uid) &&
	       oracle_id(entry->fields[kind == GROUP_FIELDS ? 2 : 3], &entry->gid);
}

bool oracle_next(struct slice *rest, enum account_file kind, struct oracle_line *ret_line)
{
	const char *newline;
	size_t length = rest->length;

	if (length == 0)
		return false;
	newline = memchr(rest->bytes, '\n', length);
	if (newline != NULL)
		length = (size_t)(newline - rest->bytes);
	if (length > 0 && rest->bytes[length - 1] == '\r')
		length--;
	*ret_line = (struct oracle_line){.entry.line = {rest->bytes, length}};
	rest->bytes = newline != NULL ? newline + 1 : rest->bytes + rest->length;
	rest->length -= (size_t)(rest->bytes - ret_line->entry.line.bytes);
	ret_line->line_end = (size_t)(rest->bytes - ret_line->entry.line.bytes) - length;
	ret_line->counts = read_entry(&ret_line->entry, kind);
	return true;
}

bool oracle_find(struct slice file, enum account_file kind, const struct slice *name, uint32_t id,
                 struct account *ret_entry)
{
	struct oracle_line line;

	while (oracle_next(&file, kind, &line)) {
		*ret_entry = line.entry;
		if (line.counts &&
		    (name != NULL ? slice_equal(line.entry.name, *name) : line.entry.uid == id))
			return true;
	}
	return false;
}

bool oracle_mentions(struct slice line, struct slice name)
{
	while (line.length > 0 && (*line.bytes == ' ' || *line.bytes == '\t'))
		line = (struct slice){line.bytes + 1, line.length - 1};
	return line.length >= name.length && memcmp(line.bytes, name.bytes, name.length) == 0 &&
	       memchr(name.bytes, ':', name.length) == NULL &&
	       (line.length == name.length || line.bytes[name.length] == ':');
}

bool oracle_has_member(const struct account *group, struct slice name)
{
	size_t size = group->members.length + name.length + 3;
	char *list = fuzz_memory(size);
	char *member = fuzz_memory(size);

	if (name.length == 0 || memchr(name.bytes, '\0', name.length) != NULL ||
	    memchr(name.bytes, ',', name.length) != NULL)
		return false;
	snprintf(list, size, ",%.*s,", SLICE(group->members));
	snprintf(member, size, ",%.*s,", SLICE(name));
	return strstr(list, member) != NULL;
}

bool oracle_same_entry(const struct account *a, const struct account *b, enum account_file kind)
{
	return a->uid == b->uid && a->gid == b->gid &&
	       memcmp(&a->line, &b->line, sizeof(a->line)) == 0 &&
	       memcmp(a->fields, b->fields, kind * sizeof(a->fields[0])) == 0;
}

/* --- specs ----------------------------------------------------------------------------------------- */

bool oracle_ref(struct slice text, bool takes_paths, struct spec_ref *ret_ref)
{
	struct spec_ref ref = {.given = true, .name = text};
	char *copy = fuzz_string(text);
	bool is_name = matches("^[^\x01-\x20\x7f,@=:#+-][^\x01-\x20\x7f,@=:]*$", copy, 0, NULL) &&
	               !matches("^[0-9]*$", copy, 0, NULL);

	if (strlen(copy) != text.length)
		return false;
	ref.is_id = oracle_id(text, &ref.id);
	ref.is_path = takes_paths && strncmp(copy, "@/", 2) == 0;
	if (ref.is_path)
		ref.name = (struct slice){text.bytes + 1, text.length - 1};
	if (!is_name && !ref.is_id && !ref.is_path)
		return false;
	*ret_ref = ref;
	return true;
}

bool oracle_user_spec(const char *text, struct user_spec *ret_spec)
{
	struct user_spec spec = {.text = text};
	struct slice group;
	regmatch_t found[6];

	if (!matches("^(([A-Za-z_][A-Za-z0-9_.-]{0,31})=)?([^:]*)(:([^:]*))?$", text, 6, found))
		return false;
	spec.account = part(text, &found[2]);
	spec.defines_account = spec.account.bytes != NULL;
	group = part(text, &found[5]);
	if (!oracle_ref(part(text, &found[3]), true, &spec.user) ||
	    (group.bytes != NULL && !oracle_ref(group, false, &spec.group)) ||
	    (spec.defines_account && !spec.user.is_id && !spec.user.is_path))
		return false;
	*ret_spec = spec;
	return true;
}

bool oracle_gosu_spec(const char *text, struct user_spec *ret_spec)
{
	struct user_spec spec = {.text = text};
	struct slice user;
	struct slice group;
	regmatch_t found[4];

	if (!matches("^([^:]*)(:([^:]*))?$", text, 4, found))
		return false;
	user = part(text, &found[1]);
	group = part(text, &found[3]);
	if ((user.length > 0 && !oracle_ref(user, false, &spec.user)) ||
	    (group.length > 0 && !oracle_ref(group, false, &spec.group)))
		return false;
	*ret_spec = spec;
	return true;
}

bool oracle_same_ref(const struct spec_ref *a, const struct spec_ref *b)
{
	return a->given == b->given &&
	       (!a->given || (a->is_id == b->is_id && a->is_path == b->is_path &&
	                      (!a->is_id || a->id == b->id) &&
	                      memcmp(&a->name, &b->name, sizeof(a->name)) == 0));
}

bool oracle_same_spec(const struct user_spec *a, const struct user_spec *b)
{
	return a->text == b->text && a->defines_account == b->defines_account &&
	       (!a->defines_account || memcmp(&a->account, &b->account, sizeof(a->account)) == 0) &&
	       oracle_same_ref(&a->user, &b->user) && oracle_same_ref(&a->group, &b->group);
}

/* --- variables ------------------------------------------------------------------------------------- */

static const char *value_of(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; *environment != NULL; environment++) {
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	}
	return NULL;
}

size_t oracle_until(const char *text, char mark)
{
	regmatch_t found;

	CHECK(matches(mark == ',' ? "^([^,]|\\$\\{[^}]*(\\}|$))*" : "^([^:]|\\$\\{[^}]*(\\}|$))*",
	              text, 1, &found),
	      "'%s'", text);
	return (size_t)found.rm_eo;
}

/* Returns the value of the variable at *TEXT, which is passed over; NULL if it has no value, or none
 * that is taken. *ret_is_form is false if it is no variable, or if its value holds one of SIGNS. */
static const char *fill_in_one(char *const *environment, const char **text, const char *signs,
                               bool *ret_is_form)
{
	const char *begin = *text;
	regmatch_t found[4];
	struct slice fallback;
	const char *value;

	*ret_is_form = matches("^\\$\\{([A-Za-z_][A-Za-z0-9_]*)(:?-([^}$]*))?\\}", begin, 4, found);
	if (!*ret_is_form)
		return NULL;
	*text += found[0].rm_eo;
	value = value_of(environment, fuzz_string(part(begin, &found[1])));
	if (value != NULL &&
	    (*value != '\0' || found[2].rm_so < 0 || begin[found[2].rm_so] == '-')) {
		*ret_is_form = strcspn(value, signs) == strlen(value);
		return *ret_is_form ? value : NULL;
	}
	fallback = part(begin, &found[3]);
	return fallback.bytes == NULL ? NULL : fuzz_string(fallback);
}

char *oracle_fill_in(char *const *environment, const char *text, const char *signs, bool *ret_lacks)
{
	char *result = NULL;
	size_t length;
	FILE *stream = open_memstream(&result, &length);
	bool is_good = true;

	CHECK(stream != NULL, "no memory");
	*ret_lacks = false;
	while (is_good && *text != '\0') {
		bool is_form;
		const char *value;

		if (*text != '$' || text[1] == '$') {
			fputc(*text, stream);
			text += 1 + (*text == '$');
			continue;
		}
		value = fill_in_one(environment, &text, signs, &is_form);
		is_good = value != NULL;
		*ret_lacks = is_form && (*ret_lacks || value == NULL || value[0] == '\0');
		fputs(value == NULL ? "" : value, stream);
	}
	fclose(stream);
	fuzz_keep(result);
	return is_good ? result : NULL;
}
