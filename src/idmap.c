#include "idmap.h"

/* The next decimal number of *rest, blanks before it skipped; 0 when there is none. No more than 32
 * bits are expected. */
static uint64_t take_number(const char **rest, const char *end)
{
	const char *at = *rest;
	uint64_t number = 0;

	while (at < end && *at == ' ')
		at++;
	while (at < end && *at >= '0' && *at <= '9' && number <= UINT32_MAX)
		number = number * 10 + (uint64_t)(*at++ - '0');
	*rest = at;
	return number;
}

bool idmap_contains(struct slice map, uint32_t id)
{
	bool found = map.length == 0;

	while (map.length > 0 && !found) {
		struct slice line = slice_cut(&map, '\n');
		const char *end = line.bytes + line.length;
		uint64_t first = take_number(&line.bytes, end);

		(void)take_number(&line.bytes, end);
		found = id >= first && id - first < take_number(&line.bytes, end);
	}
	return found;
}
