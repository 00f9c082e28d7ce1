#include "optionwords.h"

static int refuse(struct error *error, const char *word, const char *reason)
{
	error_set(error, "reading the options", word, reason, "see stepdown --help");
	return OPTION_REFUSED;
}

/* The value is what stands in the same word, else the next word. */
static int take_value(struct option_words *words, const struct option_known *option,
                      const char *attached, const char *word, const char **ret_value,
                      struct error *error)
{
	if (attached == NULL)
		attached = words->argv[words->next];
	else
		words->next--;
	if (attached == NULL)
		return refuse(error, word, "a value is missing");
	words->next++;
	*ret_value = attached;
	return option->id;
}

static int take_long(struct option_words *words, const struct option_known *known,
                     const char **ret_value, struct error *error)
{
	const char *word = words->argv[words->next++];
	struct slice rest = slice_of(word + 2);
	struct slice name = slice_cut(&rest, '=');
	const char *attached = word[2 + name.length] == '=' ? rest.bytes : NULL;

	while (known->name != NULL && !slice_is(name, known->name))
		known++;
	if (known->name == NULL)
		return refuse(error, word, "no such option");
	if (known->takes_value)
		return take_value(words, known, attached, word, ret_value, error);
	if (attached != NULL)
		return refuse(error, word, "takes no value");
	return known->id;
}

static int take_letter(struct option_words *words, const struct option_known *known,
                       const char **ret_value, struct error *error)
{
	const char word[3] = {'-', *words->letters++, '\0'};
	const char *attached = words->letters[0] == '\0' ? NULL : words->letters;

	if (attached == NULL) {
		words->letters = NULL;
		words->next++;
	}
	while (known->name != NULL && known->letter != word[1])
		known++;
	if (known->name == NULL)
		return refuse(error, word, "no such option");
	if (!known->takes_value)
		return known->id;
	if (attached != NULL) {
		words->letters = NULL;
		words->next++;
	}
	return take_value(words, known, attached, word, ret_value, error);
}

int option_words_take(struct option_words *words, const struct option_known *known,
                      const char **ret_value, struct error *error)
{
	const char *word = words->argv[words->next];

	if (words->letters != NULL)
		return take_letter(words, known, ret_value, error);
	if (word == NULL || word[0] != '-' || word[1] == '\0')
		return OPTION_NONE;
	if (strcmp(word, "--") == 0) {
		words->next++;
		return OPTION_NONE;
	}
	if (word[1] == '-')
		return take_long(words, known, ret_value, error);
	words->letters = word + 1;
	return take_letter(words, known, ret_value, error);
}
