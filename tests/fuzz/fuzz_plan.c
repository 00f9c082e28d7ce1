/* The plan of a start. An input: a byte of which two bits say that the uid and that the gid is 1000, two bytes
 * for the capabilities, the groups of the process and the owners of paths, as UID:GID:PATH (words), the
 * environment, the words behind the program's name, group; the rest is passwd. */

#include <stdalign.h>
#include <stddef.h>

#include "core/explain.h"
#include "core/options_parse.h"
#include "core/plan.h"
#include "core/plan_make.h"
#include "fuzz.h"
#include "oracle.h"

enum { GIDS = 512 };

struct scene {
	struct facts facts;
	gid_t granted[FUZZ_WORDS];
	struct path_owner owners[FUZZ_WORDS];
	char *environment[FUZZ_WORDS];
	char *words[FUZZ_WORDS];
	int count;
	struct options options;
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
	struct creds_state *creds = &scene->facts.creds;
	struct slice rest = slice_of(word);
	uint32_t gid;

	if (oracle_id(rest, &gid)) {
		scene->granted[creds->group_count++] = gid;
	} else if (oracle_id(slice_cut(&rest, ':'), &place->uid) &&
	           oracle_id(slice_cut(&rest, ':'), &place->gid)) {
		place->path = rest;
		place->next = scene->facts.owners;
		scene->facts.owners = place;
	}
}

static void make_scene(struct scene *scene, struct slice rest)
{
	static const uint64_t sets[] = {0, 0xa80425fb, 0xc1, 0x1ffffffffff, 0x400};
	struct creds_state *creds = &scene->facts.creds;
	unsigned who = fuzz_byte(&rest);
	char *words[FUZZ_WORDS];

	creds->ruid = creds->euid = creds->suid = (who & 2) != 0 ? 1000 : 0;
	creds->rgid = creds->egid = creds->sgid = (who & 4) != 0 ? 1000 : 0;
	creds->effective = creds->permitted = sets[fuzz_byte(&rest) % COUNT(sets)];
	creds->bounding = sets[fuzz_byte(&rest) % COUNT(sets)];
	fuzz_words(NULL, fuzz_section(&rest), words);
	for (size_t i = 0; words[i] != NULL; i++)
		add_word(scene, words[i], &scene->owners[i]);
	qsort(scene->granted, creds->group_count, sizeof(gid_t), compare_gids);
	creds->groups = scene->granted;
	fuzz_words(NULL, fuzz_section(&rest), scene->environment);
	scene->count = fuzz_words("stepdown", fuzz_section(&rest), scene->words);
	scene->facts.environment = scene->environment;
	scene->facts.group = fuzz_copy(fuzz_section(&rest));
	scene->facts.passwd = fuzz_copy(rest);
}

/* The last word about a path counts, which is the first of the list. */
static const struct path_owner *owner_of(const struct scene *scene, struct slice path)
{
	const struct path_owner *owner = scene->facts.owners;

	while (owner != NULL && !slice_equal(owner->path, path))
		owner = owner->next;
	return owner;
}

/* Finds the gid of REF; returns false if there is none. CHANGE is NULL where the file counts as it is before it
 * is changed. */
static bool find_gid(const struct scene *scene, const struct spec_ref *ref,
                     const struct account_change *change, uint32_t *ret_gid)
{
	const struct path_owner *owner = owner_of(scene, ref->name);
	struct account entry;

	*ret_gid = ref->id;
	if (ref->is_path) {
		*ret_gid = owner == NULL ? 0 : owner->gid;
		return *ret_gid != 0 && *ret_gid != 65534 && *ret_gid >> 31 == 0;
	}
	if (ref->is_id)
		return true;
	if (!oracle_find(scene->facts.group, GROUP_FIELDS, &ref->name, 0, &entry))
		return false;
	*ret_gid = entry.gid;
	if (change != NULL && change->group.action == ACCOUNT_RENUMBER &&
	    entry.line.bytes == change->group.old_line.bytes)
		*ret_gid = change->gid;
	return true;
}

/* --- the user ------------------------------------------------------------------------------------- */

