#ifndef STEPDOWN_TESTS_CASES_H
#define STEPDOWN_TESTS_CASES_H

#include "unit.h"

#include "base/error.h"

#define ROWS_MAX 100

/* The head of a test that is a table, as in TABLE(struct row, rows, run) = {...}. RUN gets the rows as its *STATE.
 * The row behind the last one is empty. */
#define TABLE(type, rows, run)                                                                     \
	static type rows[ROWS_MAX];                                                                \
	__attribute__((constructor)) static void add_##rows(void)                                  \
	{                                                                                          \
		add_test(__LINE__, (struct CMUnitTest){#rows, run, NULL, NULL, rows});             \
	}                                                                                          \
	static type rows[ROWS_MAX]

/* The same for patterns. CHECK gets the line and the wanted result of each. */
#define PATTERNS(rows, check)                                                                      \
	static void run_##rows(void **state)                                                       \
	{                                                                                          \
		run_patterns(*state, check);                                                       \
	}                                                                                          \
	TABLE(struct pattern, rows, run_##rows)

#define COMMAND_LINE_BYTES 2048

/* A command line in the form in which a test's table has it: words between single blanks, ''
 * for an empty one. The words lie in BYTES, so the struct must stay where it is. */
struct command_line {
	char bytes[COMMAND_LINE_BYTES];
	char *words[COMMAND_LINE_BYTES + 1];
	int count;
};

static inline void command_line_split(struct command_line *line, const char *text)
{
	char *rest = line->bytes;

	assert_true(strlen(text) < sizeof(line->bytes));
	strcpy(line->bytes, text);
	for (line->count = 0; rest != NULL; line->count++) {
		char *word = strsep(&rest, " ");

		line->words[line->count] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	line->words[line->count] = NULL;
}

/* A line of input and its wanted result, with each of the words in the place of each '%'. */
struct pattern {
	const char *line;
	const char *wanted;
	const char *words; /* between blanks, as in a command line; NULL: there is no '%' */
};

/* A test compares its findings as text. */
#define FOUND_BYTES 8192

__attribute__((format(printf, 2, 3))) static inline void append(char *found, const char *format,
                                                                ...)
{
	size_t used = strlen(found);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(found + used, FOUND_BYTES - used, format, arguments);
	va_end(arguments);
}

static inline void assert_found(const char *given, const char *found, const char *wanted)
{
	if (strcmp(found, wanted) != 0)
		fail_msg("%s: %s, wanted %s", given, found, wanted);
}

/* WANTED is '!' and a part of the message. */
static inline void assert_refused(const char *given, const struct error *error, const char *wanted)
{
	assert_int_equal(error->status, STATUS_FAILED);
	if (wanted[0] != '!' || strstr(error->message, wanted + 1) == NULL)
		fail_msg("%s: %s, wanted %s", given, error->message, wanted);
}

/* Writes PATTERN to LINE, with WORD in the place of each SIGN. */
static inline void put_word(char *line, const char *pattern, char sign, const char *word)
{
	const char *place;

	line[0] = '\0';
	for (; (place = strchr(pattern, sign)) != NULL; pattern = place + 1)
		append(line, "%.*s%s", (int)(place - pattern), pattern, word);
	append(line, "%s", pattern);
}

static inline void run_patterns(const struct pattern *rows,
                                void (*check)(const char *line, const char *wanted))
{
	for (const struct pattern *row = rows; row->line != NULL; row++) {
		struct command_line words;

		command_line_split(&words, row->words == NULL ? "" : row->words);
		for (int i = 0; i < words.count; i++) {
			char line[FOUND_BYTES];
			char wanted[FOUND_BYTES];

			put_word(line, row->line, '%', words.words[i]);
			put_word(wanted, row->wanted, '%', words.words[i]);
			check(line, wanted);
		}
	}
}

#endif
