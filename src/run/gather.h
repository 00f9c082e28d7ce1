/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_RUN_GATHER_H
#define STEPDOWN_RUN_GATHER_H

#include "core/facts.h"
#include "core/options.h"

/* Returns false and sets *error if this program runs with more rights than its caller has (S25):
 * installed setuid, setgid or with file capabilities. Reads the auxiliary vector of the kernel
 * (getauxval(3)). Must be called before anything else, so that no other code runs for such a
 * caller. */
bool gather_refuse_setuid(struct error *error);

/* Reads the facts that OPTIONS and SEMANTICS need: the credentials, the account files below ETC_FD,
 * and the owner of each @PATH. ETC_FD is -1 if there is no /etc. Changes nothing. Returns false and
 * sets *error on failure; *ret_facts is then untouched. */
bool gather_facts(const struct options *options, enum semantics semantics, int etc_fd,
                  struct arena *arena, struct facts *ret_facts, struct error *error);

#endif
