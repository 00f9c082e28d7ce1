#ifndef STEPDOWN_RUN_GATHER_H
#define STEPDOWN_RUN_GATHER_H

#include "core/facts.h"
#include "core/options.h"

/* S25: false if this program runs with more than its caller has: installed setuid, setgid or with file
 * capabilities. To be called before anything else, so that no other code runs for such a caller. Asks the
 * auxiliary vector of the kernel (getauxval(3)). */
bool gather_refuse_setuid(struct error *error);

/* Reads the kernel's view of this process, below ETC_FD (-1: there is no /etc) the account files,
 * and who owns each @PATH, as far as OPTIONS and SEMANTICS need them. Changes nothing. */
bool gather_facts(const struct options *options, enum semantics semantics, int etc_fd,
                  struct arena *arena, struct facts *ret_facts, struct error *error);

#endif
