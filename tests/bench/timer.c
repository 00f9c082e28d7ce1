/* usage: timer [OPTION]... NAME=COMMAND...
 *
 * How long each command takes, from its fork to its end. All of them once in each round, so that all
 * see the same noise, and each round in another order, the same for each call of this program: what
 * ran before has emptied the caches, or filled them, and makes a start cheaper or dearer by a tenth.
 * Words of a command are separated by blanks. Prints for every run
 *   NAME <tab> microseconds <tab> peak of resident memory in KiB <tab> anonymous part of it
 * A command that fails ends everything. The commands' own output goes nowhere.
 *
 *   -n ROUNDS    how many rounds (default 5)
 *   -t SECONDS   no further round after this time
 *   -l ROUNDS    but so many there are in any case (default 3)
 *   -b COMMAND   before each run, not timed: makes wrong what the run is to put right
 *   -s           before each run write back what is dirty, so that no run waits for another's data
 *   -d           the same, and drop the kernel's caches
 *   -m           looks at the memory while the command runs, which takes time: without it the peak
 *                is what the kernel says at the end, by counters that are a few hundred KiB too low
 *                or too high; and the anonymous part is not known (0)
 *   -c           with the capabilities that Docker gives, and no others, in all sets
 *
 * To be linked statically: the peak of a child begins with what it had of its parent. */

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 32
#define WORDS_MAX 32

/* chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot
 * mknod audit_write setfcap, by their numbers in <linux/capability.h>, which musl does not have. */
#define DOCKER_CAPABILITIES UINT64_C(0xa80425fb)
#define CAPABILITY_VERSION_3 0x20080522

struct command {
	const char *name;
	char *words[WORDS_MAX];
};

struct result {
	double microseconds;
	long resident, anonymous; /* KiB */
};

struct options {
	unsigned long rounds, least;
	double seconds; /* 0: no limit */
	bool write_back, drop_caches, memory, docker;
	struct command before; /* without a word: nothing to do */
};

static void fail(const char *what, const char *object)
{
	fprintf(stderr, "timer: %s: %s\n", object, what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void split(char *text, const char *name, struct command *ret_command)
{
	size_t count = 0;

	ret_command->name = name;
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
		if (count == WORDS_MAX - 1)
			fail("too many words", name);
		ret_command->words[count++] = word;
	}
	if (count == 0)
		fail("no command", name);
}

static void keep_larger(long *peak, const char *text, const char *key)
{
	const char *found = strstr(text, key);
	long value = found == NULL ? 0 : strtol(found + strlen(key), NULL, 10);

	if (value > *peak)
		*peak = value;
}

/* Nothing changes when the child has no memory any more. */
static void look_at_memory(pid_t child, struct result *result)
{
	char path[64], text[4096];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return;
	text[length] = '\0';
	keep_larger(&result->resident, text, "\nRss:");
	keep_larger(&result->anonymous, text, "\nAnonymous:");
}

static struct result run(struct command *command, bool memory)
{
	struct result result = {0};
	struct rusage usage;
	double start = now();
	pid_t child = vfork();
	pid_t ended;
	int status;

	if (child == 0) {
		/* Who ends this program need not wait for a long walk. */
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
		execv(command->words[0], command->words);
		_exit(127);
	}
	if (child < 0)
		fail("could not be started", command->name);
	while ((ended = wait4(child, &status, memory ? WNOHANG : 0, &usage)) == 0)
		look_at_memory(child, &result);
	result.microseconds = now() - start;
	if (ended != child || status != 0)
		fail(WIFEXITED(status) && WEXITSTATUS(status) == 127 ? "not found" : "failed",
		     command->name);
	if (!memory)
		result.resident = usage.ru_maxrss;
	return result;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1)
		fail("cannot be written to", "/proc/sys/vm/drop_caches");
	close(fd);
}

