/* SPDX-License-Identifier: MIT */
#include "core/option_parser.h"

/* Returns the known option WORD, or NULL. WORD is "--name", with LENGTH bytes, or "-x". */
static const struct option *find_option(const struct option_words *words, const char *word,
                                        size_t length)
{
	for (size_t i = 0; i < words->known_count; i++) {
		const struct option *option = &words->known[i];

		if (length == 2 ? option->letter == word[1]
		                : slice_is((struct slice){word, length}, option->name))
			return option;
	}
	return NULL;
}

/* Sets the error for WORD if it is a long option with one dash, as "-own", or if a letter's value
 * has a '=' before it, as "-u=app". WORD begins with one dash. */
static bool check_dash_and_equals(const struct option_words *words, const char *word,
                                  struct error *error)
{
	size_t length = strcspn(word, "=");
	const struct option *letter = find_option(words, word, 2);
	char hint[128];
	struct text text = text_in(hint, sizeof(hint));

	for (size_t i = 0; i < words->known_count; i++) {
		const struct option *option = &words->known[i];

		if (strlen(option->name) != length + 1 ||
		    strncmp(option->name + 1, word, length) != 0)
			continue;
		text_format(&text, "write %s", option->name);
		return error_set(error, "reading the options", word, "a long option has two dashes",
		                 hint);
	}
	if (word[2] != '=' || letter == NULL || !letter->takes_value)
		return true;
	text_format(&text, "write %.*s %s, or %s%s", 2, word, word + 3, letter->name, word + 2);
	return error_set(error, "reading the options", word,
	                 "the value of a letter has no '=' before it", hint);
}

bool option_words_take(struct option_words *words, struct error *error)
{
	const char *word = *words->next;
	const char *attached; /* the rest of the same word: a value, or further letters */
	const char *reason;
	char letter[] = "-x";
	size_t length = 2;

	words->option = NULL;
	if (words->letters == NULL) {
		if (word == NULL || word[0] != '-' || word[1] == '\0')
			return true;
		words->next++;
		if (strcmp(word, "--") == 0)
			return true;
		if (word[1] != '-') {
			if (!check_dash_and_equals(words, word, error))
				return false;
			words->letters = word + 1;
		}
	}
	if (words->letters != NULL) {
		letter[1] = *words->letters++;
		word = letter;
		if (words->letters[0] == '\0')
			words->letters = NULL;
		attached = words->letters;
	} else {
		attached = strchr(word, '=');
		length = attached == NULL ? strlen(word) : (size_t)(attached++ - word);
	}
	words->option = find_option(words, word, length);
	if (words->option == NULL) {
		reason = "no such option";
	} else if (!words->option->takes_value) {
		if (attached == words->letters)
			return true;
		reason = "takes no value";
	} else {
		words->letters = NULL;
		words->value = attached != NULL ? attached : *words->next++;
		if (words->value != NULL)
			return true;
		reason = "a value is missing";
	}
	return error_set(error, "reading the options", word, reason, "see stepdown --help");
}
