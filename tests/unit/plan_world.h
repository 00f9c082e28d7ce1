#ifndef STEPDOWN_TESTS_PLAN_WORLD_H
#define STEPDOWN_TESTS_PLAN_WORLD_H

#include <stdalign.h>
#include <stdio.h>

#include "command_line.h"
#include "core/capability_names.h"
#include "core/options_parse.h"
#include "core/plan.h"
#include "core/plan_make.h"

/* Worlds from literals and plans as words, so that a test reads as "given, wanted". To be included
 * behind <cmocka.h>. */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What a container has without any --cap-add or --cap-drop. */
#define CONTAINER_CAPABILITIES UINT64_C(0xa80425fb)

#define PASSWD                                                                                     \
	"root:x:0:0:root:/root:/bin/sh\n"                                                          \
	"1000:x:0:0::/root:/bin/sh\n"                                                              \
	"app:x:1000:1000::/home/app:/bin/sh\n"                                                     \
	"www:x:33:33::/var/www:/usr/sbin/nologin\n"                                                \
	"nohome:x:40:40:::/bin/sh\n"                                                               \
	"oddgroup:x:41:999::/odd:/bin/sh\n"                                                        \
	"damaged:x::0::/root:/bin/sh\n"                                                            \
	"huge:x:4294967296:0::/root:/bin/sh\n"                                                     \
	"short:x:42\n"                                                                             \
	"+::::::\n"                                                                                \
	"last:x:50:51::/last:/bin/sh"

#define GROUP                                                                                      \
	"root:x:0:\n"                                                                              \
	"adm:x:4:root\n"                                                                           \
	"disk:x:6:root,www\n"                                                                      \
	"www:x:33:\n"                                                                              \
	"video:x:44:app\n"                                                                         \
	"docker:x:998:www,app\n"                                                                   \
	"app:x:1000:\n"                                                                            \
	"apple:x:1001:apple,xapp,,app2\n"                                                          \
	"nogid:x::app\n"                                                                           \
	"huge:x:4294967296:app\n"                                                                  \
	"zero:x:0x0:app\n"

#define ROOT_ENVIRONMENT "PATH=/bin HOME=/root LANG=C USER=root LOGNAME=root"

/* TEXT is "NAME=VALUE NAME=VALUE"; MEMORY has to live as long as WORLD. */
static inline void set_environment(struct facts *world, struct command_line *memory,
                                   const char *text)
{
	command_line_split(memory, text);
	world->environment = memory->words;
}

static inline struct facts world_of_container(void)
{
	static gid_t groups[] = {0, 4, 6};
	static struct command_line environment;
	struct facts world = {
		.creds = {.groups = groups,
	                  .group_count = COUNT(groups),
	                  .effective = CONTAINER_CAPABILITIES,
	                  .permitted = CONTAINER_CAPABILITIES,
	                  .bounding = CONTAINER_CAPABILITIES},
		.passwd = slice_of(PASSWD),
		.group = slice_of(GROUP),
	};

	set_environment(&world, &environment, ROOT_ENVIRONMENT);
	return world;
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
	size_t size; /* of the memory that may be used; set it for the _in functions */
	struct command_line line;
	struct options options;
	struct gosu_options compat;
	struct plan plan;
	struct error error;
	bool ok;
};

static inline void plan_in(struct planned *planned, const struct facts *world, const char *text)
{
	struct arena arena = arena_in(planned->memory, planned->size);

	command_line_split(&planned->line, text);
	planned->error.message[0] = '\0';
	planned->ok = options_parse(planned->line.count, planned->line.words, world->environment,
	                            &arena, &planned->options, &planned->error) &&
	              plan_make(&planned->options, world, &arena, &planned->plan, &planned->error);
}

static inline void plan_compat_in(struct planned *planned, const struct facts *world,
                                  const char *text)
{
	struct arena arena = arena_in(planned->memory, planned->size);

	command_line_split(&planned->line, text);
	planned->error.message[0] = '\0';
	planned->ok =
		gosu_parse(gosu_program(planned->line.words[0]), planned->line.count,
	                   planned->line.words, &planned->compat, &planned->error) &&
		plan_make_gosu(&planned->compat, world, &arena, &planned->plan, &planned->error);
}

static inline void must_plan(struct planned *planned, const struct facts *world, const char *text)
{
	planned->size = sizeof(planned->memory);
	plan_in(planned, world, text);
	if (!planned->ok)
		fail_msg("%s: %s", text, planned->error.message);
}

static inline void must_plan_compat(struct planned *planned, const struct facts *world,
                                    const char *text)
{
	planned->size = sizeof(planned->memory);
	plan_compat_in(planned, world, text);
	if (!planned->ok)
		fail_msg("%s: %s", text, planned->error.message);
}

