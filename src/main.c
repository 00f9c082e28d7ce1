#include <fcntl.h>
#include <stdalign.h>
#include <sys/uio.h>
#include <unistd.h>

#include "apply.h"
#include "explain.h"
#include "relro.h"

#define ARENA_SIZE (1 << 20)
#define DRY_RUN_SIZE (1 << 16)

static const char version[] = "stepdown " STEPDOWN_VERSION "\n";
static const char *program_name = "stepdown";

/* Best effort: there is nobody to tell that telling failed. */
static void print(int fd, const char *string)
{
	size_t length = strlen(string);

	while (length > 0) {
		ssize_t written = write(fd, string, length);

		if (written <= 0)
			return;
		string += written;
		length -= (size_t)written;
	}
}

/* One write for the whole line, so that lines of several processes do not mix. */
static void say(const char *message)
{
	const char *const words[] = {program_name, ": ", message, "\n"};
	struct iovec pieces[4];

	for (size_t i = 0; i < 4; i++) {
		/* iovec has no const; writev does not write there. */
		pieces[i].iov_base = (void *)(uintptr_t)words[i];
		pieces[i].iov_len = strlen(words[i]);
	}
	(void)!writev(STDERR_FILENO, pieces, 4);
}

static int fail(const struct error *error)
{
	say(error->message);
	return error->status;
}

/* -1 when there is none: the account files are then empty, and none can be made. */
static int open_etc(void)
{
	return openat(AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool dry_run(const struct plan *plan, struct arena *arena, struct error *error)
{
	static char buffer[DRY_RUN_SIZE];
	struct text text = text_in(buffer, sizeof(buffer));
	const struct volume_report *reports = apply_look(plan, arena, error);

	if (reports == NULL)
		return false;
	explain_plan(plan, reports, &text);
	print(STDOUT_FILENO, buffer);
	return true;
}

static int run_stepdown(int argc, char *const *argv, struct arena *arena)
{
	struct talk talk = {.say = say};
	struct options options;
	struct world world;
	struct plan plan;
	struct error error;
	int etc_fd;

	if (!options_parse(argc, argv, environ, arena, &options, &error))
		return fail(&error);
	if (options.action == ACTION_HELP || options.action == ACTION_VERSION) {
		print(STDOUT_FILENO, options.action == ACTION_HELP ? options_help : version);
		return 0;
	}
	talk.verbosity = options.verbosity;
	etc_fd = open_etc();
	if (world_read(&options.user, &options, etc_fd, arena, &world, &error) &&
	    plan_make(&options, &world, arena, &plan, &error) && apply_check(&plan, &error) &&
	    (options.dry_run ? dry_run(&plan, arena, &error)
	                     : apply_steps(&plan, etc_fd, &talk, arena, &error)))
		return 0;
	return fail(&error);
}

static void print_usage(int fd)
{
	print(fd, "usage: ");
	print(fd, program_name);
	print(fd, " USER[:GROUP] COMMAND [ARG]...\n");
}

static int run_compat(enum program program, int argc, char *const *argv, struct arena *arena)
{
	struct talk talk = {VERBOSITY_QUIET, say};
	struct compat_options options;
	struct world world;
	struct plan plan;
	struct error error;

	program_name = compat_name(program);
	if (compat_parse(program, argc, argv, &options, &error)) {
		switch (options.action) {
		case COMPAT_VERSION:
			print(STDOUT_FILENO, version);
			return 0;
		case COMPAT_HELP:
			print_usage(STDOUT_FILENO);
			return 0;
		case COMPAT_USAGE:
			print_usage(STDERR_FILENO);
			return COMPAT_STATUS_FAILED;
		case COMPAT_RUN:
			break;
		}
		if (world_read(&options.user, NULL, open_etc(), arena, &world, &error) &&
		    plan_make_compat(&options, &world, arena, &plan, &error))
			(void)apply_steps(&plan, -1, &talk, arena, &error);
	}
	(void)fail(&error);
	return COMPAT_STATUS_FAILED;
}

int main(int argc, char **argv)
{
	/* Zero pages of the kernel's until they are touched. */
	static alignas(max_align_t) char memory[ARENA_SIZE];
	struct arena arena = arena_in(memory, sizeof(memory));
	enum program program = compat_program(argc > 0 ? argv[0] : "stepdown");

#ifdef __PIE__ /* at a fixed address nothing is relocated */
	relro_protect();
#endif
	if (program == PROGRAM_STEPDOWN)
		return run_stepdown(argc, argv, &arena);
	return run_compat(program, argc, argv, &arena);
}
