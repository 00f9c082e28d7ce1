#ifndef STEPDOWN_TESTS_PLAN_WORLD_H
#define STEPDOWN_TESTS_PLAN_WORLD_H

#include <stdalign.h>

#include "core/capability_names.h"
#include "core/gosu_args.h"
#include "core/options_parse.h"
#include "core/plan_creds.h"
#include "plan_text.h"

/* A container has these without any --cap-add or --cap-drop. */
#define CONTAINER_CAPABILITIES UINT64_C(0xa80425fb)

#define PASSWD                                                                                     \
	"root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0:::\n1000:x:0:0::/root:/bin/sh\n"                \
	"app:x:1000:1000::/home/app:/bin/sh\nwww:x:33:33::/var/www:/usr/sbin/nologin\n"            \
	"nohome:x:40:40:::/bin/sh\noddgroup:x:41:999::/odd:/bin/sh\n"                              \
	"damaged:x::0::/root:/bin/sh\nhuge:x:4294967296:0::/root:/bin/sh\nshort:x:42\n"            \
	"+::::::\nslash:x:60:60::/:/bin/sh"

#define GROUP                                                                                      \
	"root:x:0:\nadm:x:4:root\ndisk:x:6:root,www\nwww:x:33:\nvideo:x:44:app\n"                  \
	"docker:x:998:www,app\napp:x:1000:\napple:x:1001:apple,xapp,,app2\n"                       \
	"nogid:x::app\nhuge:x:4294967296:app\nzero:x:0x0:app\n"

static inline struct facts world_of_container(void)
{
	static gid_t groups[] = {0, 4, 6};
	static char *const environment[] = {"PATH=/bin", "HOME=/root",   "LANG=C",
	                                    "USER=root", "LOGNAME=root", NULL};

	return (struct facts){
		.creds = {.groups = groups,
	                  .group_count = COUNT(groups),
	                  .effective = CONTAINER_CAPABILITIES,
	                  .permitted = CONTAINER_CAPABILITIES,
	                  .bounding = CONTAINER_CAPABILITIES},
		.environment = environment,
		.passwd = slice_of(PASSWD),
		.group = slice_of(GROUP),
	};
}

/* docker run --user UID:GID, runAsUser and runAsGroup. */
static inline struct facts world_of_user(uid_t uid, gid_t gid)
{
	static gid_t groups[1];
	struct facts world = world_of_container();

	groups[0] = gid;
	world.creds.groups = groups;
	world.creds.group_count = 1;
	world.creds.ruid = world.creds.euid = world.creds.suid = uid;
	world.creds.rgid = world.creds.egid = world.creds.sgid = gid;
	world.creds.effective = world.creds.permitted = 0;
	return world;
}

/* One planning; everything that the plan points into lies in here or in the world. */
struct planned {
	alignas(max_align_t) char memory[1 << 16];
	struct command_line line;
	struct command_line environment;
	struct facts world;
	struct options options;
	struct gosu_options compat;
	struct plan plan;
	struct error error;
	bool ok;
};

/* Plans what a shell would start by WORDS: "VARIABLE=VALUE ... gosu app id", or the options alone, behind which
 * "cmd" is added. Without variables the environment is that of WORLD. Only SIZE bytes of the memory are used. */
static inline void plan_in(size_t size, struct planned *planned, const struct facts *world,
                           const char *words)
{
	struct arena arena = arena_in(planned->memory, size);
	const char *rest = words;
	char line[FOUND_BYTES] = "";

	while (rest[0] != '-' && strncmp(rest, "gosu ", 5) != 0 &&
	       strncmp(rest, "su-exec ", 8) != 0)
		rest += strcspn(rest, " ") + 1;
	planned->world = *world;
	if (rest != words) {
		append(line, "%.*s", (int)(rest - words) - 1, words);
		command_line_split(&planned->environment, line);
		planned->world.environment = planned->environment.words;
		line[0] = '\0';
	}
	append(line, "%s%s%s", rest[0] == '-' ? "stepdown " : "", rest,
	       rest[0] != '-' || strstr(rest, " cmd") || strstr(rest, "--setup-only") ? ""
	                                                                              : " cmd");
	command_line_split(&planned->line, line);
	planned->error.message[0] = '\0';
	if (rest[0] == '-')
		planned->ok = options_parse(planned->line.count, planned->line.words,
		                            planned->world.environment, &arena, &planned->options,
		                            &planned->error) &&
		              plan_make(&planned->options, &planned->world, &arena, &planned->plan,
		                        &planned->error);
	else
		planned->ok = gosu_parse(gosu_program(planned->line.words[0]), planned->line.count,
		                         planned->line.words, &planned->compat, &planned->error) &&
		              plan_make_gosu(&planned->compat, &planned->world, &arena,
		                             &planned->plan, &planned->error);
}

