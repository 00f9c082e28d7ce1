/* SPDX-License-Identifier: MIT */
#include "core/planner.h"

#include <errno.h>

/* Adds the message of planner->error to LINES. If the arena is full, the message is lost,
 * because planning then fails later anyway. */
static void keep_message(const struct planner *planner, const char **lines, size_t *count)
{
	const char *line = arena_copy(planner->arena, slice_of(planner->error->message));

	if (line != NULL)
		lines[(*count)++] = line;
}

void planner_warn(const struct planner *planner, struct plan *plan)
{
	keep_message(planner, plan->warnings, &plan->warning_count);
}

void planner_note(const struct planner *planner, struct plan *plan)
{
	keep_message(planner, plan->notes, &plan->note_count);
}

bool planner_out_of_memory(const struct planner *planner)
{
	return error_set_errno(planner->error, "planning", NULL, E2BIG, NULL);
}

bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word,
                          const char *variables)
{
	error_set(planner->error, option, word, "a variable has chosen group 0, which is root's",
	          "write ':0' in the option itself, or name another group");
	return error_add_note(planner->error, variables);
}
