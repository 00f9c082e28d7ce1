/* Numbers. An input is one text. */

#include "base/id.h"
#include "fuzz.h"
#include "oracle.h"

void fuzz_one(struct slice input)
{
	struct slice text = fuzz_copy(input);
	uint32_t id = UINT32_MAX;
	uint32_t wanted = UINT32_MAX;
	bool is_id = id_parse(text, &id);

	CHECK(is_id == oracle_id(text, &wanted), "'%.*s' is an id: %d", SLICE(text), is_id);
	CHECK(id == wanted, "'%.*s': %u, not %u", SLICE(text), id, wanted);
	CHECK(!is_id || id_is_digits(text), "'%.*s' is an id, and not digits", SLICE(text));
}
