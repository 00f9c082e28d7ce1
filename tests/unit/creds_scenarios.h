#ifndef STEPDOWN_CREDS_SCENARIOS_H
#define STEPDOWN_CREDS_SCENARIOS_H

/* The states that stepdown is started in, and how each has to end. */

#include "fake_kernel.h"

#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define ADMIN CAPABILITY_BIT(CAP_SYS_ADMIN)
#define HIGHEST CAPABILITY_BIT(LAST_CAP)
#define SETUID CAPABILITY_BIT(CAP_SETUID)
#define SETGID CAPABILITY_BIT(CAP_SETGID)
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)
#define IDS (SETUID | SETGID)
#define OTHER_IDS (IDS | CAPABILITY_BIT(CAP_CHOWN) | BIND)
#define NO_FIXUP SECBIT_NO_SETUID_FIXUP
#define NO_RAISE SECBIT_NO_CAP_AMBIENT_RAISE

/* Parts of a struct scenario: the process. Without UIDS and GIDS all its ids are 0. */
#define CAPS(caps) .kernel.sets[EFFECTIVE] = (caps), .kernel.sets[PERMITTED] = (caps)
#define BOUNDED(caps) .kernel.sets[BOUNDING] = (caps)
#define AMBIENTS(caps) .kernel.sets[INHERITABLE] = (caps), .kernel.sets[AMBIENT] = (caps)
#define ALL(caps) CAPS(caps), BOUNDED(caps)
#define GROUPS(...)                                                                                \
	.kernel.groups = {__VA_ARGS__},                                                            \
	.kernel.group_count = sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)
#define ROOT(caps) ALL(caps), GROUPS(0)
#define UIDS(real, effective, saved) .kernel.uids = {(real), (effective), (saved)}
#define GIDS(real, effective, saved) .kernel.gids = {(real), (effective), (saved)}
#define USER(uid, gid) UIDS(uid, uid, uid), GIDS(gid, gid, gid)
#define USER_1000 USER(1000, 1000), GROUPS(1000)
#define SECUREBITS(bits) .kernel.securebits = (bits)
#define NO_NEW_PRIVS .kernel.no_new_privs = true
/* The kernel: the user namespace, and what fails or lies, once or always. */
#define MAPPED(ids) .kernel.mapped_ids = (ids)
#define ONCE(fault_kind, ...) .fault = {FAULT_##fault_kind, __VA_ARGS__}
#define ALWAYS(...) ONCE(__VA_ARGS__, .goes_on = true)
#define DENIES_SETGROUPS ALWAYS(FAILS, "setgroups", EPERM)
/* The step down, and how it ends. */
#define TO(user, group, ...)                                                                       \
	.target.ids = &(const struct ids)                                                          \
	{                                                                                          \
		(user), (group), (const gid_t[]){__VA_ARGS__},                                     \
			sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)                             \
	}
#define TO_1000 TO(1000, 1000, 1000)
#define PLAIN ROOT(FULL), TO_1000
#define TO_MORE TO(1001, 1000, 27, 1000, 2000)
#define TO_NOBODY TO(65534, 65534, 65534)
#define KEEP(caps) .target.keep = (caps)
#define NEW_PRIVS .allows_new_privs = true
#define KEEP_BOUNDING .target.keep_bounding = true, NEW_PRIVS
#define GOSU .target.semantics = SEMANTICS_GOSU, NEW_PRIVS
#define FIRST_24                                                                                   \
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
#define FIRST_24_TEXT "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24"
#define FAILS(with) .fails = (with)
#define FORESEEN(with) .fails = (with), .fails_check = (with)
#define NOT_MAPPED "not mapped in this user namespace ("
#define MAYBE_ROOTS                                                                                \
	"not mapped in this user namespace, so it may be anybody's, also root's outside ("
#define DENIED "setgroups is denied in this user namespace ("
#define STILL_ROOT PROVING "'uid 0': it is still there"
#define TAKEN_BACK(id) PROVING "'" id " 0': it can be taken back"
#define GIVING "giving up privileges: "
#define READING "reading the credentials: "
#define PROVING "checking the step down: "
#define LOCKED GIVING "'capabilities': Operation not permitted (a securebit may be locked)"
#define FORBIDDEN "Operation not permitted (seccomp or a security module forbids it)"
#define BOUNDING_CALLS (LAST_CAP + 2) /* of one look at the set, up to the first that is unknown */

