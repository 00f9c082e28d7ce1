#ifndef STEPDOWN_CREDS_SCENARIOS_H
#define STEPDOWN_CREDS_SCENARIOS_H

/* From what to what: the states that stepdown is started in, and how each has to end. */

#include "fake_kernel.h"

#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define ADMIN CAPABILITY_BIT(CAP_SYS_ADMIN)
#define HIGHEST CAPABILITY_BIT(40)
#define SETUID CAPABILITY_BIT(CAP_SETUID)
#define SETGID CAPABILITY_BIT(CAP_SETGID)
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)
#define IDS (SETUID | SETGID)
#define OTHER_IDS (IDS | CAPABILITY_BIT(CAP_CHOWN) | BIND)
#define NO_FIXUP SECBIT_NO_SETUID_FIXUP
#define NO_RAISE SECBIT_NO_CAP_AMBIENT_RAISE
#define KEEP_CAPS_LOCKED SECBIT_KEEP_CAPS_LOCKED

/* Parts of a struct scenario: the process. Without UIDS and GIDS all its ids are 0. */
#define HAS(flag) .kernel.flag = true
#define CAPS(caps) .kernel.effective = (caps), .kernel.permitted = (caps)
#define BOUNDING(caps) .kernel.bounding = (caps)
#define INHERITABLE(caps) .kernel.inheritable = (caps)
#define AMBIENT(caps) INHERITABLE(caps), .kernel.ambient = (caps)
#define ALL(caps) CAPS(caps), BOUNDING(caps)
#define GROUPS(...)                                                                                \
	.kernel.groups = {__VA_ARGS__},                                                            \
	.kernel.group_count = sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)
#define ROOT(caps) ALL(caps), GROUPS(0)
#define UIDS(real, effective, saved) .kernel.uids = {(real), (effective), (saved)}
#define GIDS(real, effective, saved) .kernel.gids = {(real), (effective), (saved)}
#define USER(uid, gid) UIDS(uid, uid, uid), GIDS(gid, gid, gid)
#define USER_1000 USER(1000, 1000), GROUPS(1000)
#define SECUREBITS(bits) .kernel.securebits = (bits)
#define NO_NEW_PRIVS HAS(no_new_privs)
/* The user namespace. */
#define MAPPED(ids) .kernel.mapped_ids = (ids)
#define DENIES_SETGROUPS HAS(denies_setgroups)
/* The step down, and how it ends. */
#define TO(user, group, ...)                                                                       \
	.target.ids = &(const struct ids)                                                          \
	{                                                                                          \
		(user), (group), (const gid_t[]){__VA_ARGS__},                                     \
			sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)                             \
	}
#define TO_1000 TO(1000, 1000, 1000)
#define TO_MORE TO(1000, 1000, 27, 1000, 2000)
#define TO_ROOT TO(0, 0, 0)
#define TO_NOBODY TO(65534, 65534, 65534)
#define KEEP(caps) .target.keep = (caps)
#define NEW_PRIVS .allows_new_privs = true
#define KEEP_BOUNDING .target.keep_bounding = true, NEW_PRIVS
#define GOSU .target.semantics = SEMANTICS_GOSU, NEW_PRIVS
#define FIRST_24                                                                                   \
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
#define FIRST_24_TEXT "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24"
#define FAILS(with) .fails = (with)
#define NOT_MAPPED "not mapped in this user namespace ("
#define DENIED "setgroups is denied in this user namespace ("
#define STILL_ROOT "'uid 0': it is still there"
#define TAKEN_BACK(id) "'" id " 0': it can be taken back"
#define LOCKED "'capabilities': Operation not permitted (a securebit may be locked)"

struct scenario {
	const char *name;
	struct fake_kernel kernel;
	struct creds_target target;
	bool allows_new_privs; /* instead of target.no_new_privs */
	const char *fails;     /* part of the message, or NULL */
	/* The same if the permitted set stands for the bounding set, where that is another end. */
	const char *fails_unread;
};

