#ifndef STEPDOWN_TESTS_RUN_INPUT_H
#define STEPDOWN_TESTS_RUN_INPUT_H

/* run(), and what its functions read inputs and print results with. harness.c alone includes this file. */

#include "../unit/unit.h"

#include <assert.h>
#include <stdalign.h>

#include "base/error.h"

enum { WORDS = 4096, SECTIONS = 10, ARENA = 1 << 20 };

size_t seen_length;

static char *seen_text;
static FILE *seen;
static void *kept[WORDS * 2];
static size_t kept_count;
static alignas(max_align_t) char memory[ARENA];

/* --- inputs: copies of their exact size, so that a sanitizer sees a byte that is read too much ------ */

/* BYTES are freed at the end of the input. */
static char *keep(char *bytes)
{
	assert(bytes != NULL && kept_count < COUNT(kept));
	kept[kept_count++] = bytes;
	return bytes;
}

/* The string ends at the first NUL. */
static char *string(struct slice slice)
{
	return keep(strndup(slice.bytes, slice.length));
}

/* Makes a list of the words in SECTION, which NULs separate. Returns their number. */
static int split(struct slice section, char *words[WORDS])
{
	int count = 0;

	while (section.length > 0)
		words[count++] = string(slice_cut(&section, '\0'));
	words[count] = NULL;
	return count;
}

static unsigned number(struct slice section)
{
	return (unsigned)strtoul(string(section), NULL, 10);
}

/* Returns the seen_length bytes that FUNCTION prints of COUNT TEXTS, until the next call. */
const char *run(void (*function)(const struct slice *sections), const char *const *texts,
                const size_t *lengths, int count)
{
	struct slice sections[SECTIONS];

	free(seen_text);
	seen_text = NULL;
	seen = open_memstream(&seen_text, &seen_length);
	assert(seen != NULL && count <= SECTIONS);
	for (int i = 0; i < count; i++) {
		char *bytes = keep(malloc(lengths[i]));

		memcpy(bytes, texts[i], lengths[i]);
		sections[i] = (struct slice){bytes, lengths[i]};
	}
	function(sections);
	while (kept_count > 0)
		free(kept[--kept_count]);
	fclose(seen);
	return seen_text;
}

/* --- results ---------------------------------------------------------------------------------------- */

static void print(struct slice slice)
{
	fwrite(slice.bytes, 1, slice.length, seen);
}

/* ERROR is empty afterwards, so that the next failure must fill it. */
static void refused(struct error *error)
{
	assert(error->status == STATUS_FAILED);
	fprintf(seen, "refused: %s\n", error->message);
	error->status = 0;
}

#endif
