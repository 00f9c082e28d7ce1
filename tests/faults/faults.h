#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct world;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* If something is wrong with the surroundings and not with the program under test, err(3) ends the process
 * with this status. */
#define BROKEN 2

/* --- tracer.c: runs a program under ptrace(2) until it executes another one or ends ------------------- */

struct call {
	long number;
	uint64_t arguments[6];
};

/* The kind of a call is its number, and the option of prctl(2) or the command of futex(2) above. */
#define KIND(number, option) ((number) + ((long)(option) << 16))
#define ANY_KIND (-1)
long kind_of(const struct call *call);

enum deed {
	DEED_NONE,
	DEED_FAIL,  /* the call is not made, and returns an errno */
	DEED_LIE,   /* the call is not made, and returns 0 */
	DEED_LATE,  /* the call is made, and returns an errno */
	DEED_SHORT, /* the call reads or writes less than it was asked for */
	DEED_KILL,  /* SIGKILL when the call begins: it does nothing */
	DEED_EVENT, /* something happens outside while the program stands before the call */
};

/* The one thing that goes wrong in a run. */
struct fault {
	enum deed deed;
	int errnum;
	long kind;
	long index;  /* of the call among those of the kind, from 1; 0: no call goes wrong */
	bool always; /* each further call of the kind goes wrong, too */
	void (*event)(struct world *world);
	/* Filled in: the call that went wrong, and its path. If none did, the deed is DEED_NONE. */
	struct call call;
	char path[64];
};

/* The kernel answers this to all calls of a number, without making them. A list ends with the number 0. */
struct answer {
	long number;
	long result; /* a negative errno is an error */
};

struct outcome {
	bool executed; /* the program executed another one */
	int status;    /* as of waitpid(2) */
	size_t call_count;
	struct call calls[8192]; /* those with a fixed answer are left out */
};

/* Follows the process of WORLD, which called PTRACE_TRACEME directly before its execve(2), with the fault of WORLD and
 * the answers of its scenario. */
void tracer_follow(struct world *world);
extern size_t tracer_hits; /* runs in which something went wrong */

/* --- scenario.c: a command line, where it starts, and what must come of it ---------------------------- */

/* A path of the world besides /etc, or one that --mkdir makes. */
struct entry {
	const char *path;
	/* 'd'irectory, 'f'ile, 'l'ink to /outside/secret, 'h'ard link to it, 'm'ount of /outside, 'n'ew
	 * directory, which is made. Afterwards it is the user's; with a capital letter it stays as it is:
	 * {"/data", 'D', 33} is a directory of 33 that must stay so. */
	char kind;
	uid_t id;    /* of the user and of the group that own it before */
	mode_t mode; /* 0: the usual one */
};

struct scenario {
	const char *name;
	const char *words;            /* between blanks, with the program; the probe follows */
	const struct start *start;    /* the process as it starts; NULL: as a container's */
	const struct answer *answers; /* what this kernel answers without making the call */
	bool mounts_files;            /* passwd and group are mounts, as with docker run -v */
	const char *new_passwd;       /* NULL: as it was */
	const char *new_group;
	const struct entry *entries; /* the declared path is the first; end with a path of NULL */
	uid_t uid;                   /* owns the entries afterwards; 0: app */
	gid_t gid;
	bool settled; /* starts when the directories are old enough to be trusted */
};

extern const struct scenario scenarios[]; /* end with a name of NULL */
extern const char old_passwd[];
extern const char old_group[];

/* Returns whether OPTION stands in its words, but not as the last word. */
bool scenario_has(const struct scenario *scenario, const char *option);
const struct scenario *scenario_find(const char *name);
/* Makes this process one that may start the program. */
void scenario_become(const struct scenario *scenario);

/* --- world.c: a small root directory with /etc, /bin, /proc, /data, /outside -------------------------- */

struct world {
	const struct scenario *scenario;
	const struct world *host; /* the world whose /data and accounts it has; NULL: its own */
	char path[256];
	/* A run. */
	pid_t pid;
	struct fault fault;
	struct outcome outcome;
	int output[2]; /* pipes */
	int errors[2];
	char output_text[16384];
	char error_text[65536];
};

