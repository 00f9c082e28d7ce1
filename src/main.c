#include <fcntl.h>
#include <stdalign.h>
#include <unistd.h>

#include "apply.h"
#include "explain.h"
#include "relro.h"

#define ARENA_SIZE (1 << 20)
#define DRY_RUN_SIZE (1 << 16)

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
	char line[4096];
	struct text text = text_in(line, sizeof(line) - 1);

	text_add(&text, program_name);
	text_add(&text, ": ");
	text_add(&text, message);
	line[text.length] = '\n';
	line[text.length + 1] = '\0';
	print(STDERR_FILENO, line);
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

static int dry_run(const struct plan *plan, struct arena *arena, struct error *error)
{
	const struct volume_report *reports = apply_look(plan, arena, error);
	char *buffer = arena_allocate(arena, DRY_RUN_SIZE, 1);
	struct text text;

	if (reports == NULL)
		return fail(error);
	if (buffer == NULL) {
		error_set(error, "explaining", NULL, "the arguments are too large", NULL);
		return fail(error);
	}
	text = text_in(buffer, DRY_RUN_SIZE);
	explain_plan(plan, reports, &text);
	print(STDOUT_FILENO, buffer);
	return 0;
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
		print(STDOUT_FILENO, options.action == ACTION_HELP ? options_help
		                                                   : "stepdown " STEPDOWN_VERSION
		                                                     "\n");
		return 0;
	}
	talk.verbosity = options.verbosity;
	etc_fd = open_etc();
	if (!world_check_caller(&error) ||
	    !world_read(&options, etc_fd, environ, arena, &world, &error) ||
	    !plan_make(&options, &world, arena, &plan, &error) || !apply_check(&plan, &error))
		return fail(&error);
	if (options.dry_run)
		return dry_run(&plan, arena, &error);
	if (!apply_steps(&plan, etc_fd, &talk, arena, &error))
		return fail(&error);
	return 0;
}

static int print_compat(enum compat_action action)
{
	int fd = action == COMPAT_USAGE ? STDERR_FILENO : STDOUT_FILENO;

	if (action == COMPAT_VERSION) {
		print(fd, "stepdown " STEPDOWN_VERSION "\n");
		return 0;
	}
	print(fd, "usage: ");
	print(fd, program_name);
	print(fd, " USER[:GROUP] COMMAND [ARG]...\n");
	return action == COMPAT_USAGE ? COMPAT_STATUS_FAILED : 0;
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
		if (options.action != COMPAT_RUN)
			return print_compat(options.action);
		if (world_check_caller(&error) &&
		    world_read_compat(&options, open_etc(), environ, arena, &world, &error) &&
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
