#ifndef STEPDOWN_TESTS_COMMAND_LINE_H
#define STEPDOWN_TESTS_COMMAND_LINE_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define COMMAND_LINE_BYTES 2048
#define COMMAND_LINE_WORDS 128

/* A command line in the form in which a test's table has it: words between single blanks, ''
 * for an empty one. The words lie in BYTES, so the struct must stay where it is. */
struct command_line {
	char bytes[COMMAND_LINE_BYTES];
	char *words[COMMAND_LINE_WORDS + 1];
	int count;
};

static inline void command_line_split(struct command_line *line, const char *text)
{
	char *rest = line->bytes;

	assert(strlen(text) < sizeof(line->bytes));
	strcpy(line->bytes, text);
	line->count = 0;
	while (rest != NULL) {
		char *word = rest;
		char *blank = strchr(rest, ' ');

		rest = blank == NULL ? NULL : blank + 1;
		if (blank != NULL)
			*blank = '\0';
		if (strcmp(word, "''") == 0)
			word[0] = '\0';
		assert(line->count < COMMAND_LINE_WORDS);
		line->words[line->count++] = word;
	}
	line->words[line->count] = NULL;
}

#endif
