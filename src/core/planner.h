/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_PLANNER_H
#define STEPDOWN_CORE_PLANNER_H

#include "core/plan.h"

/* The inputs of a plan. No function changes a planner. Memory comes from ARENA, and a function that
 * fails sets *ERROR. */
struct planner {
	const struct options *options;
	const struct facts *facts;
	enum semantics semantics;
	struct arena *arena;
	struct error *error;
};

/* Adds the message of planner->error to the warnings of PLAN. */
void planner_warn(const struct planner *planner, struct plan *plan);

/* Adds the message of planner->error to the notes of PLAN. */
void planner_note(const struct planner *planner, struct plan *plan);

/* Sets the error that the arena is used up (E2BIG). Always returns false. */
bool planner_out_of_memory(const struct planner *planner);

/* Sets the error that a variable chose group 0 in the WORD of OPTION (S38), with the note
 * VARIABLES. Always returns false. */
bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word,
                          const char *variables);

#endif
