#ifndef STEPDOWN_CREDS_SCENARIOS_H
#define STEPDOWN_CREDS_SCENARIOS_H

/* From what to what: the states that stepdown is started in, and how each has to end. */

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>

#include "core/capability_names.h"
#include "creds/drop.h"
#include "creds/read.h"
#include "fake_kernel.h"

#define FULL (CAPABILITY_BIT(41) - 1)
#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define ADMIN CAPABILITY_BIT(CAP_SYS_ADMIN)
#define HIGHEST CAPABILITY_BIT(40)
#define IDS (CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID))
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)
#define OTHER_IDS (IDS | CAPABILITY_BIT(CAP_CHOWN) | BIND)

/* Parts of a struct scenario: the process. Root with the capabilities CAPS. */
#define CAPS(caps) .kernel.effective = (caps), .kernel.permitted = (caps)
#define ROOT(caps) CAPS(caps), .kernel.bounding = (caps)
#define GROUPS(...)                                                                                \
	.kernel.groups = {__VA_ARGS__},                                                            \
	.kernel.group_count = sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)
/* A process that has the same id three times. */
#define UIDS(uid) .kernel.ruid = (uid), .kernel.euid = (uid), .kernel.suid = (uid)
#define GIDS(gid) .kernel.rgid = (gid), .kernel.egid = (gid), .kernel.sgid = (gid)
#define USER_1000 UIDS(1000), GIDS(1000), GROUPS(1000)
/* And the step down. */
#define TO(user, group, list)                                                                      \
	.target.ids = &(const struct ids)                                                          \
	{                                                                                          \
		(user), (group), (list), sizeof(list) / sizeof((list)[0])                          \
	}
#define TO_1000 TO(1000, 1000, own)
#define SAFELY .target.no_new_privs = true
#define KEEP(caps) .target.keep = (caps)
#define KEEP_BOUNDING .target.keep_bounding = true
#define GOSU .target.semantics = SEMANTICS_GOSU

static const gid_t own[] = {1000};
static const gid_t more[] = {27, 1000, 2000};
static const gid_t with_0[] = {0, 1000};
static const gid_t with_nobodys[] = {1000, 65534};
static const gid_t only_0[] = {0};
static const gid_t nobodys[] = {65534};

struct scenario {
	const char *name;
	struct fake_kernel kernel;
	struct creds_target target;
	const char *fails; /* part of the message, or NULL */
};