struct scenario {
	const char *name;
	struct fake_kernel kernel;
	struct fake_fault fault;
	struct creds_target target;
	bool allows_new_privs; /* instead of target.no_new_privs */
	bool reads_bounding_once;
	const char *missing; /* groups, if setgroups is denied; NULL: none */
	/* The message begins so, and has a hint or none; NULL: success. */
	const char *fails;
	const char *fails_unread; /* if the bounding set is not read; NULL: as FAILS */
	const char *fails_check;
};

static const struct scenario scenarios[] = {
	{"S12 plain", PLAIN, .reads_bounding_once = true},
	{"keeps low and high", PLAIN, KEEP(1 | HIGHEST)},
	/* execve(2) cannot have left this to root, and the proof finds it. */
	{"S12 bounding set larger than the permitted one", CAPS(IDS | SETPCAP), BOUNDED(FULL),
         TO_1000, .fails_unread = PROVING "'bounding set': it is cap_chown,"},
	{"S12 securebits made it so", CAPS(IDS | SETPCAP), BOUNDED(FULL), SECUREBITS(SECBIT_NOROOT),
         TO_1000},
	{"S12 no_new_privs made it so", CAPS(IDS | SETPCAP), BOUNDED(FULL), NO_NEW_PRIVS, TO_1000},
	{"S12 the same, somebody else than root", UIDS(1000, 1000, 1000), CAPS(SETPCAP),
         BOUNDED(FULL)},
	{"permits too many, as before Linux 3.16", CAPS(UINT64_MAX), BOUNDED(FULL), TO_1000},
	{"S13 new privileges", ROOT(FULL & ~ADMIN), AMBIENTS(BIND), TO_1000, KEEP_BOUNDING},
	{"S13 no CAP_SETPCAP", ROOT(OTHER_IDS), AMBIENTS(BIND), TO_1000, KEEP(IDS), KEEP_BOUNDING},
	{"no_new_privs there already", ROOT(OTHER_IDS), NO_NEW_PRIVS, TO_1000, NEW_PRIVS},
	{"root in another group, from another real uid", ROOT(FULL), UIDS(5, 0, 0), GIDS(5, 0, 0),
         TO(0, 1000, 1000), KEEP(BIND)},
	{"user with group 0", ROOT(FULL), TO(1000, 0, 0, 1000)},
	{"small bounding set", CAPS(OTHER_IDS), BOUNDED(BIND), TO_1000, KEEP(BIND), NEW_PRIVS},
	{"no CAP_SETGID, gid and groups right", ALL(SETUID), GIDS(1000, 1000, 1000), GROUPS(1000),
         TO_1000},
	{"S12 no_setuid_fixup locked, with an ambient set", PLAIN, AMBIENTS(ADMIN),
         SECUREBITS(NO_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED)},
	{"S12 no_setuid_fixup and keep_caps, no CAP_SETPCAP", ROOT(OTHER_IDS), AMBIENTS(BIND),
         SECUREBITS(NO_FIXUP | SECBIT_KEEP_CAPS), TO_1000},
	{"no_cap_ambient_raise is cleared", PLAIN, SECUREBITS(NO_RAISE), KEEP(BIND)},
	{"no ambient set, as before Linux 4.3", PLAIN, AMBIENTS(BIND),
         ALWAYS(FAILS, "ambient", EINVAL)},
	{"no securebits, as in gVisor", PLAIN, ALWAYS(FAILS, "securebits", EINVAL),
         .reads_bounding_once = true},
	{"S10 setgroups denied, harmless list", ALL(FULL), GROUPS(1000), DENIES_SETGROUPS, TO_MORE,
         .missing = "27,2000"},
	{"S10 setgroups denied, no CAP_SETGID", ALL(SETUID), GIDS(1000, 1000, 1000), GROUPS(1000),
         DENIES_SETGROUPS, TO_MORE, .missing = "27,2000"},
	{"S10 setgroups denied, out of order", ALL(FULL), GROUPS(2000, 27), DENIES_SETGROUPS,
         TO_MORE},
	{"S46 a filter refuses keyctl", PLAIN, ALWAYS(FAILS, "keyring", ENOSYS)},
	{"S46 a security module refuses keyctl", PLAIN, ALWAYS(FAILS, "keyring", EPERM)},
	{"S46 gVisor refuses keyctl", PLAIN, ALWAYS(FAILS, "keyring", EACCES)},
	{"S46 the key quota is used up", PLAIN, ONCE(FAILS, "join_session", EDQUOT),
         FAILS(GIVING "'session keyring': Disk quota exceeded (")},
	{"S46 the new keyring cannot be read", PLAIN, ONCE(FAILS, "get_session", EINVAL),
         FAILS(GIVING "'session keyring': Invalid argument (")},
	{"S46 the keyring stays", PLAIN, ONCE(CLAIMS_TRUE, "join_session"),
         FAILS(GIVING "'session keyring': it has not changed (")},
	{"not root, with capabilities", USER_1000, ALL(FULL), AMBIENTS(ADMIN), KEEP(BIND)},
	{"compat, inherited sets", PLAIN, AMBIENTS(ADMIN), SECUREBITS(NO_FIXUP), GOSU},
	{"compat, root in another group", ALL(FULL), GROUPS(0, 6), AMBIENTS(ADMIN), GOSU,
         TO(0, 1000, 1000)},
	/* A message has room for 24 groups. */
	{"no CAP_SETGID, 25 groups", ROOT(SETUID), TO(1, 1, FIRST_24, 25),
         FORESEEN("setting the groups: '" FIRST_24_TEXT ",...': there is no CAP_SETGID (")},
	{"no CAP_SETUID", ROOT(SETGID), GIDS(5, 5, 5), TO_1000,
         FAILS("changing the uid: '1000': there is no CAP_SETUID (start with --cap-add)")},
	{"no CAP_SETUID, and no memory", ROOT(SETGID), TO_1000, ONCE(FAILS, "setresuid", EAGAIN),
         FAILS("changing the uid: '1000': Resource temporarily unavailable")},
	{"a filter refuses the gid", ROOT(FULL), TO(1000, 1001, 1001),
         ONCE(FAILS, "setresgid", EPERM), FAILS("changing the gid: '1001': " FORBIDDEN)},
	/* Here the second call is an attempt to get the id back, in creds_check() it undoes the first. */
	{"the gid cannot be undone", PLAIN, ONCE(FAILS, "setresgid", EAGAIN, .first = 1),
         .fails_check = "setting the groups: '1000': Resource temporarily unavailable"},
	{"compat, not root at the start", USER_1000, GOSU, TO_1000,
         FAILS("setting the groups: '1000': there is no CAP_SETGID (start the container as root)")},
	{"S10 setgroups denied, groups of root", ALL(FULL), GROUPS(0, 27), DENIES_SETGROUPS,
         TO_MORE, FORESEEN("setting the groups: '27,1000,2000': " DENIED)},
	{"group not mapped", ALL(FULL), GROUPS(1000), MAPPED(1500), TO_MORE,
         FORESEEN("setting the groups: '27,1000,2000': " NOT_MAPPED)},
	{"only a group behind the list is not mapped", ROOT(FULL), MAPPED(1500),
         .target.ids = &(const struct ids){1000, 1000, (const gid_t[]){1000, 1500}, 1}},
	{"uid not mapped", ROOT(FULL), MAPPED(1001), TO(1001, 1000, 1000),
         FORESEEN("changing the uid: '1001': " NOT_MAPPED)},
	{"S33 no CAP_SETPCAP, new privileges allowed", ROOT(OTHER_IDS), TO_1000, NEW_PRIVS,
         FAILS(GIVING "'bounding set': Operation not permitted (--cap-add SETPCAP)")},
	{"keep_caps locked", PLAIN, SECUREBITS(SECBIT_KEEP_CAPS_LOCKED), KEEP(BIND), FAILS(LOCKED)},
	{"keeps without an ambient set", PLAIN, ALWAYS(FAILS, "ambient", EINVAL), KEEP(BIND),
         FAILS(PROVING "'ambient set': it is none and not cap_net_bind_service")},
	{"the first capability is refused", PLAIN, KEEP(1 | HIGHEST),
         ONCE(FAILS, "capng_update", EINVAL), FAILS(GIVING "'capabilities': Invalid argument (")},
	{"S45 group not mapped looks like nobody's", ALL(FULL), GROUPS(70000), MAPPED(65535),
         TO_NOBODY},
	{"S45 second group not mapped, setgroups denied", ALL(FULL), GROUPS(1000, 70000),
         MAPPED(65535), DENIES_SETGROUPS, TO(1000, 1000, 1000, 65534),
         FORESEEN("setting the groups: '1000,65534': " DENIED)},
	{"S45 nobody's group, and no right to set groups", ALL(FULL & ~SETGID),
         GIDS(65534, 65534, 65534), GROUPS(65534), TO_NOBODY,
         FORESEEN("setting the groups: '65534': there is no CAP_SETGID (")},
	{"S45 uid not mapped, but nobody's is", USER(70000, 9), MAPPED(65535),
         FORESEEN("checking the uid: '65534': Operation not permitted (")},
	{"S45 gid not mapped, but nobody's is", USER(9, 70000), MAPPED(65535),
         FORESEEN("checking the gid: '65534': Operation not permitted (")},
	{"S45 uid not mapped, and nobody has another number", USER_1000,
         ALWAYS(FAILS, "setresuid", EINVAL), FORESEEN("checking the uid: '1000': " MAYBE_ROOTS)},
	{"S45 gid not mapped, and nobody has another number", USER_1000,
         ALWAYS(FAILS, "setresgid", EINVAL), FORESEEN("checking the gid: '1000': " MAYBE_ROOTS)},
	{"a filter refuses to try the uid", USER_1000, ONCE(FAILS, "setresuid", EPERM)},
	{"a filter refuses to try the gid", USER_1000, ONCE(FAILS, "setresgid", EPERM)},
	{"S11 real uid is root's", UIDS(0, 1000, 1000), GIDS(1000, 1000, 1000), BOUNDED(FULL),
         FAILS(STILL_ROOT)},
	{"S11 saved uid is root's", UIDS(1000, 1000, 0), GIDS(1000, 1000, 1000), BOUNDED(FULL),
         FAILS(STILL_ROOT)},
	{"S11 effective uid is root's", UIDS(1000, 0, 1000), GIDS(1000, 1000, 1000), BOUNDED(FULL),
         FAILS(STILL_ROOT)},
	{"real gid is root's", UIDS(1000, 1000, 1000), GIDS(0, 1000, 1000)},
	{"effective gid is root's", UIDS(1000, 1000, 1000), GIDS(1000, 0, 1000)},
	{"saved gid is root's", UIDS(1000, 1000, 1000), GIDS(1000, 1000, 0)},
	{"S11 uid 0 comes back, keeps one", PLAIN, KEEP(BIND), ONCE(LIES, "setresuid", .first = 1),
         FAILS(TAKEN_BACK("uid"))},
	{"S11 gid 0 comes back, keeps one", PLAIN, KEEP(BIND), ONCE(LIES, "setresgid", .first = 1),
         FAILS(TAKEN_BACK("gid"))},
	/* A missing answer proves nothing. */
	{"S11 no uid is read", PLAIN, ALWAYS(LIES, "getresuid"),
         FAILS(PROVING "'real uid': it is 4294967295 and not 1000")},
	{"S11 no gid is read", PLAIN, ALWAYS(LIES, "getresgid"),
         FAILS(PROVING "'real gid': it is 4294967295 and not 1000")},
	{"S11 no groups are read", PLAIN, ALWAYS(LIES, "getgroups"),
         FAILS(PROVING "'groups': it is none and not 1000")},
	{"S11 no sets are read", PLAIN, ALWAYS(LIES, "capget"),
         FAILS(PROVING "'effective set': it is cap_chown,")},
	{"a kernel without CAP_BLOCK_SUSPEND", USER_1000,
         ONCE(FAILS, "read_bounding", EINVAL, .first = CAP_BLOCK_SUSPEND),
         FORESEEN(READING "Invalid argument")},
};

#endif
