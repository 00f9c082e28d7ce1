#include "idmap.h"

/* The next decimal number of *rest, blanks before it skipped; no more than 32 bits are expected. */
static uint64_t take_number(struct slice *rest)
{
	uint64_t number = 0;

	while (rest->length > 0 && rest->bytes[0] == ' ') {
		rest->bytes++;
		rest->length--;
	}
	while (rest->length > 0 && rest->bytes[0] >= '0' && rest->bytes[0] <= '9' &&
	       number <= UINT32_MAX) {
		number = number * 10 + (uint64_t)(rest->bytes[0] - '0');
		rest->bytes++;
		rest->length--;
	}
	return number;
}

bool idmap_contains(struct slice map, uint32_t id)
{
	if (map.length == 0)
		return true;
	while (map.length > 0) {
		struct slice line = slice_cut(&map, '\n');
		uint64_t first = take_number(&line);
		uint64_t count;

		(void)take_number(&line);
		count = take_number(&line);
		if (id >= first && id - first < count)
			return true;
	}
	return false;
}
