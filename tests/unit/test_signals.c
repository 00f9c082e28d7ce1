/* Signals that arrive while owners are changed. */
#include "unit.h"

#include <signal.h>

#include "linux/signals.h"

static void say(const char *line)
{
	(void)!write(STDOUT_FILENO, line, strlen(line));
}

static void catch_and_raise(int number)
{
	signals_catch("doing", "the 'object'\n", say);
	raise(number);
}

static void catch_without_object(int number)
{
	signals_catch("doing", NULL, say);
	raise(number);
}

static void ignore_and_raise(int number)
{
	signal(number, SIG_IGN);
	signals_catch("doing", NULL, say);
	raise(number);
	signals_release();
	assert_true(signal(number, SIG_DFL) == SIG_IGN);
}

/* The command gets the dispositions that there were. */
static void release_and_raise(int number)
{
	signals_catch("doing", NULL, say);
	signals_release();
	signals_catch("doing the second", NULL, say);
	signals_release();
	raise(number);
}

static void release_nothing(int number)
{
	signals_release();
	raise(number);
}

/* How a child ends that does ACT with a signal: with one line, by the signal itself, or not at all. */
TEST(a_caught_signal_ends_the_process_with_one_line)
{
	static const struct {
		void (*act)(int number);
		const char *line;         /* up to the signal */
		bool is_ended, is_killed; /* by exit, by the signal */
	} rows[] = {
		{catch_and_raise, "doing: 'the 'object'\\n': ended by ", .is_ended = true},
		{catch_without_object, "doing: ended by ", .is_ended = true},
		{ignore_and_raise, ""},
		{release_and_raise, "", .is_killed = true},
		{release_nothing, "", .is_killed = true},
	};
	static const struct {
		int number;
		const char *name;
	} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};

	for (size_t i = 0; i < COUNT(rows) * COUNT(signals); i++) {
		size_t row = i / COUNT(signals);
		int number = signals[i % COUNT(signals)].number;
		char said[256] = "";
		char wanted[256] = "";
		int ends[2];
		int status;
		pid_t pid;

		assert_int_equal(pipe(ends), 0);
		pid = start_child();
		if (pid == 0) {
			dup2(ends[1], STDOUT_FILENO);
			/* nohup(1), say, has let this process ignore it. */
			signal(number, SIG_DFL);
			rows[row].act(number);
			_exit(0);
		}
		close(ends[1]);
		assert_true(read(ends[0], said, sizeof(said) - 1) >= 0);
		close(ends[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (rows[row].is_ended)
			snprintf(wanted, sizeof(wanted), "%s%s (the next start begins again)",
			         rows[row].line, signals[i % COUNT(signals)].name);
		/* As wait(2) gives it: an exit status, or a signal. */
		if (strcmp(said, wanted) != 0 || status != (rows[row].is_ended ? (128 + number) << 8
		                                            : rows[row].is_killed ? number
		                                                                  : 0))
			fail_msg("row %zu, signal %d: status %#x, '%s'", row, number, status, said);
	}
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
