#include "volume/volume_set.h"

void volume_set_open(struct volume_set *set, struct declared_top *tops)
{
	*set = (struct volume_set){.tops = tops};
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
