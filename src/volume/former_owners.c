/* SPDX-License-Identifier: MIT */
#include "volume/former_owners.h"

/* Returns the place of OWNER in the list from FROM on, or the number of owners in the list. */
static size_t find_owner(const struct former_owners *former, size_t from, struct owner owner)
{
	size_t count = former->count;

	while (from < count &&
	       (former->owners[from].uid != owner.uid || former->owners[from].gid != owner.gid))
		from++;
	return from;
}

/* Returns the place of OWNER, which is not among the first KNOWN owners. Returns FORMER_OWNERS_MAX
 * if the list is full. */
static size_t add_owner(struct former_owners *former, pthread_mutex_t *lock, size_t known,
                        struct owner owner)
{
	size_t at;

	pthread_mutex_lock(lock);
	/* Another worker may have added it meanwhile. */
	at = find_owner(former, known, owner);
	if (at == former->count && at < FORMER_OWNERS_MAX) {
		former->owners[at] = owner;
		former->count = at + 1;
	}
	pthread_mutex_unlock(lock);
	return at;
}

void former_owners_count(struct former_owners *former, pthread_mutex_t *lock,
                         struct former_counts *counts, struct owner owner)
{
	size_t known = former->count;
	size_t at = find_owner(former, 0, owner);

	if (at >= known && at < FORMER_OWNERS_MAX)
		at = add_owner(former, lock, known, owner);
	counts->entries[at]++;
}

void former_counts_add(struct former_counts *counts, const struct former_counts *other)
{
	for (size_t i = 0; i <= FORMER_OWNERS_MAX; i++)
		counts->entries[i] += other->entries[i];
}

static bool is_before(struct owner owner, struct owner other)
{
	return owner.uid != other.uid ? owner.uid < other.uid : owner.gid < other.gid;
}

void former_owners_report(const struct former_owners *former, const struct former_counts *counts,
                          struct ownership_report *report)
{
	report->former_count = former->count;
	report->former_others = counts->entries[FORMER_OWNERS_MAX];
	for (size_t i = 0; i < report->former_count; i++) {
		size_t at = i;

		for (; at > 0 && is_before(former->owners[i], report->former[at - 1].owner); at--)
			report->former[at] = report->former[at - 1];
		report->former[at] = (struct former_owner){former->owners[i], counts->entries[i]};
	}
}
