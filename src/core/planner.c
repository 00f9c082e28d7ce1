#include "core/planner.h"

#include <errno.h>

bool planner_out_of_memory(const struct planner *planner)
{
	return error_set_errno(planner->error, "planning", NULL, E2BIG, NULL);
}

bool planner_refuse_gid_0(const struct planner *planner, const char *option, const char *word)
{
	return error_set(planner->error, option, word,
	                 "a variable has chosen group 0, which is root's",
	                 "write ':0' in the option itself, or name another group");
}