static inline void must_plan(struct planned *planned, const struct facts *world, const char *words)
{
	plan_in(sizeof(planned->memory), planned, world, words);
	if (!planned->ok)
		fail_msg("%s: %s", words, planned->error.message);
}

/* A row of a table: what the plan for WORDS comes to. What is NULL is not compared. Each word of EACH stands in the
 * place of each '%' of WORDS and of what is wanted. */
struct plan_row {
	const char *words;    /* see plan_in() */
	const char *identity; /* see the functions above */
	const char *refused;  /* the beginning of the message: there is no plan */
	const char *each;
	const char *steps;
	const char *environment;
	const char *notes;
	const char *account;
	const char *creds;
	const char *explained;
	/* The differences from the world of the table. */
	uid_t uid;          /* not root */
	gid_t gid;          /* of root: 0 is that of the world */
	const char *groups; /* at the start */
	const char *passwd;
	const char *group;
	int etc_errnum;
	uint64_t missing; /* of the effective set */
	uint64_t not_permitted;
	uint64_t not_bounding;
	unsigned securebits;
	bool no_new_privs; /* set by the engine */
	bool may_hide_groups;
};

/* Messages of several tables, without the end of the hint. */
#define NOT_ROOT(user, uid, gid)                                                                   \
	"stepping down: '" user "': not root at the start, but uid " #uid " gid " #gid             \
	" (start the container as root, or as that user and group"
#define BY_NUMBER(user)                                                                            \
	"making the account: '" user "': not root at the start, so the ids are used by number"
#define IS_UID_0(user)                                                                             \
	"stepping down: '" user "': it is uid 0 (name another user, or see --allow-root"
#define NO_USER(user)                                                                              \
	"looking up the user: '" user                                                              \
	"': no such user in /etc/passwd (NAME=UID makes one, a numeric uid needs no entry"
#define NO_GROUP(group)                                                                            \
	"looking up the group: '" group                                                            \
	"': no such group in /etc/group (a numeric gid needs no entry"
#define NO_PATH(path)                                                                              \
	"finding the path: '" path "': it does not exist (mount it, or give the number"
#define GROUP_0(option, spec)                                                                      \
	"--" option ": '" spec "': a variable has chosen group 0, which is root's (write ':0' in " \
	"the option itself, or name another group"

#define AS(user, group) .uid = user, .gid = group
/* A start as USER and GROUP, with the warning that --user means ASKED. */
#define NOT_AS(asked, user, group) AS(user, group), .notes = NOT_ROOT(asked, user, group) ")"
#define LACKS(capability) .missing = CAPABILITY_BIT(CAP_##capability)

static inline struct facts world_of_row(const struct facts *world, const struct plan_row *row)
{
	static gid_t groups[64];
	struct facts result = row->uid == 0 ? *world : world_of_user(row->uid, row->gid);

	if (row->uid == 0 && row->gid != 0)
		result.creds.rgid = result.creds.egid = result.creds.sgid = row->gid;
	result.owners = world->owners;
	result.etc_errnum = row->etc_errnum;
	result.may_hide_groups = row->may_hide_groups;
	result.creds.effective &= ~row->missing;
	result.creds.permitted &= ~row->not_permitted;
	result.creds.bounding &= ~row->not_bounding;
	result.creds.securebits = row->securebits;
	result.creds.no_new_privs = row->no_new_privs;
	if (row->passwd != NULL)
		result.passwd = slice_of(row->passwd);
	if (row->group != NULL)
		result.group = slice_of(row->group);
	if (row->groups != NULL) {
		char *rest = (char *)(uintptr_t)row->groups;

		result.creds.groups = groups;
		for (result.creds.group_count = 0; *rest != '\0'; result.creds.group_count++)
			groups[result.creds.group_count] = (gid_t)strtoul(rest, &rest, 10);
	}
	return result;
}

