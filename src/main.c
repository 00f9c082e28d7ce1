/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/explain.h"
#include "core/options_parse.h"
#include "core/plan_make.h"
#include "core/progress.h"
#include "core/usage.h"
#include "linux/pages.h"
#include "linux/relro.h"
#include "run/exec.h"
#include "run/execute.h"
#include "run/gather.h"
#include "run/look.h"
#include "run/stdio.h"

#define ARENA_BYTES (1 << 20)
/* The text of a dry run. Its size is several times the limit of execve(2) for arguments. */
#define DRY_RUN_BYTES ((size_t)1 << 25)
/* The time between two progress lines. */
#define PROGRESS_LOG_MS 10000
#define PROGRESS_TERMINAL_MS 200
#define CLEAR_LINE "\r\033[K" /* terminal: go to the first column, and clear the line */
#define GOSU_SYNTAX "USER[:GROUP] COMMAND [ARG]..."

/* All state of the program but the arena. */
static struct {
	struct facts facts;
	struct plan plan;
	union {
		struct options options;
		struct gosu_options gosu;
	};
	struct error error;
} state;

static const char version[] = "stepdown " STEPDOWN_VERSION "\n";
static const char *program_name;
static bool progress_is_shown; /* on a terminal, as a line without a newline */

/* Ignores write errors, because stderr is the only place to report them. */
static void print_text(int fd, const char *string)
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

/* Writes the whole line by one call, so that the lines of several processes do not mix. */
static void print_line(const char *message)
{
	const char *const words[] = {progress_is_shown ? CLEAR_LINE : "", program_name, ": ",
	                             message, "\n"};
	struct iovec pieces[5];

	for (size_t i = 0; i < 5; i++) {
		/* iovec has no const; writev does not write there. */
		pieces[i].iov_base = (void *)(uintptr_t)words[i];
		pieces[i].iov_len = strlen(words[i]);
	}
	(void)!writev(STDERR_FILENO, pieces, 5);
}

/* An ownership_progress. On a terminal, draws the line in place of the last one, cut to the width
 * of the terminal, and clears the line if FINISHED. Otherwise prints a new line unless FINISHED. */
static uint32_t show_progress(const char *path, uint64_t visited, uint64_t changed,
                              uint32_t milliseconds, bool finished)
{
	char line[512];
	struct text text = text_in(line, sizeof(line));
	struct winsize size;

	text_format(&text, "%s: ", program_name);
	progress_write(&text, path, visited, changed, milliseconds);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) {
		text_add(&text, "\n");
		if (!finished)
			print_text(STDERR_FILENO, line);
		return PROGRESS_LOG_MS;
	}
	if (text.length > size.ws_col && size.ws_col > 0)
		line[size.ws_col] = '\0';
	print_text(STDERR_FILENO, CLEAR_LINE);
	if (!finished)
		print_text(STDERR_FILENO, line);
	progress_is_shown = !finished;
	return PROGRESS_TERMINAL_MS;
}

/* Opens /etc. *RET_FD is -1 if /etc does not exist. The account files are then empty, and no
 * account can be made. If /etc exists and cannot be opened, that is an error, because names would
 * then get other ids. */
static bool open_etc(int *ret_fd, struct error *error)
{
	*ret_fd = openat(AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd >= 0 || errno == ENOENT ||
	       error_set_errno(error, "reading the accounts", "/etc", errno, NULL);
}

static bool dry_run(const struct plan *plan, const struct reporter *reporter, struct arena *arena,
                    struct error *error)
{
	const struct ownership_report *reports = look_dry_run(plan, reporter, arena, error);
	size_t size = DRY_RUN_BYTES;
	char *buffer;
	struct text text;

	if (reports == NULL || !exec_foresee(plan, arena, error))
		return false;
	/* If memory is short, a smaller buffer usually suffices. */
	while ((buffer = pages_allocate(size, 1)) == NULL && size > 1)
		size /= 2;
	if (buffer == NULL)
		return error_set_errno(error, "planning", NULL, ENOMEM, NULL);
	text = text_in(buffer, size);
	explain_plan(plan, reports, &text);
	print_text(STDOUT_FILENO, buffer);
	return true;
}

static bool run_stepdown(int argc, char *const *argv, struct arena *arena, struct error *error)
{
	struct reporter reporter = {.print_line = print_line, .progress = show_progress};
	const struct options *options = &state.options;
	int etc_fd;

	if (!options_parse(argc, argv, environ, arena, &state.options, error))
		return false;
	if (options->action == ACTION_HELP || options->action == ACTION_VERSION) {
		print_text(STDOUT_FILENO, options->action == ACTION_HELP ? usage_text : version);
		return true;
	}
	reporter.verbosity = options->verbosity;
	if (!open_etc(&etc_fd, error) ||
	    !gather_facts(options, SEMANTICS_STRICT, etc_fd, arena, &state.facts, error) ||
	    !plan_make(options, &state.facts, arena, &state.plan, error))
		return false;
	if (options->dry_run)
		return dry_run(&state.plan, &reporter, arena, error);
	return execute_plan(&state.plan, etc_fd, &reporter, arena, error);
}

static bool run_gosu(enum program program, int argc, char *const *argv, struct arena *arena,
                     struct error *error)
{
	struct reporter reporter = {VERBOSITY_QUIET, print_line, NULL};
	const struct gosu_options *options = &state.gosu;
	int etc_fd;

	if (!gosu_parse(program, argc, argv, &state.gosu, error))
		return false;
	if (options->action == GOSU_USAGE)
		return error_set(error, "usage", NULL, GOSU_SYNTAX, NULL);
	if (options->action == GOSU_VERSION) {
		print_text(STDOUT_FILENO, version);
		return true;
	}
	if (options->action == GOSU_HELP) {
		print_text(STDOUT_FILENO, "usage: ");
		print_text(STDOUT_FILENO, program_name);
		print_text(STDOUT_FILENO, " " GOSU_SYNTAX "\n");
		return true;
	}
	return open_etc(&etc_fd, error) &&
	       gather_facts(&options->options, SEMANTICS_GOSU, etc_fd, arena, &state.facts,
	                    error) &&
	       plan_make_gosu(options, &state.facts, arena, &state.plan, error) &&
	       execute_plan(&state.plan, -1, &reporter, arena, error);
}

static bool run_as(enum program program, int argc, char *const *argv, struct error *error)
{
	struct arena arena;
	void *memory;

	if (!gather_refuse_setuid(error) || !stdio_fill(error) ||
	    (argc > 0 && !gosu_check_name(argv[0], error)))
		return false;
	memory = pages_allocate(ARENA_BYTES, 1);
	arena = arena_in(memory, ARENA_BYTES);
	if (memory == NULL)
		return error_set_errno(error, "starting", NULL, ENOMEM, NULL);
	if (program == PROGRAM_STEPDOWN)
		return run_stepdown(argc, argv, &arena, error);
	return run_gosu(program, argc, argv, &arena, error);
}

int main(int argc, char **argv)
{
	enum program program = gosu_program(argc > 0 ? argv[0] : "stepdown");

#ifdef STEPDOWN_STATIC
	relro_protect();
#endif
	program_name = gosu_program_name(program);
	if (run_as(program, argc, argv, &state.error))
		return 0;
	print_line(state.error.message);
	return program == PROGRAM_STEPDOWN ? state.error.status : GOSU_STATUS_FAILED;
}
