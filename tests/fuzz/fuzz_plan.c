/* Who the command will be, in a world made up. Above all: never root, its group or a capability
 * that nobody asked for. An input: three bytes (see make_world), then sections: the groups of the
 * process and the owners of paths, as UID:GID:PATH (words), the environment, the words behind the
 * program's name, group; the rest is passwd. */

#include <linux/capability.h>
#include <stdalign.h>
#include <stddef.h>

#include "core/capability_names.h"
#include "core/explain.h"
#include "core/options_parse.h"
#include "core/plan.h"
#include "core/plan_make.h"
#include "fuzz.h"
#include "oracle.h"

enum { GIDS = 512 };

struct scene {
	struct facts world;
	bool is_compat;
	gid_t granted[FUZZ_WORDS];
	struct path_owner owners[FUZZ_WORDS];
	char *environment[FUZZ_WORDS];
	char *words[FUZZ_WORDS];
	int count;
	struct options options;
	struct gosu_options compat;
};

static int compare_gids(const void *a, const void *b)
{
	gid_t one = *(const gid_t *)a;
	gid_t other = *(const gid_t *)b;

	return (one > other) - (one < other);
}

/* A gid that the process starts with, or the owner of a path. */
static void add_word(struct scene *scene, const char *word, struct path_owner *place)
{
	struct creds_state *creds = &scene->world.creds;
	size_t uid_length = strcspn(word, ":");
	const char *at = word + uid_length + (word[uid_length] == ':');
	size_t gid_length = strcspn(at, ":");
	struct path_owner owner = {.next = scene->world.owners};
	uint32_t gid;

	if (oracle_id(word, strlen(word), &gid)) {
		scene->granted[creds->group_count++] = gid;
	} else if (oracle_id(word, uid_length, &owner.uid) &&
	           oracle_id(at, gid_length, &owner.gid) && at[gid_length] == ':') {
		owner.path = slice_of(at + gid_length + 1);
		*place = owner;
		scene->world.owners = place;
	}
}

static void make_world(struct scene *scene, struct slice *rest)
{
	static const uint64_t sets[] = {0, 0xa80425fb, 0xc1, 0x1ffffffffff, 0x400};
	struct creds_state *creds = &scene->world.creds;
	unsigned who = fuzz_byte(rest);
	unsigned held = fuzz_byte(rest);
	unsigned bounding = fuzz_byte(rest);
	char *words[FUZZ_WORDS];

	scene->is_compat = (who & 1) != 0;
	creds->ruid = creds->euid = creds->suid = (who & 2) != 0 ? 1000 : 0;
	creds->rgid = creds->egid = creds->sgid = (who & 4) != 0 ? 1000 : 0;
	creds->effective = creds->permitted = sets[held % 5];
	creds->bounding = sets[bounding % 5];
	fuzz_words(NULL, fuzz_section(rest), words);
	for (size_t i = 0; words[i] != NULL; i++)
		add_word(scene, words[i], &scene->owners[i]);
	qsort(scene->granted, creds->group_count, sizeof(gid_t), compare_gids);
	creds->groups = scene->granted;
	fuzz_words(NULL, fuzz_section(rest), scene->environment);
	scene->count = fuzz_words(scene->is_compat ? "gosu" : "stepdown", fuzz_section(rest),
	                          scene->words);
	scene->world.environment = scene->environment;
	scene->world.group = fuzz_copy(fuzz_section(rest));
	scene->world.passwd = fuzz_copy(*rest);
}

static bool find_user(const struct scene *scene, struct slice name, uint32_t uid,
                      struct oracle_entry *ret_entry)
{
	return oracle_find(scene->world.passwd.bytes, scene->world.passwd.length, ORACLE_PASSWD,
	                   name.bytes, name.length, uid, ret_entry);
}

/* The last word about a path counts, which is the first of the list. */
static const struct path_owner *owner_of(const struct scene *scene, struct slice path)
{
	const struct path_owner *owner = scene->world.owners;

	while (owner != NULL && !slice_equal(owner->path, path))
		owner = owner->next;
	return owner;
}

