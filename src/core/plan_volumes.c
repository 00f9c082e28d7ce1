/* SPDX-License-Identifier: MIT */
#include "core/plan_volumes.h"

#include "core/plan_identity.h"

/* Returns the next component of *PATH without "." and empty ones, and moves *PATH behind it. An
 * empty slice means that no component is left. */
static struct slice next_component(const char **path)
{
	struct slice component;

	do {
		*path += strspn(*path, "/");
		component = (struct slice){*path, strcspn(*path, "/")};
		*path += component.length;
	} while (slice_is(component, "."));
	return component;
}

static bool is_same_path(const char *path, const char *other)
{
	struct slice component;

	if ((path[0] == '/') != (other[0] == '/'))
		return false;
	do {
		component = next_component(&path);
		if (!slice_equal(component, next_component(&other)))
			return false;
	} while (component.length > 0);
	return true;
}

static void merge_volume(struct declared_path *volumes, size_t *count,
                         const struct declared_path *added)
{
	for (struct declared_path *volume = volumes; volume < volumes + *count; volume++) {
		if (!is_same_path(volume->path, added->path))
			continue;
		volume->make = volume->make || added->make;
		volume->must_be_directory = volume->must_be_directory || added->must_be_directory;
		if (volume->depth < added->depth)
			volume->depth = added->depth;
		return;
	}
	volumes[(*count)++] = *added;
}

/* Returns the place of VOLUME in the order of execution. Directories are made first, because
 * another declared path can be their parent. A path of --own-top gets its owner last, because that
 * owner tells the next start that the work is complete. */
static unsigned place_in_order(const struct declared_path *volume)
{
	if (volume->make)
		return 0;
	return volume->depth == DEPTH_TREE ? 1 : volume->depth == DEPTH_TREE_IF_TOP_WRONG ? 2 : 3;
}

/* Sorts by insertion, because paths in the same place keep the order of the options. */
static void sort_volumes(struct declared_path *volumes, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct declared_path volume = volumes[i];
		size_t at = i;

		for (; at > 0 && place_in_order(&volumes[at - 1]) > place_in_order(&volume); at--)
			volumes[at] = volumes[at - 1];
		volumes[at] = volume;
	}
}

static bool plan_records(const struct planner *planner, struct plan *plan)
{
	const struct options *options = planner->options;
	struct declared_path *volumes =
		arena_allocate(planner->arena, options->volume_count, sizeof(*volumes));
	size_t count = 0;

	if (volumes == NULL)
		return planner_out_of_memory(planner);
	for (size_t i = 0; i < options->volume_count; i++)
		merge_volume(volumes, &count, &options->volumes[i]);
	sort_volumes(volumes, count);
	plan->volumes = volumes;
	plan->volume_count = count;
	return true;
}

/* Looks up the users of --own-from. */
static bool plan_former_owners(const struct planner *planner, struct ownership_request *request)
{
	const struct options *options = planner->options;
	uid_t *owners = arena_allocate(planner->arena, options->own_from_count, sizeof(*owners));
	struct account entry;

	if (owners == NULL)
		return planner_out_of_memory(planner);
	for (size_t i = 0; i < options->own_from_count; i++) {
		entry.uid = options->own_from[i].id;
		if (!options->own_from[i].is_id &&
		    identity_find_user(planner, options->own_from[i].name, &entry) != LOOKUP_FOUND)
			return error_add_note(planner->error, options->own_from[i].variables);
		owners[i] = entry.uid;
	}
	request->from = owners;
	request->from_count = options->own_from_count;
	return true;
}

bool plan_volumes(const struct planner *planner, struct plan *plan)
{
	struct ownership_request *request = &plan->request;

	request->owner = &plan->identity->ids;
	request->make_mode = planner->options->mkdir_mode;
	request->jobs = planner->options->own_jobs;
	request->strict = planner->options->strict;
	request->program = planner->facts->program;
	return plan_former_owners(planner, request) && plan_records(planner, plan);
}
