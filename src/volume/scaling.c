/* SPDX-License-Identifier: MIT */
#include "volume/scaling.h"

#include <sched.h>
#include <sys/resource.h>

#include "volume/dir_stack.h"

#define WORKERS_DEFAULT 32

/* Time for one entry, times the number of cores. Local file systems take 3 to 6 us, network file
 * systems more than 40 us. */
#define SLOW_ENTRY_US 40
#define FAST_ENTRY_US 8
#define SMALL_WALK_US 250       /* a walk that ends before needs no second thread */
#define THREADS_PAY_OFF_US 2000 /* before, the start of threads distorts the time */

static size_t count_cores(void)
{
	cpu_set_t set;

	/* EINVAL: the machine has more than 1024 processors. The number of cores is then
	 * unknown. */
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* Returns MOST, or fewer if RLIMIT_NOFILE does not suffice for so many workers; at least 1. */
static size_t limit_by_descriptors(size_t most)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / DIR_STACK_DESCRIPTORS < most)
		most = (size_t)(limit.rlim_cur / DIR_STACK_DESCRIPTORS);
	return most < 1 ? 1 : most;
}

void scaling_init(struct scaling *scaling, size_t jobs)
{
	size_t most = limit_by_descriptors(jobs == 0 ? WORKERS_DEFAULT : jobs);
	size_t cores = jobs == 0 ? count_cores() : jobs;

	scaling->most = most;
	scaling->cores = cores > most ? most : cores;
	scaling->wanted = 1;
}

size_t scaling_judge(const struct scaling *scaling, uint64_t time_us, uint64_t visited)
{
	uint64_t core_time_us = time_us * scaling->cores;

	if (time_us > THREADS_PAY_OFF_US && core_time_us > SLOW_ENTRY_US * visited)
		return scaling->most;
	/* Between FAST_ENTRY_US and SLOW_ENTRY_US the number stays. Below FAST_ENTRY_US it falls
	 * again, because one pause of the machine may have looked like a slow disk. */
	if (time_us > SMALL_WALK_US &&
	    (scaling->wanted == 1 || core_time_us < FAST_ENTRY_US * visited))
		return scaling->cores;
	return scaling->wanted;
}

void scaling_freeze(struct scaling *scaling, size_t count)
{
	scaling->cores = scaling->most = scaling->wanted = count;
}
