/* ${VAR} and its forms. An input: a byte that tells how much memory there is and which signs have a meaning,
 * the environment, the value. */

#include "core/expand.h"
#include "fuzz.h"
#include "oracle.h"

void fuzz_one(struct slice input)
{
	static const char *const sign_sets[] = {"", ",=:@", ",:"};
	unsigned room = fuzz_byte(&input);
	const char *signs = sign_sets[room / 4 % 3];
	char *environment[FUZZ_WORDS];
	struct error error = {0};
	struct arena arena;
	struct filler filler = {environment, &arena, &error, false};
	bool lacks;
	char *value;
	char *wanted;
	char *memory;
	const char *result;
	size_t size;

	fuzz_words(NULL, fuzz_section(&input), environment);
	value = fuzz_string(input);
	wanted = oracle_fill_in(environment, value, signs, &lacks);
	/* Around what the result needs. */
	size = (wanted == NULL ? 64 : strlen(wanted) + 1) + room % 4;
	size = size > 2 ? size - 2 : 0;
	memory = fuzz_memory(size);
	arena = arena_in(memory, size);
	result = expand(&filler, "--user", value, signs);
	CHECK(result == NULL
	              ? wanted == NULL || strlen(wanted) >= size
	              : wanted != NULL && strlen(wanted) < size && strcmp(result, wanted) == 0,
	      "'%s' gives '%s', not '%s', in %zu bytes", value, result == NULL ? "NULL" : result,
	      wanted == NULL ? "NULL" : wanted, size);
	CHECK(filler.has_empty == lacks || strstr(error.message, "too long") != NULL, "lacks: %d",
	      filler.has_empty);
	if (result == NULL)
		fuzz_check_error(&error);
	else
		CHECK(result == memory && arena.next == memory + strlen(result) + 1,
		      "the arena is at %td", arena.next - memory);
}
