/* usage: startup ROUNDS [NAME=COMMAND LINE]...
 *
 * What each command line costs over the first, which is to be the bare command: fork, execve and
 * wait of each in turn, round by round, so that all see the same noise. Words of a command line are
 * separated by blanks. Prints medians in microseconds, and the cost over the first as a multiple
 * of the second's cost. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 16
#define WORDS_MAX 32

struct line {
	const char *name;
	char *words[WORDS_MAX];
	double *samples;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double run_once(struct line *line)
{
	double start = now();
	pid_t child = vfork();
	int status;

	if (child == 0) {
		execv(line->words[0], line->words);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		fprintf(stderr, "startup: %s: did not run or failed\n", line->name);
		exit(1);
	}
	return now() - start;
}

static int compare(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return (difference > 0) - (difference < 0);
}

static void split(char *argument, struct line *line)
{
	char *command = strchr(argument, '=');
	size_t count = 0;

	if (command == NULL) {
		fprintf(stderr, "startup: '%s' is not NAME=COMMAND\n", argument);
		exit(2);
	}
	*command++ = '\0';
	line->name = argument;
	for (char *word = strtok(command, " "); word != NULL && count < WORDS_MAX - 1;
	     word = strtok(NULL, " "))
		line->words[count++] = word;
}

int main(int argc, char **argv)
{
	static struct line lines[LINES_MAX];
	size_t count = (size_t)argc - 2;
	size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	double bare, unit;

	if (rounds == 0 || count > LINES_MAX) {
		fputs("usage: startup ROUNDS NAME=COMMAND NAME=COMMAND...\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		split(argv[i + 2], &lines[i]);
		lines[i].samples = calloc(rounds, sizeof(double));
		if (lines[i].samples == NULL)
			return 1;
	}
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			lines[i].samples[round] = run_once(&lines[i]);
	}
	for (size_t i = 0; i < count; i++)
		qsort(lines[i].samples, rounds, sizeof(double), compare);
	bare = lines[0].samples[rounds / 2];
	unit = lines[1].samples[rounds / 2] - bare;
	printf("%-12s %10s %10s %8s\n", "", "median us", "over bare", "ratio");
	for (size_t i = 0; i < count; i++) {
		double median = lines[i].samples[rounds / 2];

		printf("%-12s %10.0f %10.0f %8.2f\n", lines[i].name, median, median - bare,
		       (median - bare) / unit);
	}
	return 0;
}