/* Finds the gid of REF; returns false if there is none. */
static bool find_gid(const struct scene *scene, const struct spec_ref *ref,
                     const struct account_change *change, uint32_t *ret_gid)
{
	struct oracle_entry entry;

	if (ref->is_path) {
		const struct path_owner *owner = owner_of(scene, ref->name);

		if (owner == NULL || owner->gid == 0 || owner->gid == 65534 ||
		    owner->gid >> 31 != 0)
			return false;
		*ret_gid = owner->gid;
		return true;
	}
	*ret_gid = ref->id;
	if (ref->is_id)
		return true;
	if (!oracle_find(scene->world.group.bytes, scene->world.group.length, ORACLE_GROUP,
	                 ref->name.bytes, ref->name.length, 0, &entry))
		return false;
	*ret_gid = entry.gid;
	if (change->group.action == ACCOUNT_RENUMBER && entry.line == change->group.old_line.bytes)
		*ret_gid = change->gid;
	return true;
}

static uint32_t gid_of(const struct scene *scene, const struct spec_ref *ref,
                       const struct account_change *change)
{
	uint32_t gid = 0;

	CHECK(find_gid(scene, ref, change, &gid), "no group '%.*s'", SLICE(ref->name));
	return gid;
}

/* A list that is made without care for order and repetition. */
struct gids {
	gid_t gids[GIDS];
	size_t count;
};

static void add_gid(struct gids *list, gid_t gid)
{
	CHECK(list->count < GIDS, "more groups than this test has room for");
	list->gids[list->count++] = gid;
}

static bool has_gid(const struct gids *list, gid_t gid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->gids[i] == gid)
			return true;
	}
	return false;
}

static void add_groups_of(struct gids *list, struct slice file, struct slice user)
{
	struct oracle_entry group;

	for (size_t at = 0; at < file.length;) {
		at += oracle_line(file.bytes + at, file.length - at, ORACLE_GROUP, &group);
		if (group.counts && oracle_has_member(&group, user.bytes, user.length))
			add_gid(list, group.gid);
	}
}

static void check_groups(const struct scene *scene, const struct plan *plan,
                         const struct user_spec *user)
{
	const struct identity *identity = plan->identity;
	const struct creds_state *creds = &scene->world.creds;
	struct gids wanted = {.count = 0};
	struct gids roots = {.count = 0};
	bool clear = scene->options.clear_groups;

	add_gid(&wanted, identity->ids.gid);
	if (!clear && !user->group.given)
		add_groups_of(&wanted, scene->world.group, identity->name);
	add_groups_of(&roots, scene->world.group, slice_of("root"));
	for (size_t i = 0; i < scene->options.group_count; i++) {
		const struct spec_ref *group = &scene->options.groups[i];
		uint32_t gid = 0;

		if (group->has_alternative && group->given &&
		    (!find_gid(scene, group, &plan->change, &gid) || gid == 0))
			continue;
		while (scene->options.groups[i].has_alternative)
			i++;
		if (!group->given)
			continue;
		gid = gid_of(scene, group, &plan->change);
		CHECK(gid != 0 || !group->may_not_be_gid_0, "a variable chose group 0");
		add_gid(&wanted, gid);
	}
	for (size_t i = 0; !scene->is_compat && !clear && i < creds->group_count; i++) {
		gid_t gid = creds->groups[i];

		/* 65534 is what a group looks like that is not mapped. */
		if (gid != 0 && gid != 65534 && !has_gid(&roots, gid))
			add_gid(&wanted, gid);
	}
	for (size_t i = 0; i < identity->ids.group_count; i++) {
		CHECK(i == 0 || identity->ids.groups[i - 1] < identity->ids.groups[i],
		      "not in order, or twice: %u", identity->ids.groups[i]);
		CHECK(has_gid(&wanted, identity->ids.groups[i]), "nobody asked for group %u",
		      identity->ids.groups[i]);
	}
	for (size_t i = 0; i < wanted.count; i++)
		CHECK(bsearch(&wanted.gids[i], identity->ids.groups, identity->ids.group_count,
		              sizeof(gid_t), compare_gids) != NULL,
		      "group %u is missing", wanted.gids[i]);
}

