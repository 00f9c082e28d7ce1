#include "oracle.h"

#include <assert.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- ids --------------------------------------------------------------------------------------- */

bool oracle_id(const char *text, size_t length, uint32_t *ret_id)
{
	static const char most[] = "2147483647";
	char digits[sizeof(most)];

	if (length == 0)
		return false;
	for (; length > 1 && *text == '0'; length--)
		text++;
	if (length > sizeof(most) - 1)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (strspn(digits, "0123456789") != length)
		return false;
	/* Of equal length, the order of numbers is that of their digits. */
	if (length == sizeof(most) - 1 && strcmp(digits, most) > 0)
		return false;
	*ret_id = (uint32_t)strtoul(digits, NULL, 10);
	return true;
}

/* --- lines of passwd and group ------------------------------------------------------------------ */

/* Kinds of bytes. */
enum { NUL, BLANK, DIGIT, SIGN, COLON, OTHER, KINDS };

/* Where in a line one is. NO is for good. */
enum { BEGIN, DIGITS, NAME, PASSWORD, ID, ID_MORE, GID, GID_MORE, COMMENT, HOME, LAST, NO, STATES };

/* clang-format off */
static const unsigned char passwd_table[STATES][KINDS] = {
	/*            NUL BLANK     DIGIT     SIGN      COLON     OTHER */
	[BEGIN]    = {NO, NO,       DIGITS,   NO,       NO,       NAME},
	[DIGITS]   = {NO, NO,       DIGITS,   NAME,     NO,       NAME},
	[NAME]     = {NO, NO,       NAME,     NAME,     PASSWORD, NAME},
	[PASSWORD] = {NO, PASSWORD, PASSWORD, PASSWORD, ID,       PASSWORD},
	[ID]       = {NO, NO,       ID_MORE,  NO,       NO,       NO},
	[ID_MORE]  = {NO, NO,       ID_MORE,  NO,       GID,      NO},
	[GID]      = {NO, NO,       GID_MORE, NO,       NO,       NO},
	[GID_MORE] = {NO, NO,       GID_MORE, NO,       COMMENT,  NO},
	[COMMENT]  = {NO, COMMENT,  COMMENT,  COMMENT,  HOME,     COMMENT},
	[HOME]     = {NO, HOME,     HOME,     HOME,     LAST,     HOME},
	[LAST]     = {NO, LAST,     LAST,     LAST,     NO,       LAST},
	[NO]       = {NO, NO,       NO,       NO,       NO,       NO},
};
/* clang-format on */

static unsigned kind_of(char byte)
{
	unsigned char code = (unsigned char)byte;

	if (code == 0)
		return NUL;
	if (code <= 32 || code == 127)
		return BLANK;
	if (strchr("0123456789", byte) != NULL)
		return DIGIT;
	if (strchr("+-#", byte) != NULL)
		return SIGN;
	return byte == ':' ? COLON : OTHER;
}

static bool walk_line(const char *line, size_t length, unsigned kind)
{
	unsigned state = BEGIN;

	for (size_t i = 0; i < length; i++) {
		unsigned next = passwd_table[state][kind_of(line[i])];

		/* Behind a group's id come its members, the last field. */
		state = kind == ORACLE_GROUP && next == GID ? LAST : next;
	}
	return state == LAST;
}

size_t oracle_line(const char *at, size_t length, unsigned kind, struct oracle_entry *ret_entry)
{
	struct oracle_entry entry = {.line = at};
	size_t taken = 0;
	const struct oracle_field *gid;

	while (taken < length && at[taken] != '\n')
		taken++;
	entry.length = taken;
	if (taken > 0 && at[taken - 1] == '\r')
		entry.length--;
	if (taken < length)
		taken++;
	entry.line_end = taken - entry.length;
	entry.counts = walk_line(at, entry.length, kind);
	if (entry.counts) {
		/* From behind: the last field ends where the line does. */
		const char *end = at + entry.length;
		unsigned field = kind;

		for (const char *begin = end;; begin--) {
			if (begin == at || begin[-1] == ':') {
				entry.fields[--field] =
					(struct oracle_field){begin, (size_t)(end - begin)};
				if (begin == at)
					break;
				end = begin - 1;
			}
		}
		gid = &entry.fields[kind == ORACLE_GROUP ? 2 : 3];
		entry.counts =
			oracle_id(entry.fields[2].bytes, entry.fields[2].length, &entry.id) &&
			oracle_id(gid->bytes, gid->length, &entry.gid);
	}
	*ret_entry = entry;
	return taken;
}

