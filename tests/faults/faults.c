/*
 * faults: runs a program under test again and again, each time with something that goes wrong, and checks each
 * time that what the program promises holds all the same.
 *
 *   faults DIRECTORY STEPDOWN PROBE MESSAGES faults|kills|rooms|together|all [ROW]...
 *
 * DIRECTORY is empty, and covered in mount namespaces of this program's own. MESSAGES is tests/common/messages.
 * Each ROW is a pattern.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "check.h"
#include "parts.h"
#include "tools.h"

#define TASKS 65536
#define PROCESSORS 64
#define BREACHES_SHOWN 3
#define SETTLING_WORLDS 48 /* while one settles the others are used */

/* The tasks of a row, in memory that all processes share. */
static struct queue {
	struct task tasks[TASKS];
	size_t count;
	atomic_size_t next;
	atomic_size_t held;
	atomic_size_t hits;
	atomic_size_t breaches;
	struct outcome outcome; /* of the run in which nothing goes wrong */
	char errors[65536];
	char output[16384];
} * queue;

static char **arguments;
static size_t rows, runs;

void part_add(struct task task)
{
	if (queue->count == TASKS)
		die("too many tasks");
	queue->tasks[queue->count++] = task;
}

static bool is_wanted(const char *name)
{
	char **patterns = arguments + 6;

	for (size_t i = 0; patterns[i] != NULL; i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return patterns[0] == NULL;
}

static void show(const char *label, const char *text)
{
	printf("#   %s\n", label);
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		printf("#     %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void show_breach(const struct world *world, const struct task *task,
                        const struct fault *fault, const char *breach)
{
	static const char *const deeds[] = {
		[DEED_NONE] = "does nothing special",
		[DEED_FAIL] = "fails",
		[DEED_LIE] = "lies",
		[DEED_LATE] = "fails after it was done",
		[DEED_SHORT] = "is cut short",
		[DEED_KILL_BEFORE] = "is not begun",
		[DEED_KILL_AFTER] = "is the last",
		[DEED_EVENT] = "sees an event",
	};

	if (atomic_fetch_add(&queue->breaches, 1) >= BREACHES_SHOWN)
		return;
	show("this does not hold:", breach);
	printf("#   call %ld of its kind, %s(%lld, \"%s\", …) %s%s, %s\n", task->index,
	       calls_name(fault->call.number), (long long)fault->call.arguments[0], fault->path,
	       deeds[fault->deed], fault->always ? " from here on" : "", strerror(fault->errnum));
	show("stderr:", world->error_text);
	fflush(stdout);
}

static pid_t begin_process(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid != 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		die("prctl");
	world_open_all(arguments[1], arguments[2], arguments[3]);
	return 0;
}

static void end_process(void)
{
	fflush(stdout);
	_exit(0);
}

static void wait_for_process(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (status != 0)
		_exit(2);
}

/* Runs the command line once without any fault. */
static void learn(const struct scenario *scenario)
{
	static struct world world;
	const struct task none = {.index = 0};
	struct fault fault = {.deed = DEED_NONE};
	const char *breach;
	pid_t pid = begin_process();

	if (pid != 0) {
		wait_for_process(pid);
		return;
	}
	world_make(&world, 0, scenario, NULL);
	world_run(&world, &fault, &queue->outcome);
	memcpy(queue->errors, world.error_text, sizeof(queue->errors));
	memcpy(queue->output, world.output_text, sizeof(queue->output));
	check_learn(queue->errors, queue->output);
	breach = check_run(&world, &fault, &queue->outcome);
	if (breach != NULL)
		show_breach(&world, &none, &fault, breach);
	end_process();
}

static void work(const struct part *part, const struct scenario *scenario)
{
	static struct world worlds[SETTLING_WORLDS];
	unsigned count = scenario->settled ? SETTLING_WORLDS : 1;
	size_t next;

	check_learn(queue->errors, queue->output);
	for (unsigned i = 0; i < count; i++)
		world_make(&worlds[i], i, scenario, NULL);
	for (unsigned i = 0; queue->breaches == 0; i = (i + 1) % count) {
		struct fault fault = {.deed = DEED_NONE};
		bool hit = false;
		const char *breach;

		next = atomic_fetch_add(&queue->next, 1);
		if (next >= queue->count)
			break;
		breach = part->make(&worlds[i], &queue->tasks[next], &fault, &hit);
		if (breach != NULL)
			show_breach(&worlds[i], &queue->tasks[next], &fault, breach);
		atomic_fetch_add(&queue->held, breach == NULL);
		atomic_fetch_add(&queue->hits, hit);
		world_restore(&worlds[i]);
	}
}

/* A tracer and what it traces take turns, which is several times faster on one processor. Ignores errors,
 * because this process may not be allowed to use all processors. */
static void stay_on(long processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static void work_on_all_processors(const struct part *part, const struct scenario *scenario)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pids[PROCESSORS];

	if (count > PROCESSORS)
		count = PROCESSORS;
	for (long i = 0; i < count; i++) {
		pids[i] = begin_process();
		if (pids[i] == 0) {
			stay_on(i);
			work(part, scenario);
			end_process();
		}
	}
	for (long i = 0; i < count; i++)
		wait_for_process(pids[i]);
}

bool part_run_row(const struct part *part, const struct scenario *scenario, int way)
{
	bool ok;

	if (!is_wanted(scenario->name))
		return true;
	memset(queue, 0, sizeof(*queue));
	learn(scenario);
	if (queue->breaches == 0) {
		part->list(scenario, &queue->outcome, way);
		work_on_all_processors(part, scenario);
	}
	ok = queue->count > 0 && queue->held == queue->count &&
	     queue->hits * 100 >= queue->count * part->least_hits_percent;
	printf("%sok - %s: %s\n", ok ? "" : "not ", part->name, scenario->name);
	if (!ok)
		printf("# %zu runs, %zu held, in %zu something went wrong\n", queue->count,
		       queue->held, queue->hits);
	rows++;
	runs += queue->count;
	return ok;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
	} parts[] = {
		{"faults", part_faults},
		{"kills", part_kills},
		{"rooms", part_rooms},
		{"together", part_together},
	};
	int fd = open("/dev/null", O_RDONLY);
	bool ok = true;

	if (argc < 6 || fd < 0 || dup2(fd, 0) != 0 || close_range(3, ~0U, 0) != 0)
		die("faults");
	arguments = argv;
	check_messages(argv[4]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	queue = mmap(NULL, sizeof(*queue), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	             0);
	if (queue == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(parts[i].name, argv[5]) != 0 && strcmp(argv[5], "all") != 0)
			continue;
		rows = runs = 0;
		ok = parts[i].run() && ok;
		printf("# %s: %zu command lines, %zu runs\n", parts[i].name, rows, runs);
	}
	return ok ? 0 : 1;
}