/* The uid and gid of the spec, or of the entry that it means, or what stands for a missing one. */
static void check_ids(const struct scene *scene, const struct plan *plan,
                      const struct user_spec *user)
{
	const struct identity *identity = plan->identity;
	const struct creds_state *creds = &scene->world.creds;
	const struct slice nobody = {NULL, 0};
	struct oracle_entry entry;
	uint32_t uid = user->user.is_id ? user->user.id : creds->ruid;
	uint32_t gid = scene->is_compat ? creds->rgid : uid;
	bool has_entry;

	if (user->user.given && !user->user.is_id) {
		has_entry = find_user(scene, user->user.name, 0, &entry);
		CHECK(has_entry, "no user '%.*s'", SLICE(user->user.name));
	} else if (user->defines_account) {
		has_entry = find_user(scene, user->account, 0, &entry);
		if (plan->change.by_number)
			has_entry = find_user(scene, nobody, uid, &entry);
	} else {
		has_entry = find_user(scene, nobody, uid, &entry);
	}
	if (has_entry) {
		uid = user->defines_account ? uid : entry.id;
		gid = entry.gid;
	}
	if (user->group.given)
		/* By what the file says before it is changed, as everywhere. */
		gid = gid_of(scene, &user->group, &(struct account_change){0});
	CHECK(identity->ids.uid == uid && identity->ids.gid == gid, "%u:%u, not %u:%u",
	      identity->ids.uid, identity->ids.gid, uid, gid);
	CHECK(gid != 0 || !user->may_not_be_gid_0, "a variable chose group 0");
	CHECK(identity->home != NULL && (scene->is_compat || identity->home[0] != '\0'), "no home");
}

/* USER with numbers in the place of a path. False when there is no such user or path: then another
 * alternative may do. */
static bool resolve_user(const struct scene *scene, const struct user_spec *asked,
                         struct user_spec *ret_user)
{
	const struct path_owner *owner;
	struct oracle_entry entry;

	*ret_user = *asked;
	if (asked->user.is_path) {
		owner = owner_of(scene, asked->user.name);
		if (owner == NULL || owner->uid == 65534)
			return false;
		ret_user->user.is_id = true;
		ret_user->user.id = owner->uid;
		if (!asked->group.given && owner->gid != 0 && owner->gid != 65534)
			ret_user->group =
				(struct spec_ref){.given = true, .is_id = true, .id = owner->gid};
	}
	return !asked->user.given || ret_user->user.is_id ||
	       find_user(scene, asked->user.name, 0, &entry);
}

/* The first alternative that is there and not root, or root where that is allowed and nothing less
 * is asked for. */
static struct user_spec choose(const struct scene *scene)
{
	const struct options *options = &scene->options;
	struct user_spec user = {.text = NULL};

	for (size_t i = 0; i < options->user_count; i++) {
		const struct user_spec *asked = &options->users[i];
		bool is_last = i + 1 == options->user_count;
		struct oracle_entry entry;
		uint32_t uid;

		if (!resolve_user(scene, asked, &user))
			continue;
		uid = user.user.given ? user.user.id : scene->world.creds.ruid;
		if (!user.user.is_id && user.user.given &&
		    find_user(scene, user.user.name, 0, &entry))
			uid = entry.id;
		/* A group that there is not is an error, whoever the user is. */
		if (user.group.given)
			gid_of(scene, &user.group, &(struct account_change){0});
		if (uid != 0 || scene->is_compat ||
		    (options->allow_root && (is_last || !asked->user.is_path)))
			return user;
	}
	CHECK(false, "none of the alternatives will do");
	return user;
}

static void check_root(const struct scene *scene, const struct plan *plan)
{
	const struct creds_state *creds = &scene->world.creds;
	const struct creds_target *request = &plan->creds;
	uint64_t asked;

	CHECK(request->ids == (plan->was_root || scene->is_compat ? &plan->identity->ids : NULL),
	      "the drop is to somebody else");
	if (scene->is_compat)
		return;
	CHECK(plan->identity->ids.uid != 0 || scene->options.allow_root, "root");
	CHECK(request->no_new_privs == !scene->options.allow_new_privs ||
	              scene->options.action != ACTION_RUN,
	      "no_new_privs: %d", request->no_new_privs);
	CHECK(!request->keep_bounding ||
	              (scene->options.allow_new_privs && plan->identity->ids.uid != 0),
	      "the bounding set is kept");
	asked = scene->options.capabilities | scene->options.tried_capabilities;
	CHECK((request->keep & ~(asked & creds->permitted & creds->bounding)) == 0,
	      "capabilities %jx", (uintmax_t)request->keep);
}