static void prepare(struct options *options)
{
	if (options->before.words[0] != NULL)
		run(&options->before, false);
	if (options->write_back)
		sync();
	if (options->drop_caches)
		drop_caches();
}

/* The bounding set first: to lower it takes CAP_SETPCAP. */
static void become_docker(void)
{
	uint32_t low = (uint32_t)DOCKER_CAPABILITIES;
	struct {
		uint32_t version;
		int pid;
	} header = {CAPABILITY_VERSION_3, 0};
	struct {
		uint32_t effective, permitted, inheritable;
	} sets[2] = {{low, low, 0}, {0, 0, 0}};

	for (unsigned capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
	     capability++) {
		if (!(DOCKER_CAPABILITIES >> capability & 1) &&
		    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
			fail("cannot be lowered", "the bounding set");
	}
	if (syscall(SYS_capset, &header, sets) != 0)
		fail("cannot be set", "the capabilities");
}

/* What the commands print is lost; what is returned is the standard output as it was. */
static FILE *take_output(void)
{
	int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	FILE *output = copy < 0 ? NULL : fdopen(copy, "w");

	if (output == NULL || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    dup2(nothing, STDOUT_FILENO) < 0)
		fail("cannot be taken", "the standard output");
	return output;
}

/* Fisher and Yates; the numbers are Marsaglia's xorshift64. */
static void shuffle(size_t *order, size_t count, uint64_t *state)
{
	for (size_t left = count; left > 1; left--) {
		size_t chosen, last = order[left - 1];

		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		chosen = (size_t)(*state % left);
		order[left - 1] = order[chosen];
		order[chosen] = last;
	}
}

static void measure(struct options *options, struct command *commands, size_t count)
{
	FILE *output = take_output();
	double begin = now();
	uint64_t state = 1;
	size_t order[COMMANDS_MAX];

	for (size_t i = 0; i < count; i++)
		order[i] = i;

	for (unsigned long round = 0; round < options->rounds; round++) {
		if (round >= options->least && options->seconds > 0 &&
		    now() - begin > options->seconds * 1e6)
			break;
		shuffle(order, count, &state);
		for (size_t i = 0; i < count; i++) {
			struct command *command = &commands[order[i]];
			struct result result;

			prepare(options);
			result = run(command, options->memory);
			fprintf(output, "%s\t%.1f\t%ld\t%ld\n", command->name, result.microseconds,
			        result.resident, result.anonymous);
		}
	}
	if (fclose(output) != 0)
		fail("cannot be written to", "the standard output");
}

static void read_options(int argc, char **argv, struct options *ret_options)
{
	int letter;

	while ((letter = getopt(argc, argv, "+n:t:l:b:sdmc")) != -1) {
		switch (letter) {
		case 'n':
			ret_options->rounds = strtoul(optarg, NULL, 10);
			break;
		case 't':
			ret_options->seconds = strtod(optarg, NULL);
			break;
		case 'l':
			ret_options->least = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			split(optarg, "before", &ret_options->before);
			break;
		case 's':
			ret_options->write_back = true;
			break;
		case 'd':
			ret_options->write_back = ret_options->drop_caches = true;
			break;
		case 'm':
			ret_options->memory = true;
			break;
		case 'c':
			ret_options->docker = true;
			break;
		default:
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	struct options options = {.rounds = 5, .least = 3};
	size_t count = 0;

	read_options(argc, argv, &options);
	for (char **argument = argv + optind; *argument != NULL; argument++) {
		char *text = strchr(*argument, '=');

		if (text == NULL || count == COMMANDS_MAX)
			fail("is not NAME=COMMAND, or one too many", *argument);
		*text++ = '\0';
		split(text, *argument, &commands[count++]);
	}
	if (count == 0 || options.rounds == 0) {
		fputs("usage: timer [OPTION]... NAME=COMMAND...\n", stderr);
		return 2;
	}
	if (options.docker)
		become_docker();
	measure(&options, commands, count);
	return 0;
}
