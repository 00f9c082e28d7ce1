/* src/run refuses or warns before anything is changed: a start with rights that the caller lacks, a group that is not
 * mapped, and a command that the kernel will refuse. */
#include "scratch.h"

#include <grp.h>
#include <sys/auxv.h>
#include <sys/xattr.h>

#include <linux/securebits.h>

#include "core/capability_names.h"
#include "run/exec.h"
#include "run/gather.h"

static char memory[1 << 14];
static struct error error;

/* --- the auxiliary vector ------------------------------------------------------------------------ */

static unsigned long vector[AT_SECURE + 1];

/* In place of the C library's. A sanitizer asks for the size of a page. */
unsigned long getauxval(unsigned long type)
{
	if (type == AT_PAGESZ)
		return (unsigned long)sysconf(_SC_PAGESIZE);
	return type < COUNT(vector) ? vector[type] : 0;
}

TEST_IN_CHILD(S25_S50_rights_that_the_caller_lacks_are_refused)
{
	static const struct {
		unsigned long ids[4]; /* AT_UID, AT_EUID, AT_GID and AT_EGID */
		bool is_secure;
		unsigned securebits;
		bool is_refused;
	} rows[] = {
		{{0, 0, 0, 0}, false, 0, false},
		{{5, 5, 6, 6}, false, 0, false},
		{{5, 0, 6, 6}, true, 0, true},
		{{5, 0, 6, 6}, false, 0, true},
		{{5, 5, 6, 0}, true, 0, true},
		{{5, 5, 6, 0}, false, 0, true},
		{{0, 0, 6, 0}, true, 0, true},
		/* File capabilities. */
		{{1, 1, 6, 6}, true, 0, true},
		{{0, 0, 0, 0}, true, 0, false},
		{{0, 0, 0, 0}, true, SECBIT_NOROOT, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(&vector[AT_UID], rows[i].ids, sizeof(rows[i].ids));
		vector[AT_SECURE] = rows[i].is_secure;
		assert_int_equal(prctl(PR_SET_SECUREBITS, rows[i].securebits), 0);
		if (gather_refuse_setuid(&error) == rows[i].is_refused)
			fail_msg("row %zu", i);
	}
	assert_non_null(strstr(error.message, "starting: installed setuid"));
}

/* --- groups -------------------------------------------------------------------------------------- */

#define WHOLE "         0          0 4294967295\n"

TEST_IN_CHILD(S45_only_a_map_of_all_groups_hides_none)
{
	static const struct {
		const char *map; /* NULL: there is none */
		gid_t groups[2];
		bool hides;
		uid_t uid;
	} rows[] = {
		{WHOLE, {5, 65534}, false, APP},
		{NULL, {5, 65534}, true, APP},
		{NULL, {65534, 70000}, true, APP},
		{NULL, {5, 65535}, false, APP},
		{NULL, {5, 65534}, false, 0},
		{"", {5, 65534}, true, APP},
		{"         0     100000      65536\n", {5, 65534}, true, APP},
		{"         0          0 4294967294\n", {5, 65534}, true, APP},
		{WHOLE "         7          7          1\n", {5, 65534}, true, APP},
	};
	const struct options options = {.clear_groups = true};
	int lowest = count_descriptors();

	/* For this child alone: the leak sanitizer reads /proc at the end. */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	mount_type("tmpfs", "/proc", NULL);
	assert_int_equal(mkdir("/proc/self", 0755), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = arena_in(memory, sizeof(memory));
		struct facts facts;

		if (rows[i].map != NULL)
			write_text("/proc/self/gid_map", rows[i].map);
		else
			unlink("/proc/self/gid_map");
		assert_int_equal(setgroups(2, rows[i].groups), 0);
		assert_int_equal(seteuid(rows[i].uid), 0);
		assert_true(gather_facts(&options, SEMANTICS_STRICT, -1, &arena, &facts, &error));
		assert_int_equal(seteuid(0), 0);
		if (facts.may_hide_groups != rows[i].hides)
			fail_msg("row %zu", i);
	}
	assert_int_equal(count_descriptors(), lowest);
}

/* --- the command --------------------------------------------------------------------------------- */

#define ADMIN CAPABILITY_BIT(CAP_NET_ADMIN)
#define RAW CAPABILITY_BIT(CAP_NET_RAW)
#define SETPCAP CAPABILITY_BIT(CAP_SETPCAP)

#define THIRD 3000 /* an owner whose group is the user's, as that of OTHER is */

static struct creds_state before;
static const struct identity user = {.ids = {APP, APP + 1, (gid_t[]){OTHER + 1, THIRD + 1}, 2}};
static char *words[] = {"tool", NULL};
static struct plan plan = {.identity = &user,
                           .before = &before,
                           .command = words,
                           .environment = (char *[]){"PATH=a:b", NULL}};

/* Only b/tool has capabilities. */
static void make_commands(void)
{
	const struct vfs_cap_data value = {VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	                                   {{(uint32_t)(ADMIN | RAW), 0}, {0, 0}}};

	before.bounding = UINT64_MAX;
	before.effective = SETPCAP;
	assert_int_equal(chdir(scratch_base), 0);
	if (is_there("b"))
		return;
	make("a/ b/ b/tool:0:755 b/script:0:755");
	assert_int_equal(system("cp /bin/true b/tool"), 0);
	assert_int_equal(setxattr("b/tool", "security.capability", &value, sizeof(value), 0), 0);
	write_text("b/script", "#!b/tool\n");
}

static bool foresee(size_t room)
{
	struct arena arena = arena_in(memory, room);

	strcpy(error.message, "nothing");
	return exec_foresee(&plan, &arena, &error);
}

/* The search leaves out each file that the user may not execute. */
TEST_IN_CHILD(the_command_is_the_first_that_the_user_may_execute)
{
	static const struct {
		const char *made;
		bool is_run; /* or b/tool, which lacks its capabilities */
	} rows[] = {
		{"a/tool:1000:100", true},  {"a/tool:1000:677", false}, {"a/tool:1001:10", true},
		{"a/tool:1001:767", false}, {"a/tool:3000:10", true},   {"a/tool:3000:767", false},
		{"a/tool:0:1", true},       {"a/tool:0:776", false},    {"a/tool/", false},
		{"a/other", false},
	};

	make_commands();
	for (size_t i = 0; i < COUNT(rows); i++) {
		make("%s", rows[i].made);
		if (foresee(sizeof(memory)) != rows[i].is_run)
			fail_msg("%s: %s", rows[i].made, error.message);
		remove("a/tool");
	}
	assert_true(foresee(0));
	plan.environment = (char *[]){"PATH=a", NULL};
	assert_true(foresee(sizeof(memory)));
	words[0] = NULL;
	assert_true(foresee(sizeof(memory)));
}

#define LACKS(file, whose, names)                                                                  \
	"running: '" file "': Operation not permitted: the bounding set lacks the file "           \
	"capabilities of " whose ": " names " ("
#define OUTSIDE "start the container with --cap-add of these"
#define REMOVE ", or setcap -r b/tool)"
#define BOTH LACKS("b/tool", "the program", "cap_net_admin,cap_net_raw")
#define ONE(file, whose) LACKS(file, whose, "cap_net_admin") "--cap net_admin" REMOVE

TEST_IN_CHILD(capabilities_that_the_command_will_lack_are_told)
{
	static const struct {
		uint64_t bounding, effective, keep;
		enum semantics semantics;
		bool keeps_bounding;
		char *word;
		const char *message;
	} rows[] = {
		{ADMIN | RAW, SETPCAP, ADMIN | RAW, .message = "nothing"},
		{ADMIN | RAW, 0, .message = "nothing"},
		{ADMIN | RAW, SETPCAP, .keeps_bounding = true, .message = "nothing"},
		{UINT64_MAX, SETPCAP, .message = BOTH "--cap net_admin,net_raw" REMOVE},
		{UINT64_MAX, SETPCAP, RAW, .message = ONE("b/tool", "the program")},
		{RAW, SETPCAP, .message = BOTH OUTSIDE " and --cap net_admin,net_raw" REMOVE},
		{0, SETPCAP, .keeps_bounding = true, .message = BOTH OUTSIDE REMOVE},
		{0, SETPCAP, .semantics = SEMANTICS_GOSU, .message = BOTH OUTSIDE REMOVE},
		{UINT64_MAX, SETPCAP, RAW, .word = "b/script",
	         .message = ONE("b/script", "its interpreter")},
	};

	make_commands();
	for (size_t i = 0; i < COUNT(rows); i++) {
		before.bounding = rows[i].bounding;
		before.effective = rows[i].effective;
		plan.creds.keep = rows[i].keep;
		plan.creds.semantics = rows[i].semantics;
		plan.creds.keep_bounding = rows[i].keeps_bounding;
		words[0] = rows[i].word == NULL ? "tool" : rows[i].word;
		error.status = 0;
		if (foresee(sizeof(memory)) != (strcmp(rows[i].message, "nothing") == 0) ||
		    strcmp(error.message, rows[i].message) != 0)
			fail_msg("row %zu: %s", i, error.message);
		assert_int_equal(error.status, error.message[0] == 'n' ? 0 : 126);
	}
}

/* After the drop the kernel tells what is lacking. */
TEST_IN_CHILD(capabilities_that_the_command_lacks_are_told)
{
	struct arena arena = arena_in(memory, sizeof(memory));

	make_commands();
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_NET_RAW), 0);
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME), 0);
	assert_int_equal(setuid(APP), 0);
	assert_false(exec_command(&plan, &arena, &error));
	assert_string_equal(error.message,
	                    LACKS("b/tool", "the program", "cap_net_raw") "--cap net_raw" REMOVE);
}