static bool same(const struct oracle_field *field, const char *bytes, size_t length)
{
	return field->length == length && (length == 0 || memcmp(field->bytes, bytes, length) == 0);
}

bool oracle_find(const char *file, size_t length, unsigned kind, const char *name,
                 size_t name_length, uint32_t id, struct oracle_entry *ret_entry)
{
	struct oracle_entry entry;

	while (length > 0) {
		size_t taken = oracle_line(file, length, kind, &entry);

		if (entry.counts &&
		    (name != NULL ? same(&entry.fields[0], name, name_length) : entry.id == id)) {
			*ret_entry = entry;
			return true;
		}
		file += taken;
		length -= taken;
	}
	return false;
}

bool oracle_mentions(const struct oracle_entry *line, const char *name, size_t length)
{
	struct oracle_field field = {line->line, 0};
	const char *end = line->line + line->length;

	while (field.bytes < end && (*field.bytes == ' ' || *field.bytes == '\t'))
		field.bytes++;
	while (field.bytes + field.length < end && field.bytes[field.length] != ':')
		field.length++;
	return same(&field, name, length);
}

bool oracle_has_member(const struct oracle_entry *group, const char *name, size_t length)
{
	const struct oracle_field *list = &group->fields[3];

	if (length == 0)
		return false;
	for (size_t at = 0; at + length <= list->length; at++) {
		bool begins = at == 0 || list->bytes[at - 1] == ',';
		bool ends = at + length == list->length || list->bytes[at + length] == ',';

		if (begins && ends && memcmp(list->bytes + at, name, length) == 0 &&
		    memchr(name, ',', length) == NULL)
			return true;
	}
	return false;
}

/* --- specs -------------------------------------------------------------------------------------- */

/* Compiled at the first use. */
static bool matches(regex_t *regex, bool *is_compiled, const char *pattern, const char *text,
                    size_t count, regmatch_t *found)
{
	if (!*is_compiled) {
		int status = regcomp(regex, pattern, REG_EXTENDED);

		assert(status == 0);
		(void)status;
		*is_compiled = true;
	}
	return regexec(regex, text, count, found, 0) == 0;
}

#define MATCHES(pattern, text, count, found)                                                       \
	({                                                                                         \
		static regex_t regex;                                                              \
		static bool is_compiled;                                                           \
		matches(&regex, &is_compiled, pattern, text, count, found);                        \
	})