static const struct scenario scenarios[] = {
	{"plain", ROOT(FULL), GROUPS(0), TO_1000, SAFELY},
	{"saved ids of a third", ROOT(FULL), .kernel.suid = 5, .kernel.sgid = 5, GROUPS(0), TO_1000,
         SAFELY},
	{"S10 groups of root", ROOT(FULL), GROUPS(0, 6, 27), TO_1000, SAFELY},
	{"groups out of order", ROOT(FULL), GROUPS(2000, 27, 1000), TO(1000, 1000, more), SAFELY},
	{"keeps one", ROOT(FULL), GROUPS(0), TO_1000, KEEP(BIND), SAFELY},
	{"keeps low and high", ROOT(FULL), TO_1000, KEEP(1 | HIGHEST), SAFELY},
	{"keeps setuid", ROOT(FULL), TO_1000, KEEP(IDS), SAFELY},
	{"keeps setgid only", ROOT(FULL), TO_1000, KEEP(CAPABILITY_BIT(CAP_SETGID))},
	{"S12 bounding set larger than the permitted one", CAPS(IDS | SETPCAP),
         .kernel.bounding = FULL, TO_1000, SAFELY},
	{"S12 the same, securebits made it so", CAPS(IDS | SETPCAP), .kernel.bounding = FULL,
         .kernel.securebits = SECBIT_NOROOT, TO_1000, SAFELY},
	{"S12 the same, no_new_privs made it so", CAPS(IDS | SETPCAP), .kernel.bounding = FULL,
         .kernel.no_new_privs = true, TO_1000, SAFELY},
	{"S12 the same, somebody else than root", USER_1000, CAPS(SETPCAP), .kernel.bounding = FULL,
         SAFELY},
	{"permitted set larger than the bounding one", CAPS(FULL), .kernel.inheritable = ADMIN,
         .kernel.bounding = FULL & ~ADMIN, TO_1000, SAFELY},
	{"permitted what there is not, as before Linux 3.16", CAPS(UINT64_MAX),
         .kernel.bounding = FULL, TO_1000, SAFELY},
	{"new privileges allowed", ROOT(FULL), GROUPS(0), TO_1000},
	{"S13 new privileges allowed, and the bounding set is kept", ROOT(FULL & ~ADMIN),
         .kernel.inheritable = BIND, .kernel.ambient = BIND, GROUPS(0), TO_1000, KEEP_BOUNDING},
	{"S13 the same, keeps one", ROOT(FULL), GROUPS(0), TO_1000, KEEP(BIND), KEEP_BOUNDING},
	{"S13 the same, no CAP_SETPCAP", ROOT(OTHER_IDS), .kernel.inheritable = BIND,
         .kernel.ambient = BIND, GROUPS(0), TO_1000, KEEP(IDS), KEEP_BOUNDING},
	{"S13 the same, somebody else than root", USER_1000, .kernel.inheritable = BIND,
         .kernel.bounding = FULL, KEEP_BOUNDING},
	{"S13 the same, permitted set smaller than the bounding one", CAPS(IDS | SETPCAP),
         .kernel.bounding = FULL, GROUPS(0), TO_1000, KEEP_BOUNDING},
	{"no_new_privs there already", ROOT(OTHER_IDS), GROUPS(0), .kernel.no_new_privs = true,
         TO_1000},
	{"root without capabilities", ROOT(FULL), GROUPS(0, 6), TO(0, 0, only_0), SAFELY},
	{"root keeps one", ROOT(FULL), TO(0, 0, only_0), KEEP(BIND), SAFELY},
	{"root, from another real uid and gid", ROOT(FULL), .kernel.ruid = 5, .kernel.rgid = 5,
         GROUPS(0), TO(0, 0, only_0), SAFELY},
	{"root, other group", ROOT(FULL), GROUPS(0), TO(0, 1000, own), SAFELY},
	{"user with group 0", ROOT(FULL), GROUPS(0), TO(1000, 0, with_0), SAFELY},
	{"no CAP_SETPCAP", ROOT(OTHER_IDS), GROUPS(0), TO_1000, SAFELY},
	{"no CAP_SETPCAP, keeps one", ROOT(OTHER_IDS), GROUPS(0), TO_1000, KEEP(BIND), SAFELY},
	{"no CAP_SETPCAP, bounding set small already", CAPS(OTHER_IDS), .kernel.bounding = BIND,
         GROUPS(0), TO_1000, KEEP(BIND)},
	{"no CAP_SETPCAP, bounding set small already, no new privileges", CAPS(OTHER_IDS),
         .kernel.bounding = BIND, GROUPS(0), TO_1000, KEEP(BIND), SAFELY},
	{"no CAP_SETGID, gid and groups right", ROOT(CAPABILITY_BIT(CAP_SETUID)), GIDS(1000),
         GROUPS(1000), TO_1000, SAFELY},
	{"keep_caps locked, and nothing is kept", ROOT(FULL),
         .kernel.securebits = SECBIT_KEEP_CAPS_LOCKED, TO_1000, SAFELY},
	{"S12 no_setuid_fixup with ambient set", ROOT(FULL), .kernel.inheritable = ADMIN,
         .kernel.ambient = ADMIN, .kernel.securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS,
         TO_1000, SAFELY},
	{"S12 the same, locked", ROOT(FULL), .kernel.inheritable = ADMIN, .kernel.ambient = ADMIN,
         .kernel.securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, TO_1000,
         SAFELY},
	{"S12 the same, no CAP_SETPCAP", ROOT(OTHER_IDS), .kernel.inheritable = BIND,
         .kernel.ambient = BIND, .kernel.securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS,
         TO_1000, SAFELY},
	{"no_cap_ambient_raise is cleared", ROOT(FULL),
         .kernel.securebits = SECBIT_NO_CAP_AMBIENT_RAISE, TO_1000, KEEP(BIND), SAFELY},
	{"old kernel", ROOT(FULL), .kernel.has_no_ambient = true, TO_1000, SAFELY},
	{"gVisor", ROOT(FULL), .kernel.has_no_ambient = true, .kernel.has_no_securebits = true,
         TO_1000, SAFELY},
	{"S10 setgroups denied, harmless list", ROOT(FULL), GROUPS(1000),
         .kernel.denies_setgroups = true, TO(1000, 1000, more), SAFELY},
	{"S10 setgroups denied, no groups", ROOT(FULL), .kernel.denies_setgroups = true, TO_1000,
         SAFELY},
	{"S46 the key quota of every user is used up", ROOT(FULL), GROUPS(0),
         .kernel.has_full_quota = true, TO_1000, SAFELY},
	{"S46 a filter refuses keyctl", ROOT(FULL), GROUPS(0), .kernel.keyctl_errnum = ENOSYS,
         TO_1000, SAFELY},
	{"S46 gVisor refuses keyctl", ROOT(FULL), GROUPS(0), .kernel.keyctl_errnum = EACCES,
         TO_1000, SAFELY},
	{"S46 the key quota of root in a user namespace is used up", ROOT(FULL), .kernel.ruid = 1,
         GROUPS(0), .kernel.has_full_quota = true, TO_1000, SAFELY,
         .fails = "giving up privileges: 'session keyring': Disk quota exceeded ("},
	{"not root", USER_1000, .kernel.bounding = FULL, SAFELY},
	{"not root, with capabilities", USER_1000, ROOT(FULL), .kernel.inheritable = ADMIN,
         .kernel.ambient = ADMIN, KEEP(BIND), SAFELY},
	{"not root, inheritable set only", USER_1000, .kernel.inheritable = ADMIN,
         .kernel.bounding = FULL, SAFELY},
	{"compat", ROOT(FULL), GROUPS(0), GOSU, TO_1000},
	{"compat, group 0", ROOT(OTHER_IDS), GOSU, TO(1000, 0, with_0)},
	{"compat, inherited sets", ROOT(FULL), .kernel.inheritable = ADMIN, .kernel.ambient = ADMIN,
         .kernel.securebits = SECBIT_NO_SETUID_FIXUP, GOSU, TO_1000},
	{"compat, root", ROOT(FULL), GROUPS(0, 6), .kernel.inheritable = ADMIN,
         .kernel.ambient = ADMIN, GOSU, TO(0, 0, only_0)},
	{"compat, root in another group", ROOT(FULL), GROUPS(0), GOSU, TO(0, 1000, own)},
	{"no CAP_SETGID", ROOT(CAPABILITY_BIT(CAP_SETUID)), GROUPS(0), TO_1000, SAFELY,
         .fails = "setting the groups: '1000': there is no CAP_SETGID (start with --cap-add)"},
	{"no CAP_SETGID, groups right", ROOT(CAPABILITY_BIT(CAP_SETUID)), GROUPS(1000), TO_1000,
         SAFELY,
         .fails = "changing the gid: '1000': there is no CAP_SETGID (start with --cap-add)"},
	{"no CAP_SETUID", ROOT(CAPABILITY_BIT(CAP_SETGID)), GROUPS(0), TO_1000, SAFELY,
         .fails = "changing the uid: '1000': there is no CAP_SETUID (start with --cap-add)"},
	{"compat, not root at the start", UIDS(9), GIDS(9), GROUPS(9), GOSU, TO_1000,
         .fails = "setting the groups: '1000': there is no CAP_SETGID (start the container as "
                  "root)"},
	{"S10 setgroups denied, groups of root", ROOT(FULL), GROUPS(0, 27),
         .kernel.denies_setgroups = true, TO(1000, 1000, more), SAFELY,
         .fails = "setting the groups: '27,1000,2000': setgroups is denied in this user namespace "
                  "("},
	{"compat takes no denied setgroups", ROOT(FULL), GROUPS(1000),
         .kernel.denies_setgroups = true, GOSU, TO_1000, .fails = "setgroups is denied"},
	{"group not mapped", ROOT(FULL), GROUPS(1000), .kernel.mapped_ids = 1500,
         TO(1000, 1000, more), SAFELY,
         .fails = "setting the groups: '27,1000,2000': not mapped in this user namespace ("},
	{"gid not mapped", ROOT(FULL), GROUPS(1000), .kernel.mapped_ids = 1000, TO(999, 1000, own),
         SAFELY, .fails = "setting the groups: '1000': not mapped in this user namespace ("},
	{"uid not mapped", ROOT(FULL), GROUPS(0), .kernel.mapped_ids = 1001, TO(1001, 1000, own),
         SAFELY, .fails = "changing the uid: '1001': not mapped in this user namespace ("},
	{"S33 no CAP_SETPCAP, and success is claimed", ROOT(OTHER_IDS), GROUPS(0), TO_1000, SAFELY,
         .kernel.pretends_to_drop = true},
	{"S33 no CAP_SETPCAP, new privileges allowed", ROOT(OTHER_IDS), GROUPS(0), TO_1000,
         .fails = "'bounding set': Operation not permitted (--cap-add SETPCAP)"},
	{"S33 the same, and success is claimed", ROOT(IDS), GROUPS(0),
         .kernel.pretends_to_drop = true, TO_1000,
         .fails = "'bounding set': it is cap_setgid,cap_setuid and not none"},
	{"S12 no_cap_ambient_raise locked", ROOT(FULL),
         .kernel.securebits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
         TO_1000, KEEP(BIND), SAFELY,
         .fails = "'capabilities': Operation not permitted (a securebit may be locked)"},
	{"keep_caps locked", ROOT(FULL), .kernel.securebits = SECBIT_KEEP_CAPS_LOCKED, TO_1000,
         KEEP(BIND), SAFELY,
         .fails = "'capabilities': Operation not permitted (a securebit may be locked)"},
	{"keeps on an old kernel", ROOT(FULL), .kernel.has_no_ambient = true, TO_1000, KEEP(BIND),
         SAFELY, .fails = "'ambient set': it is none and not cap_net_bind_service"},
	{"keeps what the kernel does not know", ROOT(FULL), TO_1000, KEEP(CAPABILITY_BIT(50)),
         SAFELY, .fails = "'capabilities': Invalid argument"},
	{"S45 a group that is not mapped looks like nobody's", ROOT(FULL), GROUPS(70000),
         .kernel.mapped_ids = 65535, TO(65534, 65534, nobodys), SAFELY},
	{"S45 a group that is not mapped, and setgroups is denied", ROOT(FULL), GROUPS(70000),
         .kernel.mapped_ids = 65535, .kernel.denies_setgroups = true, TO(65534, 65534, nobodys),
         SAFELY,
         .fails = "setting the groups: '65534': setgroups is denied in this user namespace"},
	{"S45 the second group is not mapped, and setgroups is denied", ROOT(FULL),
         GROUPS(1000, 70000), .kernel.mapped_ids = 65535, .kernel.denies_setgroups = true,
         TO(1000, 1000, with_nobodys), SAFELY,
         .fails = "setting the groups: '1000,65534': setgroups is denied in this user namespace"},
	{"S45 nobody's group, and no right to set groups", ROOT(FULL & ~CAPABILITY_BIT(CAP_SETGID)),
         GIDS(65534), GROUPS(65534), TO(65534, 65534, nobodys), SAFELY,
         .fails = "setting the groups: '65534': there is no CAP_SETGID"},
	{"S45 a uid that is not mapped, as nobody's is not either", UIDS(70000), GIDS(9),
         .kernel.mapped_ids = 1000, SAFELY,
         .fails = "checking the uid: '65534': not mapped in this user namespace"},
	{"S45 a uid that is not mapped, and nobody's is", UIDS(70000), GIDS(9),
         .kernel.mapped_ids = 65535, SAFELY,
         .fails = "checking the uid: '65534': Operation not permitted"},
	{"S45 a gid that is not mapped, as nobody's is not either", UIDS(9), GIDS(70000),
         .kernel.mapped_ids = 1000, SAFELY,
         .fails = "checking the gid: '65534': not mapped in this user namespace"},
	{"S45 a gid that is not mapped, and nobody's is", UIDS(9), GIDS(70000),
         .kernel.mapped_ids = 65535, SAFELY,
         .fails = "checking the gid: '65534': Operation not permitted"},
	{"S45 nobody, who is mapped", UIDS(65534), GIDS(65534), SAFELY},
	{"S11 saved uid is root's", .kernel.ruid = 1000, .kernel.euid = 1000, GIDS(1000),
         .kernel.bounding = FULL, SAFELY, .fails = "'uid 0': it is still there"},
	{"S11 effective uid is root's", .kernel.ruid = 1000, .kernel.suid = 1000, GIDS(1000),
         .kernel.bounding = FULL, SAFELY, .fails = "'uid 0': it is still there"},
	{"real gid is root's, and stays", UIDS(1000), .kernel.egid = 1000, .kernel.sgid = 1000,
         SAFELY},
	{"effective gid is root's, and stays", UIDS(1000), .kernel.rgid = 1000, .kernel.sgid = 1000,
         SAFELY},
	{"saved gid is root's, and stays", UIDS(1000), .kernel.rgid = 1000, .kernel.egid = 1000,
         SAFELY},
	{"S11 root, and nobody changes that", ROOT(FULL), GROUPS(0), SAFELY,
         .fails = "'uid 0': it is still there"},
	{"S11 uid 0 comes back", ROOT(FULL), GROUPS(0), .kernel.gives_uid_0 = true, TO_1000, SAFELY,
         .fails = "'uid 0': it can be taken back"},
	{"S11 uid 0 comes back, and a capability is kept", ROOT(FULL), GROUPS(0),
         .kernel.gives_uid_0 = true, TO_1000, KEEP(BIND), SAFELY,
         .fails = "'uid 0': it can be taken back"},
	{"S11 gid 0 comes back, and a capability is kept", ROOT(FULL), GROUPS(0),
         .kernel.gives_gid_0 = true, TO_1000, KEEP(BIND), SAFELY,
         .fails = "'gid 0': it can be taken back"},
	{"S11 gid 0 comes back", ROOT(FULL), GROUPS(0), .kernel.gives_gid_0 = true, TO_1000, SAFELY,
         .fails = "'gid 0': it can be taken back"},
};

#endif
