/*
 * peak: how much memory a program had at most.
 *
 *   peak FILE ROOT COMMAND [ARG]...
 *
 * Runs COMMAND (an absolute path) in ROOT, writes to FILE the KiB that were resident at most, in it and in all that it became,
 * and ends as it did. This program is small, so that what it had itself at the fork does not count.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	FILE *file;
	pid_t pid;
	int status;

	if (argc < 4) {
		fputs("usage: peak FILE ROOT COMMAND [ARG]...\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		if (chroot(argv[2]) == 0 && chdir("/") == 0)
			execv(argv[3], argv + 3);
		perror(argv[3]);
		return 2;
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("peak");
		return 2;
	}
	file = fopen(argv[1], "we");
	if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0) {
		perror(argv[1]);
		return 2;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
