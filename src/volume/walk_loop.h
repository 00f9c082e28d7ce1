/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_VOLUME_WALK_LOOP_H
#define STEPDOWN_VOLUME_WALK_LOOP_H

#include "volume/workers.h"

/* The loop of one worker. Each turn asks what is next (next_step), does it, and publishes the
 * counts:
 *
 *   the current directory has ...              the step
 *   entries that are read                      visit a few of them
 *   entries that are not read                  read the next ones
 *   subdirectories to visit                    descend into the next one
 *   nothing left                               change its owner, and ascend
 *
 * A worker without a directory waits until another worker shares its own. Returns when no worker
 * has work left, or memory is used up; workers->failed is then true. */
void walk_loop(struct worker *worker);

#endif
