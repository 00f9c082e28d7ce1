#ifndef STEPDOWN_CREDS_SCENARIOS_H
#define STEPDOWN_CREDS_SCENARIOS_H

/* From what to what: the states that stepdown is started in, and how each has to end. */

#include <linux/capability.h>
#include <linux/securebits.h>

#include "capability.h"
#include "creds.h"
#include "fake_kernel.h"

#define FULL (CAPABILITY_BIT(41) - 1)
#define BIND CAPABILITY_BIT(CAP_NET_BIND_SERVICE)
#define ADMIN CAPABILITY_BIT(CAP_SYS_ADMIN)
#define HIGHEST CAPABILITY_BIT(40)
#define IDS (CAPABILITY_BIT(CAP_SETUID) | CAPABILITY_BIT(CAP_SETGID))
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)
#define OTHER_IDS (IDS | CAPABILITY_BIT(CAP_CHOWN) | BIND)

/* Root with the capabilities CAPS. */
#define ROOT(caps) .effective = (caps), .permitted = (caps), .bounding = (caps)
#define GROUPS(...)                                                                                \
	.groups = {__VA_ARGS__}, .group_count = sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t)
#define USER_1000                                                                                  \
	.ruid = 1000, .euid = 1000, .suid = 1000, .rgid = 1000, .egid = 1000, .sgid = 1000,        \
	GROUPS(1000)
#define TO(user, group, list)                                                                      \
	.change_ids = true, .uid = (user), .gid = (group), .groups = (list),                       \
	.group_count = sizeof(list) / sizeof((list)[0])
#define SAFELY .no_new_privs = true

static const gid_t own[] = {1000};
static const gid_t more[] = {27, 1000, 2000};
static const gid_t with_0[] = {0, 1000};
static const gid_t only_0[] = {0};

struct scenario {
	const char *name;
	struct fake_kernel kernel;
	struct creds_wish wish;
	const char *fails; /* part of the message, or NULL */
};

