#ifndef FAULTS_CHECK_H
#define FAULTS_CHECK_H

#include "world.h"

/* The invariant. Returns NULL where it holds after a run of WORLD, else what does not. FAULT may be NULL:
 * then the program must have done all that was asked for. */
const char *check_run(const struct world *world, const struct fault *fault,
                      const struct outcome *outcome);

/* The part of it that is true of a run that was killed, too: account files old or new, owners old or
 * right, nothing outside changed. */
const char *check_remains(const struct world *world, const struct fault *fault);

/* The declared path is right only when all below it is. */
const char *check_order(const struct world *world);

/* All of the account files and the volume is as it was asked for, and nothing is left over. */
const char *check_finished(const struct world *world);

/* It ran the command, exactly as asked for, and told no error. */
const char *check_ran(const struct world *world);

/* What a run without any fault SAID is no error. */
void check_learn(const char *said);

#endif