/* Returns a path in a buffer of its own, which is good until eight others have been made. */
__attribute__((format(printf, 1, 2))) const char *path_of(const char *format, ...);

/* Reads all of FD and closes it. Returns the length, at most SIZE - 1. A zero byte follows. */
size_t read_stream(int fd, char *buffer, size_t size);

/* A null device of these worlds alone, which is the standard input of each start. */
extern int world_input;

/* Makes a mount namespace with an empty tmpfs on DIRECTORY. PROGRAMS is /bin of all worlds. */
void world_open_all(const char *directory, const char *programs);

/* Makes world number NUMBER. With a HOST, its /data is that of the host, and so is /etc, or the account files
 * alone if the scenario mounts them. */
void world_make(struct world *world, unsigned number, const struct scenario *scenario,
                const struct world *host);

/* Makes everything as before the first run, or as the scenario asks for. */
enum state { AS_BEFORE, AS_ASKED_FOR };
void world_set(struct world *world, enum state state);

/* Removes all but the account files from DIRECTORY, which is /etc, if REMOVES is true. Returns whether there
 * was more than the lock. */
bool world_find_others(const char *directory, bool removes);

/* Runs the program of the scenario with the fault, and collects what it printed. */
void world_run(struct world *world);

/* Starts the program alone. If it IS_TRACED, tracer_follow() must follow. */
void world_start(struct world *world, bool is_traced);
bool world_has_ended(const struct world *world);
/* Waits until the program has ended. */
void world_collect(struct world *world);

/* --- remains.c: what a run leaves behind. Each check returns NULL, or what does not hold --------------- */

struct remains {
	const char *breach; /* NULL, or a path that is neither as before nor as asked for */
	bool has_accounts;  /* as asked for */
	bool has_volume;
	bool has_top; /* the declared path is as asked for, and was not so before */
	bool has_left_over;
};

struct remains remains_of(const struct world *world);

/* Notes what each path is like before a run and what the scenario asks for. WORLD is as before the first run,
 * and is so again. */
void remains_learn(struct world *world);

/* This must hold even after SIGKILL: account files are old or new, owners are old or right, nothing outside
 * has changed, and the declared path is right only if all below it is. */
const char *check_killed(const struct world *world);

/* The account files and the volume are as they were asked for, and nothing is left over. */
const char *check_finished(const struct world *world);

/* The kernel says that there are no accounts. */
bool is_without_accounts(const struct fault *fault);

/* Returns a text in the buffer of all breaches. */
__attribute__((format(printf, 1, 2))) const char *breach_of(const char *format, ...);

/* --- check.c: what was said, and what the command saw -------------------------------------------------- */

/* Takes the words of the run without a fault: its ERRORS are remarks, and its OUTPUT is what the command sees
 * of itself in each run. */
void check_learn(const char *errors, const char *output);

/* This must hold after each run, whatever went wrong. If nothing went wrong, the program has done all that
 * was asked for. */
const char *check_run(const struct world *world);

/* The command ran as in the run without a fault, and no error was printed. If IDS is not NULL, the ids are
 * those lines of tests/tools/probe.c. */
const char *check_ran(const struct world *world, const char *ids);

/* --- part_*.c: each runs command lines again and again, with something else going wrong in each run ----- */

struct row {
	const char *name;     /* also of the scenario, if that is NULL */
	const char *scenario; /* its name */
	int way;              /* for the functions of the part */
};

struct part {
	const char *name;
	const struct row *rows; /* end with a name of NULL; NULL: a row for each scenario */
	/* Adds the faults of a row. OUTCOME is that of a run in which nothing goes wrong. */
	void (*list)(const struct scenario *scenario, const struct outcome *outcome);
	/* Makes a run with the fault of WORLD, and returns NULL or what does not hold. */
	const char *(*make)(struct world *world, int way);
};

extern const struct part part_faults, part_kills, part_together;

/* These are for PART.list. */
void part_add(struct fault fault);
extern size_t part_calls; /* so many are drawn */

#endif
