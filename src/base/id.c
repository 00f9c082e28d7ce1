/* SPDX-License-Identifier: MIT */
#include "base/id.h"

bool id_is_digits(struct slice text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] < '0' || text.bytes[i] > '9')
			return false;
	}
	return text.length > 0;
}

bool id_parse(struct slice text, uint32_t *ret_id)
{
	uint64_t value = 0;

	if (!id_is_digits(text))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		/* Checked at every digit: the accumulator never exceeds ID_MAX * 10 + 9. */
		value = value * 10 + (uint64_t)(text.bytes[i] - '0');
		if (value > ID_MAX)
			return false;
	}
	*ret_id = (uint32_t)value;
	return true;
}