/* The drop comes before the command, whatever else there is, and nothing of root's after it. */
static void check_steps(const struct scene *scene, const struct plan *plan)
{
	bool runs = scene->options.action == ACTION_RUN;
	bool dropped = false;
	bool ran = false;

	for (size_t i = 0; i < plan->step_count; i++) {
		enum step_kind kind = plan->steps[i].kind;

		CHECK(!ran, "a step after the command");
		CHECK(!dropped || kind == STEP_CHECK_WRITABLE || kind == STEP_COMMAND,
		      "step %d after the drop", kind);
		CHECK(dropped || (kind != STEP_CHECK_WRITABLE && kind != STEP_COMMAND),
		      "step %d before the drop", kind);
		CHECK(plan->was_root || kind >= STEP_UMASK, "step %d, and not root", kind);
		dropped |= kind == STEP_DROP;
		ran |= kind == STEP_COMMAND;
	}
	CHECK(ran == runs && dropped == runs, "run: %d, dropped: %d", ran, dropped);
}

static void check_environment(const struct scene *scene, const struct plan *plan)
{
	bool keeps = scene->options.keep_env;
	size_t homes = 0;

	for (char *const *at = plan->environment; *at != NULL; at++)
		homes += strncmp(*at, "HOME=", 5) == 0;
	CHECK(keeps || homes == 1, "HOME stands %zu times", homes);
	CHECK(!keeps || plan->environment == scene->environment, "not kept");
	for (char *const *at = scene->environment; *at != NULL; at++) {
		char *const *found = plan->environment;

		if (strncmp(*at, "HOME=", 5) == 0 || strncmp(*at, "USER=", 5) == 0 ||
		    strncmp(*at, "LOGNAME=", 8) == 0)
			continue;
		while (*found != NULL && *found != *at)
			found++;
		CHECK(*found != NULL, "'%s' is lost", *at);
	}
}

static void check_plan(const struct scene *scene, const struct plan *plan)
{
	static char shown[1 << 16];
	static struct ownership_report reports[FUZZ_WORDS * 128];
	struct text text = text_in(shown, sizeof(shown));

	check_root(scene, plan);
	check_steps(scene, plan);
	check_environment(scene, plan);
	if (plan->was_root || scene->is_compat) {
		struct user_spec user = choose(scene);

		check_ids(scene, plan, &user);
		check_groups(scene, plan, &user);
	} else {
		CHECK(plan->identity->ids.uid == scene->world.creds.ruid &&
		              plan->identity->ids.gid == scene->world.creds.rgid,
		      "somebody else than who it was");
	}
	if (!scene->is_compat) {
		CHECK(scene->options.volume_count < FUZZ_WORDS * 128, "many volumes");
		explain_plan(plan, reports, &text);
		fuzz_check_visible(shown, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static alignas(max_align_t) char memory[1 << 18];
	struct slice rest = {(const char *)bytes, length};
	struct scene scene = {.count = 0};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct plan plan;
	struct error error;
	bool runs;

	if (length > 8192)
		return 0;
	make_world(&scene, &rest);
	fuzz_stain(&plan, sizeof(plan));
	if (scene.is_compat) {
		runs = gosu_parse(PROGRAM_GOSU, scene.count, scene.words, &scene.compat, &error) &&
		       scene.compat.action == GOSU_RUN;
		scene.options = scene.compat.options;
	} else {
		runs = options_parse(scene.count, scene.words, scene.environment, &arena,
		                     &scene.options, &error) &&
		       scene.options.action < ACTION_HELP;
	}
	if (runs &&
	    (scene.is_compat ? plan_make_gosu(&scene.compat, &scene.world, &arena, &plan, &error)
	                     : plan_make(&scene.options, &scene.world, &arena, &plan, &error)))
		check_plan(&scene, &plan);
	else if (runs)
		fuzz_check_failure(&plan, sizeof(plan), &error);
	fuzz_free();
	return 0;
}
