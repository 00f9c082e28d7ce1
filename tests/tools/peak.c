/*
 * peak: what a program and all that it becomes need at most.
 *
 *   peak FILE ROOT COMMAND [ARG]...
 *
 * Runs COMMAND (an absolute path) in ROOT, and ends as it did. FILE gets two numbers: the KiB that were resident at
 * most, and the minor page faults. This program is small, so that what it had itself at the fork does not count.
 *
 * Each processor counts resident pages for itself and tells the sum only every 32 pages (or twice the number of
 * processors, if that is more), so the number may be too small by that much for each. COMMAND runs on two processors.
 */
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int stay_on_two_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return -1;
	for (size_t i = 0; CPU_COUNT(&set) > 2; i++)
		CPU_CLR(i, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	FILE *file;
	pid_t pid;
	int status;

	if (argc < 4)
		return 2;
	pid = fork();
	if (pid == 0) {
		if (stay_on_two_processors() == 0 && chroot(argv[2]) == 0 && chdir("/") == 0)
			execv(argv[3], argv + 3);
		err(2, "%s", argv[3]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		err(2, "wait4");
	file = fopen(argv[1], "we");
	if (file == NULL || fprintf(file, "%ld %ld\n", usage.ru_maxrss, usage.ru_minflt) < 0 ||
	    fclose(file) != 0)
		err(2, "%s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