static inline void must_have_failed(const struct planned *planned, const char *text,
                                    const char *beginning)
{
	if (planned->ok || strncmp(planned->error.message, beginning, strlen(beginning)) != 0)
		fail_msg("%s: %s, not %s", text,
		         planned->ok ? "there is a plan" : planned->error.message, beginning);
	assert_int_equal(planned->error.status, STATUS_FAILED);
}

/* The error's message begins with BEGINNING, and the plan is untouched. */
static inline void must_not_plan(struct planned *planned, const struct facts *world,
                                 const char *text, const char *beginning)
{
	struct plan before;

	planned->size = sizeof(planned->memory);
	memset(&planned->plan, 0x5a, sizeof(planned->plan));
	memcpy(&before, &planned->plan, sizeof(before));
	plan_in(planned, world, text);
	must_have_failed(planned, text, beginning);
	assert_memory_equal(&planned->plan, &before, sizeof(before));
}

static inline void must_not_plan_compat(struct planned *planned, const struct facts *world,
                                        const char *text, const char *beginning)
{
	struct plan before;

	planned->size = sizeof(planned->memory);
	memset(&planned->plan, 0x5a, sizeof(planned->plan));
	memcpy(&before, &planned->plan, sizeof(before));
	plan_compat_in(planned, world, text);
	must_have_failed(planned, text, beginning);
	assert_memory_equal(&planned->plan, &before, sizeof(before));
}

static inline void assert_words(const char *given, const char *found, const char *wanted)
{
	if (strcmp(found, wanted) != 0)
		fail_msg("%s: %s, wanted %s", given, found, wanted);
}

/* "UID:GID [GROUP ...] NAME HOME", "-" for what there is none of. */
static inline void assert_identity(const char *given, const struct identity *identity,
                                   const char *wanted)
{
	char found[512];
	size_t used = (size_t)snprintf(found, sizeof(found), "%u:%u [", identity->ids.uid,
	                               identity->ids.gid);

	for (size_t i = 0; i < identity->ids.group_count && used < 400; i++)
		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%u",
		                         i == 0 ? "" : " ", identity->ids.groups[i]);
	snprintf(found + used, sizeof(found) - used, "] %.*s %s",
	         identity->name.length == 0 ? 1 : (int)identity->name.length,
	         identity->name.length == 0 ? "-" : identity->name.bytes,
	         identity->home == NULL ? "-" : identity->home);
	assert_words(given, found, wanted);
}

/* The kinds of the steps, with the path where there is one. */
static inline void assert_steps(const struct planned *planned, const char *wanted)
{
	static const char *const names[] = {
		[STEP_ACCOUNT] = "account", [STEP_VOLUME] = "volume",
		[STEP_STDIO] = "stdio",     [STEP_UMASK] = "umask",
		[STEP_DROP] = "drop",       [STEP_CHECK_WRITABLE] = "check",
		[STEP_COMMAND] = "command", [STEP_FINISH_VOLUMES] = "finish",
	};
	static const char *const depths[][2] = {
		[DEPTH_TOP] = {"top", "mkdir"},
		[DEPTH_TREE_IF_TOP_WRONG] = {"once", "mkdir+once"},
		[DEPTH_TREE] = {"own", "mkdir+own"},
	};
	char found[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < planned->plan.step_count; i++) {
		const struct plan_step *step = &planned->plan.steps[i];
		const char *name = step->kind == STEP_VOLUME
		                           ? depths[step->volume->depth][step->volume->make]
		                           : names[step->kind];

		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s%s%s",
		                         i == 0 ? "" : " ", name, step->volume == NULL ? "" : ":",
		                         step->volume == NULL ? "" : step->volume->path);
	}
	assert_words(planned->line.bytes, found, wanted);
}

/* The command's whole environment, joined by blanks. */
static inline void assert_environment(const struct planned *planned, const char *wanted)
{
	char found[1024] = "";
	size_t used = 0;

	for (char *const *at = planned->plan.environment; *at != NULL; at++)
		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s",
		                         used == 0 ? "" : " ", *at);
	assert_words("environment", found, wanted);
}

/* The notes, joined by newlines. */
static inline void assert_notes(const struct planned *planned, const char *wanted)
{
	char found[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < planned->plan.note_count; i++)
		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s",
		                         i == 0 ? "" : "\n", planned->plan.notes[i]);
	assert_words("notes", found, wanted);
}

/* The warnings, joined by newlines. */
static inline void assert_warnings(const struct planned *planned, const char *wanted)
{
	char found[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < planned->plan.warning_count; i++)
		used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s",
		                         i == 0 ? "" : "\n", planned->plan.warnings[i]);
	assert_words("warnings", found, wanted);
}

#endif