bool oracle_ref(const char *text, size_t length, bool takes_paths, struct oracle_ref *ret_ref)
{
	struct oracle_ref ref = {.given = true, .text = {text, length}};
	char copy[4096];
	bool is_name;

	if (length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	is_name = MATCHES("^[^\x01-\x20\x7f,@=:#+-][^\x01-\x20\x7f,@=:]*$", copy, 0, NULL) &&
	          !MATCHES("^[0-9]*$", copy, 0, NULL);
	ref.is_id = oracle_id(text, length, &ref.id);
	if (takes_paths && strncmp(copy, "@/", 2) == 0) {
		ref.is_path = true;
		ref.text = (struct oracle_field){text + 1, length - 1};
	}
	if (!is_name && !ref.is_id && !ref.is_path)
		return false;
	*ret_ref = ref;
	return true;
}

static struct oracle_field part(const char *text, const regmatch_t *found)
{
	struct oracle_field field = {NULL, 0};

	if (found->rm_so >= 0)
		field = (struct oracle_field){text + found->rm_so,
		                              (size_t)(found->rm_eo - found->rm_so)};
	return field;
}

bool oracle_user_spec(const char *text, struct oracle_spec *ret_spec)
{
	struct oracle_spec spec = {0};
	struct oracle_field user;
	struct oracle_field group;
	regmatch_t found[6];

	if (!MATCHES("^(([A-Za-z_][A-Za-z0-9_.-]{0,31})=)?([^:]*)(:([^:]*))?$", text, 6, found))
		return false;
	spec.account = part(text, &found[2]);
	spec.defines_account = spec.account.bytes != NULL;
	user = part(text, &found[3]);
	group = part(text, &found[5]);
	if (!oracle_ref(user.bytes, user.length, true, &spec.user) ||
	    (group.bytes != NULL && !oracle_ref(group.bytes, group.length, false, &spec.group)) ||
	    (spec.defines_account && !spec.user.is_id && !spec.user.is_path))
		return false;
	*ret_spec = spec;
	return true;
}

bool oracle_compat_spec(const char *text, struct oracle_spec *ret_spec)
{
	struct oracle_spec spec = {0};
	struct oracle_field user;
	struct oracle_field group;
	regmatch_t found[4];

	if (!MATCHES("^([^:]*)(:([^:]*))?$", text, 4, found))
		return false;
	user = part(text, &found[1]);
	group = part(text, &found[3]);
	if ((user.length > 0 && !oracle_ref(user.bytes, user.length, false, &spec.user)) ||
	    (group.length > 0 && !oracle_ref(group.bytes, group.length, false, &spec.group)))
		return false;
	*ret_spec = spec;
	return true;
}

/* --- variables ---------------------------------------------------------------------------------- */

static const char *value_of(char *const *environment, const char *name)
{
	for (; *environment != NULL; environment++) {
		const char *equals = strchr(*environment, '=');

		if (equals != NULL && (size_t)(equals - *environment) == strlen(name) &&
		    strncmp(*environment, name, strlen(name)) == 0)
			return equals + 1;
	}
	return NULL;
}

size_t oracle_alternative(const char *text)
{
	regmatch_t found;

	if (!MATCHES("^([^,]|\\$\\{[^}]*(\\}|$))*", text, 1, &found))
		return 0;
	return (size_t)found.rm_eo;
}

/* The variable at *TEXT, which is passed over; NULL when it has no value, or none that is taken. *ret_is_form
 * is false when it is none, or its value holds one of SIGNS. In memory of malloc(). */
static char *fill_in_one(char *const *environment, const char **text, const char *signs,
                         bool *ret_is_form)
{
	const char *begin = *text;
	regmatch_t found[4];
	char *name;
	const char *value;

	*ret_is_form = MATCHES("^\\$\\{([A-Za-z_][A-Za-z0-9_]*)(:?-([^}$]*))?\\}", begin, 4, found);
	if (!*ret_is_form)
		return NULL;
	*text += found[0].rm_eo;
	name = strndup(begin + found[1].rm_so, (size_t)(found[1].rm_eo - found[1].rm_so));
	value = value_of(environment, name);
	free(name);
	if (value != NULL &&
	    (*value != '\0' || found[2].rm_so < 0 || begin[found[2].rm_so] == '-')) {
		*ret_is_form = strcspn(value, signs) == strlen(value);
		return *ret_is_form ? strdup(value) : NULL;
	}
	return found[2].rm_so < 0
	               ? NULL
	               : strndup(begin + found[3].rm_so, (size_t)(found[3].rm_eo - found[3].rm_so));
}

char *oracle_fill_in(char *const *environment, const char *text, const char *signs, bool *ret_lacks)
{
	char *result = NULL;
	size_t length;
	FILE *stream = open_memstream(&result, &length);
	bool lacks = false;
	bool is_good = true;

	assert(stream != NULL);
	while (is_good && *text != '\0') {
		bool is_form;
		char *value;

		if (*text != '$' || text[1] == '$') {
			fputc(*text, stream);
			text += 1 + (*text == '$');
			continue;
		}
		value = fill_in_one(environment, &text, signs, &is_form);
		is_good = value != NULL;
		lacks = is_form && (lacks || value == NULL || value[0] == '\0');
		if (value != NULL)
			fputs(value, stream);
		free(value);
	}
	fclose(stream);
	if (ret_lacks != NULL)
		*ret_lacks = lacks;
	if (is_good)
		return result;
	free(result);
	return NULL;
}
