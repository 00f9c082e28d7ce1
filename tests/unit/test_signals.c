/* Signals that arrive while owners are changed. */
#include "unit.h"

#include <signal.h>
#include <sys/mman.h>

#include "linux/signals.h"

static char *said; /* shared with the children */

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

/* Further signals wait, and print no line. */
static void say(const char *line)
{
	strcat(said, line);
	for (size_t i = 0; i < COUNT(signals); i++)
		raise(signals[i]);
}

static const struct row {
	unsigned catches;
	const char *object;
	bool is_released;
	bool is_ignored; /* before, as by nohup(1) */
	/* Up to the signal; NULL: there is none, and the disposition is as before. */
	const char *line;
} rows[] = {
	{1, "the 'object'\n", .line = "doing: 'the 'object'\\n': ended by "},
	{1, NULL, .line = "doing: ended by "},
	{1, NULL, .is_ignored = true},
	{2, NULL, .is_released = true},
	{0, NULL, .is_released = true},
};

static void catch_and_raise(const struct row *row, int number)
{
	signal(number, row->is_ignored ? SIG_IGN : SIG_DFL);
	for (unsigned i = 0; i < row->catches; i++) {
		signals_release();
		signals_catch("doing", row->object, say);
	}
	if (row->is_released)
		signals_release();
	raise(number);
	signals_release();
	_exit(signal(number, SIG_DFL) == SIG_IGN ? 0 : 1);
}

TEST(a_caught_signal_ends_the_process_with_one_line)
{
	said = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < COUNT(rows) * COUNT(signals); i++) {
		const struct row *row = &rows[i / COUNT(signals)];
		int number = signals[i % COUNT(signals)];
		/* As wait(2) gives it: an exit status, or a signal. */
		int ends = row->line != NULL ? (128 + number) << 8 : row->is_ignored ? 0 : number;
		char wanted[256] = "";
		int status;
		pid_t pid;

		said[0] = '\0';
		pid = start_child();
		if (pid == 0)
			catch_and_raise(row, number);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (row->line != NULL)
			snprintf(wanted, sizeof(wanted), "%sSIG%s (the next start begins again)",
			         row->line, sigabbrev_np(number));
		if (strcmp(said, wanted) != 0 || status != ends)
			fail_msg("row %zu, signal %d: status %#x, '%s'", i / COUNT(signals), number,
			         status, said);
	}
}