struct user {
	uint32_t uid;
	uint32_t gid;
	bool has_group; /* of its own, so that the groups of its name do not count */
};

/* Finds one alternative of --user: the ids of the spec, or of the entry that it means, or what stands for a
 * missing one. Returns false if there is no such user or path. */
static bool find_user(const struct scene *scene, const struct user_spec *spec, bool by_number,
                      struct user *ret_user)
{
	bool is_named = !spec->user.is_id && !spec->user.is_path;
	const struct slice *name = is_named                ? &spec->user.name
	                           : spec->defines_account ? &spec->account
	                                                   : NULL;
	const struct path_owner *owner = owner_of(scene, spec->user.name);
	struct user user = {.uid = spec->user.id, .has_group = spec->group.given};
	struct account entry;

	if (spec->user.is_path) {
		if (owner == NULL || owner->uid == 65534)
			return false;
		user.uid = owner->uid;
	}
	user.gid = user.uid;
	if (oracle_find(scene->facts.passwd, PASSWD_FIELDS, by_number ? NULL : name, user.uid,
	                &entry)) {
		user.uid = is_named ? entry.uid : user.uid;
		user.gid = entry.gid;
	} else if (is_named) {
		return false;
	}
	if (spec->group.given) {
		/* A group that there is not is an error, whoever the user is. */
		CHECK(find_gid(scene, &spec->group, NULL, &user.gid), "no group '%.*s'",
		      SLICE(spec->group.name));
	} else if (spec->user.is_path && owner->gid != 0 && owner->gid != 65534) {
		user.gid = owner->gid;
		user.has_group = true;
	}
	*ret_user = user;
	return true;
}

/* It is the first alternative that is there and not root, or root where that is allowed and nothing less is asked
 * for. */
static struct user check_user(const struct scene *scene, const struct plan *plan)
{
	const struct options *options = &scene->options;
	const struct ids *ids = &plan->identity->ids;
	struct user user = {.uid = 0};
	size_t i = 0;

	while (!find_user(scene, &options->users[i], plan->change.by_number, &user) ||
	       (user.uid == 0 && (!options->allow_root ||
	                          (i + 1 < options->user_count && options->users[i].user.is_path))))
		CHECK(++i < options->user_count, "none of the alternatives will do");
	CHECK(ids->uid == user.uid && ids->gid == user.gid, "%u:%u, not %u:%u", ids->uid, ids->gid,
	      user.uid, user.gid);
	CHECK(ids->gid != 0 || !options->users[i].may_not_be_gid_0, "a variable chose group 0");
	CHECK(plan->identity->home != NULL && plan->identity->home[0] != '\0', "no home");
	return user;
}

/* --- the groups ----------------------------------------------------------------------------------- */

static bool is_roots_group(struct slice file, gid_t gid)
{
	const struct slice root = slice_of("root");
	struct oracle_line line;

	while (oracle_next(&file, GROUP_FIELDS, &line)) {
		if (line.counts && line.entry.gid == gid && oracle_has_member(&line.entry, root))
			return true;
	}
	return false;
}

/* The groups that are wanted, without care for order and repetition. */
static gid_t wanted[GIDS];
static size_t wanted_count;

static void want_gid(gid_t gid)
{
	CHECK(wanted_count < GIDS, "more groups than this test has room for");
	wanted[wanted_count++] = gid;
}

static bool is_wanted(gid_t gid)
{
	for (size_t i = 0; i < wanted_count; i++) {
		if (wanted[i] == gid)
			return true;
	}
	return false;
}

static void want_groups_of(struct slice file, struct slice user)
{
	struct oracle_line line;

	while (oracle_next(&file, GROUP_FIELDS, &line)) {
		if (line.counts && oracle_has_member(&line.entry, user))
			want_gid(line.entry.gid);
	}
}

