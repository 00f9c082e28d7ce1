/* SPDX-License-Identifier: MIT */
#include "core/variable_note.h"

#include "base/id.h"
#include "core/environment.h"

#define NO_BREAK_SPACE "\xc2\xa0"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum { NOTE_BYTES = 512 };

static bool is_quote(char byte)
{
	return byte == '"' || byte == '\'';
}

/* Returns a text about an unusual character at the start or the end of VALUE, or NULL. VALUE is not
 * empty. */
static const char *find_oddity_at_edges(struct slice value)
{
	char first = value.bytes[0];
	char last = value.bytes[value.length - 1];

	if (last == '\r')
		return "a carriage return stands at its end";
	if (last == '\n')
		return "a line feed stands at its end";
	if (strncmp(value.bytes, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		return "a byte order mark stands at its beginning";
	if (is_blank(first))
		return "white space stands at its beginning";
	if (is_blank(last))
		return "white space stands at its end";
	if (is_quote(first) || is_quote(last))
		return "the quotes are a part of it";
	if (first == '+' || first == '-')
		return "a sign stands at its beginning";
	return NULL;
}

/* Returns a text about an unusual character anywhere in VALUE, or NULL. */
static const char *find_oddity_inside(struct slice value)
{
	const char *oddity = NULL;

	if (strstr(value.bytes, NO_BREAK_SPACE) != NULL)
		return "a no-break space stands in it";
	if (strstr(value.bytes, " #") != NULL || strstr(value.bytes, "\t#") != NULL)
		return "a comment stands in it";
	for (size_t i = 0; i < value.length; i++) {
		unsigned char byte = (unsigned char)value.bytes[i];

		if (byte >= 0x80)
			return "a character stands in it that is not ASCII";
		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return "a control character stands in it";
		if (is_blank((char)byte))
			oddity = "white space stands in it";
	}
	return oddity;
}

static const char *find_oddity(struct slice value, enum note_numbers numbers)
{
	const char *oddity;

	if (value.length == 0)
		return "it is empty";
	oddity = find_oddity_at_edges(value);
	if (oddity == NULL)
		oddity = find_oddity_inside(value);
	if (numbers == NOTE_DECIMAL && value.length > 1 && value.bytes[0] == '0' &&
	    id_is_digits(value))
		oddity = "it is decimal, although a zero stands at its beginning";
	return oddity;
}

/* Adds the variable NAME and its VALUE, and ODDITY unless that is NULL. */
static void add_variable(struct text *text, struct slice name, const char *value,
                         const char *oddity)
{
	text_format(text, "%s%.*s is ", text->length == 0 ? "" : ", ", (int)name.length,
	            name.bytes);
	text_add_quoted(text, slice_of(value));
	if (oddity != NULL)
		text_format(text, ": %s", oddity);
}

/* Adds the variables in WORD whose values are odd if IS_ODD is true, else the other ones. */
static void add_variables(struct text *text, const struct filler *filler, const char *word,
                          enum note_numbers numbers, bool is_odd)
{
	while (*(word = strchrnul(word, '$')) != '\0') {
		struct slice name;
		const char *value;
		const char *oddity;

		word++;
		if (*word != '{') {
			word += *word == '$'; /* "$$" is a dollar */
			continue;
		}
		name = (struct slice){word + 1, strcspn(word + 1, ":-}")};
		value = environment_find(filler->environment, name);
		/* In "${VAR:-text}" an empty value does not count. */
		if (value == NULL || (value[0] == '\0' && name.bytes[name.length] == ':'))
			continue;
		oddity = find_oddity(slice_of(value), numbers);
		if ((oddity != NULL) == is_odd)
			add_variable(text, name, value, oddity);
	}
}

bool variable_note_make(const struct filler *filler, const char *word, enum note_numbers numbers,
                        const char **ret_note)
{
	char note[NOTE_BYTES] = "";
	struct text text = text_in(note, sizeof(note));

	*ret_note = NULL;
	if (strchr(word, '$') == NULL)
		return true;
	add_variables(&text, filler, word, numbers, true);
	if (text.length == 0)
		add_variables(&text, filler, word, numbers, false);
	if (text.length == 0)
		return true;
	*ret_note = arena_copy(filler->arena, slice_of(note));
	return *ret_note != NULL ||
	       error_set(filler->error, "reading the options", NULL, "too many values", NULL);
}

const char *path_oddity(const char *path)
{
	if (strpbrk(path, " \t") != NULL || strstr(path, NO_BREAK_SPACE) != NULL)
		return "white space stands in it";
	return strchr(path, ',') != NULL ? "a comma stands in it" : NULL;
}

bool path_has_control_character(const char *path)
{
	while ((unsigned char)*path >= ' ' && *path != 0x7f)
		path++;
	return *path != '\0';
}
