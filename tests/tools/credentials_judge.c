/* What a command must have, from what stepdown was started with and what was asked of it. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>

#include "credentials.h"

static int compare_gids(const void *a, const void *b)
{
	gid_t one = *(const gid_t *)a;
	gid_t other = *(const gid_t *)b;

	return (one > other) - (one < other);
}

void make_set(gid_t *groups, size_t *count)
{
	size_t kept = 0;

	qsort(groups, *count, sizeof(*groups), compare_gids);
	for (size_t i = 0; i < *count; i++)
		if (kept == 0 || groups[kept - 1] != groups[i])
			groups[kept++] = groups[i];
	*count = kept;
}

static bool all_are(const uid_t ids[4], uid_t id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id && ids[3] == id;
}

/* The primary group, those of --group, the user's by the file, and those that the runtime granted: what
 * is there at the start, without root's own. 65534 is what a group looks like that is not mapped. */
static const char *check_groups(const struct asked *asked, const struct state *before,
                                const struct state *after)
{
	gid_t wanted[GROUPS_MAX + GROUPS_ASKED + 3] = {asked->spec->gid};
	size_t count = 1;

	for (size_t i = 0; i < asked->group_count; i++)
		wanted[count++] = asked->groups[i];
	for (size_t i = 0; i < 2 && !asked->clear_groups; i++)
		if (asked->spec->member_of[i] != 0)
			wanted[count++] = asked->spec->member_of[i];
	for (size_t i = 0; i < before->group_count && !asked->clear_groups; i++) {
		gid_t gid = before->groups[i];

		if (gid != 0 && gid != 6 && gid != 20 && gid != 65534)
			wanted[count++] = gid;
	}
	make_set(wanted, &count);
	if (after->group_count != count ||
	    memcmp(after->groups, wanted, count * sizeof(*wanted)) != 0)
		return "other groups than those that were asked for";
	return NULL;
}

static const char *check_ids(const struct asked *asked, const struct state *before,
                             const struct state *after)
{
	if (before->uids[1] != 0) {
		/* A start that is not root keeps its ids and its groups. */
		if (memcmp(after->uids, before->uids, sizeof(after->uids)) != 0 ||
		    memcmp(after->gids, before->gids, sizeof(after->gids)) != 0)
			return "other ids than at the start, which was not root's";
		if (after->group_count != before->group_count ||
		    memcmp(after->groups, before->groups,
		           after->group_count * sizeof(after->groups[0])) != 0)
			return "other groups than at the start, which was not root's";
		return NULL;
	}
	if (asked->spec->uid == 0 && !asked->allow_root)
		return "root, which was not allowed";
	if (!all_are(after->uids, asked->spec->uid))
		return "another uid than was asked for";
	if (!all_are(after->gids, asked->spec->gid))
		return "another gid than was asked for";
	return check_groups(asked, before, after);
}

/* Root gets what --cap asks for, or is refused; other users keep what there is of it. Of --try-cap, everybody
 * keeps what there is, unless a securebit forbids ambient capabilities for good. */
static uint64_t kept(const struct asked *asked, const struct state *before)
{
	uint64_t there = before->permitted & before->bounding;
	bool is_locked = (before->securebits & SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) != 0 ||
	                 (before->effective & CAP_BIT(CAP_SETPCAP)) == 0;
	uint64_t keep = before->uids[1] == 0 ? asked->capabilities : asked->capabilities & there;

	if ((before->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) == 0 || !is_locked)
		keep |= asked->tried & there;
	return keep;
}

static const char *check_sets(const struct asked *asked, const struct state *before,
                              const struct state *after)
{
	uint64_t keep = kept(asked, before);

	if ((keep & ~(before->permitted & before->bounding)) != 0)
		return "capabilities were asked for that are not there";
	if (after->permitted != keep)
		return "another permitted set than was asked for";
	if (after->effective != keep)
		return "another effective set than was asked for";
	if (after->inheritable != keep)
		return "another inheritable set than was asked for";
	if (after->ambient != keep)
		return "another ambient set than was asked for";
	/* With --allow-new-privs, setuid programs need the bounding set. execve(2) gives uid 0 all
	 * of it, so uid 0 must not have it. */
	if (asked->allow_new_privs && after->uids[0] != 0 && after->bounding != before->bounding)
		return "another bounding set than at the start, although new privileges were "
		       "allowed";
	if (after->bounding != keep && !asked->allow_new_privs &&
	    !(after->bounding == before->bounding &&
	      (before->effective & CAP_BIT(CAP_SETPCAP)) == 0))
		return "another bounding set than was asked for";
	if (after->bounding != keep && after->uids[0] == 0 && !after->no_new_privs)
		return "a bounding set that uid 0 gets by execve";
	if (after->bounding != keep && !asked->allow_new_privs && !after->no_new_privs)
		return "a bounding set that is left, without no_new_privs";
	return NULL;
}

static const char *check_flags(const struct asked *asked, const struct state *before,
                               const struct state *after)
{
	const unsigned hinder = SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS |
	                        SECBIT_NO_CAP_AMBIENT_RAISE;
	/* The lock of each bit is the next one. */
	unsigned unlocked = hinder & ~(before->securebits >> 1);
	bool promised = !asked->allow_new_privs || before->no_new_privs;

	if (promised && !after->no_new_privs)
		return "no_new_privs is off";
	if (!promised && after->no_new_privs)
		return "no_new_privs is on, although new privileges were allowed";
	if ((after->securebits & ~before->securebits) != 0)
		return "a securebit was added";
	if (((after->securebits ^ before->securebits) & ~hinder) != 0)
		return "a securebit is lost that was in nobody's way";
	if ((before->effective & CAP_BIT(CAP_SETPCAP)) != 0 && (after->securebits & unlocked) != 0)
		return "a securebit was left that lets capabilities live";
	return NULL;
}

static const char *check_out_of_reach(const struct state *after)
{
	if (after->took_uid_0 && after->uids[0] != 0 &&
	    (after->permitted & CAP_BIT(CAP_SETUID)) == 0)
		return "uid 0 could be taken back";
	if (after->took_gid_0 && after->gids[0] != 0 &&
	    (after->permitted & CAP_BIT(CAP_SETGID)) == 0)
		return "gid 0 could be taken back";
	if (after->took_groups && (after->permitted & CAP_BIT(CAP_SETGID)) == 0)
		return "the groups could be changed";
	return NULL;
}

const char *find_breach(const struct asked *asked, const struct state *before,
                        const struct state *after)
{
	const char *breach = check_ids(asked, before, after);

	if (breach == NULL)
		breach = check_sets(asked, before, after);
	if (breach == NULL)
		breach = check_flags(asked, before, after);
	return breach != NULL ? breach : check_out_of_reach(after);
}

bool must_start(const struct asked *asked, const struct state *before)
{
	const uint64_t needed = CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETPCAP);

	return all_are(before->uids, 0) && before->gids[0] == before->gids[1] &&
	       before->securebits == 0 && (before->effective & needed) == needed &&
	       (asked->capabilities & ~(before->permitted & before->bounding)) == 0 &&
	       (asked->spec->uid != 0 || asked->allow_root);
}
