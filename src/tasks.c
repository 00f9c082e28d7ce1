#include "tasks.h"

#include <sys/stat.h>

size_t tasks_count(void)
{
	struct stat status;

	/* A link for itself, one for its name, and one for each thread (proc(5)). */
	if (stat("/proc/self/task", &status) != 0 || status.st_nlink < 3)
		return 0;
	return (size_t)status.st_nlink - 2;
}