static const struct scenario scenarios[] = {
	{"plain", {ROOT(FULL), GROUPS(0)}, {TO(1000, 1000, own), SAFELY}, NULL},
	{"saved ids of a third",
         {ROOT(FULL), .suid = 5, .sgid = 5, GROUPS(0)},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"S10 groups of root", {ROOT(FULL), GROUPS(0, 6, 27)}, {TO(1000, 1000, own), SAFELY}, NULL},
	{"groups out of order",
         {ROOT(FULL), GROUPS(2000, 27, 1000)},
         {TO(1000, 1000, more), SAFELY},
         NULL},
	{"keeps one", {ROOT(FULL), GROUPS(0)}, {TO(1000, 1000, own), .keep = BIND, SAFELY}, NULL},
	{"keeps low and high",
         {ROOT(FULL)},
         {TO(1000, 1000, own), .keep = 1 | HIGHEST, SAFELY},
         NULL},
	{"keeps setuid", {ROOT(FULL)}, {TO(1000, 1000, own), .keep = IDS, SAFELY}, NULL},
	{"keeps setgid only",
         {ROOT(FULL)},
         {TO(1000, 1000, own), .keep = CAPABILITY_BIT(CAP_SETGID)},
         NULL},
	{"S12 bounding set larger than the permitted one",
         {.effective = IDS | SETPCAP, .permitted = IDS | SETPCAP, .bounding = FULL},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"new privileges allowed", {ROOT(FULL), GROUPS(0)}, {TO(1000, 1000, own)}, NULL},
	{"no_new_privs there already",
         {ROOT(OTHER_IDS), GROUPS(0), .no_new_privs = true},
         {TO(1000, 1000, own)},
         NULL},
	{"root without capabilities", {ROOT(FULL), GROUPS(0, 6)}, {TO(0, 0, only_0), SAFELY}, NULL},
	{"root keeps one", {ROOT(FULL)}, {TO(0, 0, only_0), .keep = BIND, SAFELY}, NULL},
	{"root, other group", {ROOT(FULL), GROUPS(0)}, {TO(0, 1000, own), SAFELY}, NULL},
	{"user with group 0", {ROOT(FULL), GROUPS(0)}, {TO(1000, 0, with_0), SAFELY}, NULL},
	{"no CAP_SETPCAP", {ROOT(OTHER_IDS), GROUPS(0)}, {TO(1000, 1000, own), SAFELY}, NULL},
	{"no CAP_SETPCAP, keeps one",
         {ROOT(OTHER_IDS), GROUPS(0)},
         {TO(1000, 1000, own), .keep = BIND, SAFELY},
         NULL},
	{"no CAP_SETPCAP, bounding set small already",
         {.effective = OTHER_IDS, .permitted = OTHER_IDS, .bounding = BIND, GROUPS(0)},
         {TO(1000, 1000, own), .keep = BIND},
         NULL},
	{"S12 no_setuid_fixup with ambient set",
         {ROOT(FULL), .inheritable = ADMIN, .ambient = ADMIN,
          .securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"S12 the same, locked",
         {ROOT(FULL), .inheritable = ADMIN, .ambient = ADMIN,
          .securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"S12 the same, no CAP_SETPCAP",
         {ROOT(OTHER_IDS), .inheritable = BIND, .ambient = BIND,
          .securebits = SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"no_cap_ambient_raise is cleared",
         {ROOT(FULL), .securebits = SECBIT_NO_CAP_AMBIENT_RAISE},
         {TO(1000, 1000, own), .keep = BIND, SAFELY},
         NULL},
	{"old kernel", {ROOT(FULL), .has_no_ambient = true}, {TO(1000, 1000, own), SAFELY}, NULL},
	{"gVisor",
         {ROOT(FULL), .has_no_ambient = true, .has_no_securebits = true},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"S10 setgroups denied, harmless list",
         {ROOT(FULL), GROUPS(1000), .denies_setgroups = true},
         {TO(1000, 1000, more), SAFELY},
         NULL},
	{"S10 setgroups denied, no groups",
         {ROOT(FULL), .denies_setgroups = true},
         {TO(1000, 1000, own), SAFELY},
         NULL},
	{"not root", {USER_1000, .bounding = FULL}, {SAFELY}, NULL},
	{"not root, with capabilities",
         {USER_1000, ROOT(FULL), .inheritable = ADMIN, .ambient = ADMIN},
         {.keep = BIND, SAFELY},
         NULL},
	{"not root, inheritable set only",
         {USER_1000, .inheritable = ADMIN, .bounding = FULL},
         {SAFELY},
         NULL},
	{"compat", {ROOT(FULL), GROUPS(0)}, {CREDS_COMPAT, TO(1000, 1000, own)}, NULL},
	{"compat, group 0", {ROOT(OTHER_IDS)}, {CREDS_COMPAT, TO(1000, 0, with_0)}, NULL},
	{"compat, inherited sets",
         {ROOT(FULL), .inheritable = ADMIN, .ambient = ADMIN, .securebits = SECBIT_NO_SETUID_FIXUP},
         {CREDS_COMPAT, TO(1000, 1000, own)},
         NULL},
	{"compat, root",
         {ROOT(FULL), GROUPS(0, 6), .inheritable = ADMIN, .ambient = ADMIN},
         {CREDS_COMPAT, TO(0, 0, only_0)},
         NULL},
	{"compat, root in another group",
         {ROOT(FULL), GROUPS(0)},
         {CREDS_COMPAT, TO(0, 1000, own)},
         NULL},

	{"no CAP_SETGID",
         {ROOT(CAPABILITY_BIT(CAP_SETUID)), GROUPS(0)},
         {TO(1000, 1000, own), SAFELY},
         "setting the groups: '1000': there is no CAP_SETGID (start with --cap-add)"},
	{"no CAP_SETGID, groups right",
         {ROOT(CAPABILITY_BIT(CAP_SETUID)), GROUPS(1000)},
         {TO(1000, 1000, own), SAFELY},
         "changing the gid: '1000': there is no CAP_SETGID (start with --cap-add)"},
	{"no CAP_SETUID",
         {ROOT(CAPABILITY_BIT(CAP_SETGID)), GROUPS(0)},
         {TO(1000, 1000, own), SAFELY},
         "changing the uid: '1000': there is no CAP_SETUID (start with --cap-add)"},
	{"S10 setgroups denied, groups of root",
         {ROOT(FULL), GROUPS(0, 27), .denies_setgroups = true},
         {TO(1000, 1000, more), SAFELY},
         "setting the groups: '27,1000,2000': setgroups is denied in this user namespace ("},
	{"compat takes no denied setgroups",
         {ROOT(FULL), GROUPS(1000), .denies_setgroups = true},
         {CREDS_COMPAT, TO(1000, 1000, own)},
         "setgroups is denied"},
	{"group not mapped",
         {ROOT(FULL), GROUPS(1000), .mapped_ids = 1500},
         {TO(1000, 1000, more), SAFELY},
         "setting the groups: '27,1000,2000': not mapped in this user namespace ("},
	{"gid not mapped",
         {ROOT(FULL), GROUPS(1000), .mapped_ids = 1000},
         {TO(999, 1000, own), SAFELY},
         "changing the gid: '1000': not mapped in this user namespace ("},
	{"uid not mapped",
         {ROOT(FULL), GROUPS(0), .mapped_ids = 1001},
         {TO(1001, 1000, own), SAFELY},
         "changing the uid: '1001': not mapped in this user namespace ("},
	{"S33 no CAP_SETPCAP, new privileges allowed",
         {ROOT(OTHER_IDS), GROUPS(0)},
         {TO(1000, 1000, own)},
         "'bounding set': Operation not permitted (--cap-add SETPCAP)"},
	{"S33 the same, and success is claimed",
         {ROOT(IDS), GROUPS(0), .pretends_to_drop = true},
         {TO(1000, 1000, own)},
         "'bounding set': it is cap_setgid,cap_setuid and not none"},
	{"S12 no_cap_ambient_raise locked",
         {ROOT(FULL),
          .securebits = SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED},
         {TO(1000, 1000, own), .keep = BIND, SAFELY},
         "'capabilities': Operation not permitted (a securebit may be locked)"},
	{"keep_caps locked",
         {ROOT(FULL), .securebits = SECBIT_KEEP_CAPS_LOCKED},
         {TO(1000, 1000, own), .keep = BIND, SAFELY},
         "'capabilities': Operation not permitted (a securebit may be locked)"},
	{"keeps on an old kernel",
         {ROOT(FULL), .has_no_ambient = true},
         {TO(1000, 1000, own), .keep = BIND, SAFELY},
         "'ambient set': it is none and not cap_net_bind_service"},
	{"keeps what the kernel does not know",
         {ROOT(FULL)},
         {TO(1000, 1000, own), .keep = CAPABILITY_BIT(50), SAFELY},
         "'capabilities': Invalid argument"},
	{"S11 saved uid is root's",
         {.ruid = 1000, .euid = 1000, .rgid = 1000, .egid = 1000, .sgid = 1000, .bounding = FULL},
         {SAFELY},
         "'uid 0': it is still there"},
	{"S11 effective uid is root's",
         {.ruid = 1000, .suid = 1000, .rgid = 1000, .egid = 1000, .sgid = 1000, .bounding = FULL},
         {SAFELY},
         "'uid 0': it is still there"},
	{"effective gid is root's, and stays",
         {.ruid = 1000, .euid = 1000, .suid = 1000, .rgid = 1000, .sgid = 1000},
         {SAFELY},
         NULL},
	{"saved gid is root's, and stays",
         {.ruid = 1000, .euid = 1000, .suid = 1000, .rgid = 1000, .egid = 1000},
         {SAFELY},
         NULL},
	{"S11 root, and nobody changes that",
         {ROOT(FULL), GROUPS(0)},
         {SAFELY},
         "'uid 0': it is still there"},
	{"S11 uid 0 comes back",
         {ROOT(FULL), GROUPS(0), .gives_uid_0 = true},
         {TO(1000, 1000, own), SAFELY},
         "'uid 0': it can be taken back"},
	{"S11 gid 0 comes back",
         {ROOT(FULL), GROUPS(0), .gives_gid_0 = true},
         {TO(1000, 1000, own), SAFELY},
         "'gid 0': it can be taken back"},
};

#endif
