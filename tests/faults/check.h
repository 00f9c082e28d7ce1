#ifndef FAULTS_CHECK_H
#define FAULTS_CHECK_H

#include "world.h"

/* Each check returns NULL, or what does not hold. */

/* This must hold after each run, whatever went wrong. If nothing went wrong, the program has done all that
 * was asked for. */
const char *check_run(const struct world *world, const struct fault *fault,
                      const struct outcome *outcome);

/* This must hold even after SIGKILL: account files are old or new, owners are old or right, and nothing
 * outside has changed. */
const char *check_remains(const struct world *world, const struct fault *fault);

/* The declared path is right only if all below it is. */
const char *check_order(const struct world *world);

/* The account files and the volume are as they were asked for, and nothing is left over. */
const char *check_finished(const struct world *world);

/* The command ran as in the run without a fault, and no error was printed. If IDS is not NULL, the ids are
 * those lines of tests/tools/probe.c. */
const char *check_ran(const struct world *world, const char *ids);

/* Takes the words of the run without a fault: its ERRORS are remarks, and its OUTPUT is what the command sees
 * of itself in each run. */
void check_learn(const char *errors, const char *output);

/* Ends the process if a message that is expected here is none of the file at PATH. */
void check_messages(const char *path);

#endif
