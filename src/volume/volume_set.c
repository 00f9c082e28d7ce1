/* SPDX-License-Identifier: MIT */
#include "volume/volume_set.h"

#include <string.h>
#include <sys/auxv.h>

/* Returns 8 random bytes that the kernel gave to this process (AT_RANDOM, getauxval(3)). An
 * attacker who chose the file names does not know them. */
static uint64_t read_hash_seed(void)
{
	const char *random = (const char *)getauxval(AT_RANDOM);
	uint64_t value = 0;

	if (random != NULL)
		memcpy(&value, random, sizeof(value));
	return value;
}

void volume_set_open(struct volume_set *set, struct declared_top *tops)
{
	*set = (struct volume_set){.tops = tops, .links.seed = read_hash_seed()};
}

void volume_set_add_top(struct volume_set *set, const struct inode *inode)
{
	set->tops[set->top_count++] = (struct declared_top){inode->device, inode->number};
}

bool volume_set_has_top(const struct volume_set *set, const struct inode *inode)
{
	for (size_t i = 0; i < set->top_count; i++) {
		if (set->tops[i].device == inode->device && set->tops[i].number == inode->number)
			return true;
	}
	return false;
}