static inline void compare_plan(const struct planned *planned, const char *words,
                                const struct plan_row *row, const char *word)
{
	const struct {
		const char *wanted;
		void (*append)(char *found, const struct plan *plan);
	} parts[] = {
		{row->identity, append_identity},   {row->steps, append_steps},
		{row->notes, append_notes},         {row->environment, append_environment},
		{row->account, append_account},     {row->creds, append_creds},
		{row->explained, append_explained},
	};
	const struct plan *plan = &planned->plan;
	bool is_gosu = gosu_program(planned->line.words[0]) != PROGRAM_STEPDOWN;
	const struct options *options = is_gosu ? &planned->compat.options : &planned->options;

	for (size_t i = 0; i < COUNT(parts); i++) {
		char found[FOUND_BYTES] = "", wanted[FOUND_BYTES];

		if (parts[i].wanted == NULL)
			continue;
		parts[i].append(found, plan);
		put_word(wanted, parts[i].wanted, '%', word);
		assert_found(words, found, wanted);
	}
	assert_ptr_equal(plan->command, is_gosu ? planned->line.words + 2 : options->command);
	assert_int_equal(plan->strict, options->strict);
	assert_int_equal(plan->umask, options->umask);
	assert_int_equal(plan->request.make_mode, options->mkdir_mode);
	assert_int_equal(plan->request.jobs, options->own_jobs);
	if (plan->creds.keep_bounding)
		assert_int_equal(plan_creds_bounding_after(plan), plan->before->bounding);
	/* The explanation tells what is done. A process that is not root keeps its ids, and writes nothing. */
	assert_int_equal(plan->was_root, planned->world.creds.euid == 0);
	assert_ptr_equal(plan->before, &planned->world.creds);
	if (plan->creds.semantics == SEMANTICS_GOSU || plan->was_root)
		assert_ptr_equal(plan->creds.ids, &plan->identity->ids);
	else {
		assert_null(plan->creds.ids);
		assert_false(account_is_written(&plan->change));
	}
}

static inline void check_plan(const struct facts *world, const struct plan_row *row,
                              const char *word)
{
	struct planned planned;
	struct plan before;
	char words[FOUND_BYTES], wanted[FOUND_BYTES];
	size_t length;

	put_word(words, row->words, '%', word);
	if (row->refused == NULL) {
		must_plan(&planned, world, words);
		compare_plan(&planned, words, row, word);
		return;
	}
	put_word(wanted, row->refused, '%', word);
	memset(&planned.plan, 0x5a, sizeof(planned.plan));
	memcpy(&before, &planned.plan, sizeof(before));
	plan_in(sizeof(planned.memory), &planned, world, words);
	assert_false(planned.ok);
	/* A hint is whole. */
	length = strlen(wanted);
	if (strncmp(planned.error.message, wanted, length + (wanted[length - 1] == ')')) != 0)
		fail_msg("%s: %s, wanted %s", words, planned.error.message, wanted);
	assert_int_equal(planned.error.status, STATUS_FAILED);
	assert_memory_equal(&planned.plan, &before, sizeof(before));
}

static inline void check_plans(const struct facts *world, const struct plan_row *rows)
{
	for (const struct plan_row *row = rows; row->words != NULL; row++) {
		struct facts changed = world_of_row(world, row);
		struct command_line each;

		command_line_split(&each, row->each == NULL ? "%" : row->each);
		for (int i = 0; i < each.count; i++)
			check_plan(&changed, row, each.words[i]);
	}
}

/* The head of a test whose rows are plans. WORLD calls check_plans(). */
#define PLANS(rows, world) TABLE(struct plan_row, rows, world)

static inline void in_a_container(void **state)
{
	struct facts world = world_of_container();

	check_plans(&world, *state);
}

#endif