static const struct scenario scenarios[] = {
	{"plain", ROOT(FULL), TO_1000},
	{"saved ids of a third", ROOT(FULL), UIDS(0, 0, 5), GIDS(0, 0, 5), TO_1000},
	{"S10 groups of root", ALL(FULL), GROUPS(0, 6, 27), TO_1000},
	{"keeps one", ROOT(FULL), TO_1000, KEEP(BIND)},
	{"keeps low and high", ROOT(FULL), TO_1000, KEEP(1 | HIGHEST)},
	{"keeps setuid", ROOT(FULL), TO_1000, KEEP(IDS)},
	{"keeps setgid only", ROOT(FULL), TO_1000, KEEP(SETGID), NEW_PRIVS},
	/* execve(2) cannot have left this to root, and the proof finds it. */
	{"S12 bounding set larger than the permitted one", CAPS(IDS | SETPCAP), BOUNDING(FULL),
         TO_1000, .fails_unread = "'bounding set': it is cap_chown,"},
	{"S12 securebits made it so", CAPS(IDS | SETPCAP), BOUNDING(FULL),
         SECUREBITS(SECBIT_NOROOT), TO_1000},
	{"S12 no_new_privs made it so", CAPS(IDS | SETPCAP), BOUNDING(FULL), NO_NEW_PRIVS, TO_1000},
	{"S12 the same, somebody else than root", USER_1000, CAPS(SETPCAP), BOUNDING(FULL)},
	{"larger permitted set", CAPS(FULL), INHERITABLE(ADMIN), BOUNDING(FULL & ~ADMIN), TO_1000},
	{"permits too many, as before Linux 3.16", CAPS(UINT64_MAX), BOUNDING(FULL), TO_1000},
	{"new privileges allowed", ROOT(FULL), TO_1000, NEW_PRIVS},
	{"S13 new privileges", ROOT(FULL & ~ADMIN), AMBIENT(BIND), TO_1000, KEEP_BOUNDING},
	{"S13 the same, keeps one", ROOT(FULL), TO_1000, KEEP(BIND), KEEP_BOUNDING},
	{"S13 no CAP_SETPCAP", ROOT(OTHER_IDS), AMBIENT(BIND), TO_1000, KEEP(IDS), KEEP_BOUNDING},
	{"S13 not root", USER_1000, INHERITABLE(BIND), BOUNDING(FULL), KEEP_BOUNDING},
	{"S13 smaller permitted set", CAPS(IDS | SETPCAP), BOUNDING(FULL), TO_1000, KEEP_BOUNDING},
	{"no_new_privs there already", ROOT(OTHER_IDS), NO_NEW_PRIVS, TO_1000, NEW_PRIVS},
	{"root without capabilities", ALL(FULL), GROUPS(0, 6), TO_ROOT},
	{"root keeps one", ROOT(FULL), TO_ROOT, KEEP(BIND)},
	{"root, from another real uid", ROOT(FULL), UIDS(5, 0, 0), GIDS(5, 0, 0), TO_ROOT},
	{"root, other group", ROOT(FULL), TO(0, 1000, 1000)},
	{"user with group 0", ROOT(FULL), TO(1000, 0, 0, 1000)},
	{"no CAP_SETPCAP", ROOT(OTHER_IDS), TO_1000},
	{"no CAP_SETPCAP, keeps one", ROOT(OTHER_IDS), TO_1000, KEEP(BIND)},
	{"small bounding set", CAPS(OTHER_IDS), BOUNDING(BIND), TO_1000, KEEP(BIND)},
	{"small bounding set, new privileges", CAPS(OTHER_IDS), BOUNDING(BIND), TO_1000, KEEP(BIND),
         NEW_PRIVS},
	{"no CAP_SETGID, gid and groups right", ALL(SETUID), GIDS(1000, 1000, 1000), GROUPS(1000),
         TO_1000},
	{"keep_caps locked, keeps none", ROOT(FULL), SECUREBITS(KEEP_CAPS_LOCKED), TO_1000},
	{"S12 no_setuid_fixup with ambient set", ROOT(FULL), AMBIENT(ADMIN),
         SECUREBITS(NO_FIXUP | SECBIT_KEEP_CAPS), TO_1000},
	{"S12 the same, locked", ROOT(FULL), AMBIENT(ADMIN),
         SECUREBITS(NO_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED), TO_1000},
	{"S12 the same, no CAP_SETPCAP", ROOT(OTHER_IDS), AMBIENT(BIND),
         SECUREBITS(NO_FIXUP | SECBIT_KEEP_CAPS), TO_1000},
	{"no_cap_ambient_raise is cleared", ROOT(FULL), SECUREBITS(NO_RAISE), TO_1000, KEEP(BIND)},
	{"old kernel", ROOT(FULL), HAS(has_no_ambient), TO_1000},
	{"gVisor", ROOT(FULL), HAS(has_no_ambient), HAS(has_no_securebits), TO_1000},
	{"S10 setgroups denied, harmless list", ALL(FULL), GROUPS(1000), DENIES_SETGROUPS, TO_MORE},
	{"S10 setgroups denied, out of order", ALL(FULL), GROUPS(2000, 27), DENIES_SETGROUPS,
         TO_MORE},
	{"S10 setgroups denied, no groups", ALL(FULL), DENIES_SETGROUPS, TO_1000},
	{"S46 the key quota is used up", ROOT(FULL), HAS(has_full_quota), TO_1000},
	{"S46 a filter refuses keyctl", ROOT(FULL), .kernel.keyctl_errnum = ENOSYS, TO_1000},
	{"S46 a security module refuses keyctl", ROOT(FULL), .kernel.keyctl_errnum = EPERM,
         TO_1000},
	{"S46 gVisor refuses keyctl", ROOT(FULL), .kernel.keyctl_errnum = EACCES, TO_1000},
	{"S46 key quota used up in a user namespace", ROOT(FULL), UIDS(1, 0, 0),
         HAS(has_full_quota), TO_1000, FAILS("'session keyring': Disk quota exceeded (")},
	{"not root", USER_1000, BOUNDING(FULL)},
	{"not root, with capabilities", USER_1000, ALL(FULL), AMBIENT(ADMIN), KEEP(BIND)},
	{"not root, inheritable set only", USER_1000, INHERITABLE(ADMIN), BOUNDING(FULL)},
	{"compat", ROOT(FULL), GOSU, TO_1000},
	{"compat, group 0", ROOT(OTHER_IDS), GOSU, TO(1000, 0, 0, 1000)},
	{"compat, inherited sets", ROOT(FULL), AMBIENT(ADMIN), SECUREBITS(NO_FIXUP), GOSU, TO_1000},
	{"compat, root", ALL(FULL), GROUPS(0, 6), AMBIENT(ADMIN), GOSU, TO_ROOT},
	{"compat, root in another group", ROOT(FULL), GOSU, TO(0, 1000, 1000)},
	{"no CAP_SETGID", ROOT(SETUID), TO_1000,
         FAILS("setting the groups: '1000': there is no CAP_SETGID (start with --cap-add)")},
	/* A message has room for 24 groups. */
	{"no CAP_SETGID, 24 groups", ROOT(SETUID), TO(1, 1, FIRST_24),
         FAILS("setting the groups: '" FIRST_24_TEXT "': there")},
	{"no CAP_SETGID, 25 groups", ROOT(SETUID), TO(1, 1, FIRST_24, 25),
         FAILS("setting the groups: '" FIRST_24_TEXT ",...': there")},
	{"no CAP_SETGID, groups right", ALL(SETUID), GROUPS(1000), TO_1000,
         FAILS("changing the gid: '1000': there is no CAP_SETGID (start with --cap-add)")},
	{"no CAP_SETUID", ROOT(SETGID), TO_1000,
         FAILS("changing the uid: '1000': there is no CAP_SETUID (start with --cap-add)")},
	{"compat, not root at the start", USER_1000, GOSU, TO_1000,
         FAILS("setting the groups: '1000': there is no CAP_SETGID (start the container as root)")},
	{"S10 setgroups denied, groups of root", ALL(FULL), GROUPS(0, 27), DENIES_SETGROUPS,
         TO_MORE, FAILS("setting the groups: '27,1000,2000': " DENIED)},
	{"compat takes no denied setgroups", ALL(FULL), GROUPS(1000), DENIES_SETGROUPS, GOSU,
         TO_1000, FAILS(DENIED)},
	{"group not mapped", ALL(FULL), GROUPS(1000), MAPPED(1500), TO_MORE,
         FAILS("setting the groups: '27,1000,2000': " NOT_MAPPED)},
	{"gid not mapped", ALL(FULL), GROUPS(1000), MAPPED(1000), TO(999, 1000, 1000),
         FAILS("setting the groups: '1000': " NOT_MAPPED)},
	{"uid not mapped", ROOT(FULL), MAPPED(1001), TO(1001, 1000, 1000),
         FAILS("changing the uid: '1001': " NOT_MAPPED)},
	{"S33 no CAP_SETPCAP, success is claimed", ROOT(OTHER_IDS), TO_1000, HAS(pretends_to_drop)},
	{"S33 no CAP_SETPCAP, new privileges allowed", ROOT(OTHER_IDS), TO_1000, NEW_PRIVS,
         FAILS("'bounding set': Operation not permitted (--cap-add SETPCAP)")},
	{"S33 the same, and success is claimed", ROOT(IDS), HAS(pretends_to_drop), TO_1000,
         NEW_PRIVS, FAILS("'bounding set': it is cap_setgid,cap_setuid and not none")},
	{"S12 no_cap_ambient_raise locked", ROOT(FULL),
         SECUREBITS(NO_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED), TO_1000, KEEP(BIND),
         FAILS(LOCKED)},
	{"keep_caps locked", ROOT(FULL), SECUREBITS(KEEP_CAPS_LOCKED), TO_1000, KEEP(BIND),
         FAILS(LOCKED)},
	{"keeps on an old kernel", ROOT(FULL), HAS(has_no_ambient), TO_1000, KEEP(BIND),
         FAILS("'ambient set': it is none and not cap_net_bind_service")},
	{"keeps what the kernel does not know", ROOT(FULL), TO_1000, KEEP(CAPABILITY_BIT(50)),
         FAILS("'capabilities': Invalid argument")},
	{"S45 group not mapped looks like nobody's", ALL(FULL), GROUPS(70000), MAPPED(65535),
         TO_NOBODY},
	{"S45 the same, setgroups denied", ALL(FULL), GROUPS(70000), MAPPED(65535),
         DENIES_SETGROUPS, TO_NOBODY, FAILS("setting the groups: '65534': " DENIED)},
	{"S45 the same, second group", ALL(FULL), GROUPS(1000, 70000), MAPPED(65535),
         DENIES_SETGROUPS, TO(1000, 1000, 1000, 65534),
         FAILS("setting the groups: '1000,65534': " DENIED)},
	{"S45 nobody's group, and no right to set groups", ALL(FULL & ~SETGID),
         GIDS(65534, 65534, 65534), GROUPS(65534), TO_NOBODY,
         FAILS("setting the groups: '65534': there is no CAP_SETGID")},
	{"S45 no uid is mapped, nobody's neither", USER(70000, 9), MAPPED(1000),
         FAILS("checking the uid: '65534': not mapped")},
	{"S45 uid not mapped, but nobody's is", USER(70000, 9), MAPPED(65535),
         FAILS("checking the uid: '65534': Operation not permitted")},
	{"S45 no gid is mapped, nobody's neither", USER(9, 70000), MAPPED(1000),
         FAILS("checking the gid: '65534': not mapped")},
	{"S45 gid not mapped, but nobody's is", USER(9, 70000), MAPPED(65535),
         FAILS("checking the gid: '65534': Operation not permitted")},
	{"S45 nobody, who is mapped", USER(65534, 65534)},
	{"S11 saved uid is root's", UIDS(1000, 1000, 0), GIDS(1000, 1000, 1000), BOUNDING(FULL),
         FAILS(STILL_ROOT)},
	{"S11 effective uid is root's", UIDS(1000, 0, 1000), GIDS(1000, 1000, 1000), BOUNDING(FULL),
         FAILS(STILL_ROOT)},
	{"real gid is root's", UIDS(1000, 1000, 1000), GIDS(0, 1000, 1000)},
	{"effective gid is root's", UIDS(1000, 1000, 1000), GIDS(1000, 0, 1000)},
	{"saved gid is root's", UIDS(1000, 1000, 1000), GIDS(1000, 1000, 0)},
	{"S11 root, and nobody changes that", ROOT(FULL), FAILS(STILL_ROOT)},
	{"S11 uid 0 comes back", ROOT(FULL), HAS(gives_uid_0), TO_1000, FAILS(TAKEN_BACK("uid"))},
	{"S11 uid 0 comes back, keeps one", ROOT(FULL), HAS(gives_uid_0), TO_1000, KEEP(BIND),
         FAILS(TAKEN_BACK("uid"))},
	{"S11 gid 0 comes back, keeps one", ROOT(FULL), HAS(gives_gid_0), TO_1000, KEEP(BIND),
         FAILS(TAKEN_BACK("gid"))},
	{"S11 gid 0 comes back", ROOT(FULL), HAS(gives_gid_0), TO_1000, FAILS(TAKEN_BACK("gid"))},
};

#endif