/* The groups of --group: of each list of alternatives the first that is there and not root's, or the last. */
static void want_asked_groups(const struct scene *scene, const struct plan *plan)
{
	for (size_t i = 0; i < scene->options.group_count; i++) {
		const struct spec_ref *group = &scene->options.groups[i];
		uint32_t gid = 0;
		bool is_there = find_gid(scene, group, &plan->change, &gid);

		if (group->has_alternative && group->given && (!is_there || gid == 0))
			continue;
		while (scene->options.groups[i].has_alternative)
			i++;
		if (!group->given)
			continue;
		is_there = find_gid(scene, group, &plan->change, &gid);
		CHECK(is_there, "no group '%.*s'", SLICE(group->name));
		CHECK(gid != 0 || !group->may_not_be_gid_0, "a variable chose group 0");
		want_gid(gid);
	}
}

static void check_groups(const struct scene *scene, const struct plan *plan, bool has_group)
{
	const struct ids *ids = &plan->identity->ids;
	bool clear = scene->options.clear_groups;

	wanted_count = 0;
	for (size_t i = 0; !clear && i < scene->facts.creds.group_count; i++) {
		gid_t gid = scene->granted[i];

		/* 65534 is what a group looks like that is not mapped. */
		if (gid != 0 && gid != 65534 && !is_roots_group(scene->facts.group, gid))
			want_gid(gid);
	}
	if (!clear && !has_group)
		want_groups_of(scene->facts.group, plan->identity->name);
	want_gid(ids->gid);
	want_asked_groups(scene, plan);
	for (size_t i = 0; i < ids->group_count; i++) {
		CHECK(i == 0 || ids->groups[i - 1] < ids->groups[i], "not in order, or twice: %u",
		      ids->groups[i]);
		CHECK(is_wanted(ids->groups[i]), "nobody asked for group %u", ids->groups[i]);
	}
	for (size_t i = 0; i < wanted_count; i++)
		CHECK(bsearch(&wanted[i], ids->groups, ids->group_count, sizeof(gid_t),
		              compare_gids) != NULL,
		      "group %u is missing", wanted[i]);
}

/* --- the rest ------------------------------------------------------------------------------------- */

static void check_root(const struct scene *scene, const struct plan *plan)
{
	const struct creds_state *creds = &scene->facts.creds;
	const struct creds_target *request = &plan->creds;
	uint64_t asked;

	CHECK(request->ids == (plan->was_root ? &plan->identity->ids : NULL),
	      "the drop is to somebody else");
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

/* The order is that of enum step_kind, so that nothing of root's comes after the drop. */
static void check_steps(const struct scene *scene, const struct plan *plan)
{
	bool runs = scene->options.action == ACTION_RUN;
	enum step_kind last = STEP_ACCOUNT;
	size_t drops = 0;
	size_t commands = 0;

	for (size_t i = 0; i < plan->step_count; i++) {
		enum step_kind kind = plan->steps[i].kind;

		CHECK(kind >= last, "step %d after step %d", kind, last);
		CHECK(plan->was_root || kind >= STEP_UMASK, "step %d, and not root", kind);
		drops += kind == STEP_DROP;
		commands += kind == STEP_COMMAND;
		last = kind;
	}
	CHECK(drops == runs && commands == runs, "%zu drops, %zu commands", drops, commands);
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
	if (plan->was_root)
		check_groups(scene, plan, check_user(scene, plan).has_group);
	else
		CHECK(plan->identity->ids.uid == scene->facts.creds.ruid &&
		              plan->identity->ids.gid == scene->facts.creds.rgid,
		      "somebody else than who it was");
	CHECK(scene->options.volume_count < COUNT(reports), "many volumes");
	explain_plan(plan, reports, &text);
	fuzz_check_visible(shown, true);
}

void fuzz_one(struct slice input)
{
	static alignas(max_align_t) char memory[1 << 18];
	struct scene scene = {.count = 0};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct plan plan;
	struct error error;

	make_scene(&scene, input);
	fuzz_stain(&plan, sizeof(plan));
	if (!options_parse(scene.count, scene.words, scene.environment, &arena, &scene.options,
	                   &error) ||
	    scene.options.action >= ACTION_HELP)
		return;
	if (plan_make(&scene.options, &scene.facts, &arena, &plan, &error))
		check_plan(&scene, &plan);
	else
		fuzz_check_failure(&plan, sizeof(plan), &error);
}
