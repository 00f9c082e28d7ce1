/* SPDX-License-Identifier: MIT */
#include "linux/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "base/text.h"

enum { ENDING_SIGNALS = 3, LINE_BYTES = 700 };

static const struct {
	int number;
	char name[8];
} ending_signals[ENDING_SIGNALS] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};

/* The state of the handler. */
static struct catcher {
	struct {
		bool is_caught;
		struct sigaction before;
		char line[LINE_BYTES];
	} signals[ENDING_SIGNALS];
	void (*print_line)(const char *line);
} catcher;

static void end_by_signal(int number)
{
	for (size_t i = 0; i < ENDING_SIGNALS; i++) {
		if (ending_signals[i].number == number)
			catcher.print_line(catcher.signals[i].line);
	}
	_exit(128 + number);
}

static void write_ending_line(char line[static LINE_BYTES], const char *doing, const char *object,
                              const char *name)
{
	struct text text = text_in(line, LINE_BYTES);

	text_add(&text, doing);
	text_add(&text, ": ");
	if (object != NULL) {
		text_add_quoted(&text, slice_of(object));
		text_add(&text, ": ");
	}
	text_format(&text, "ended by %s (the next start begins again)", name);
}

void signals_catch(const char *doing, const char *object, void (*print_line)(const char *line))
{
	struct sigaction action = {.sa_handler = end_by_signal};

	catcher.print_line = print_line;
	/* The handler blocks all of these signals, so that a second one prints no second line. */
	for (size_t i = 0; i < ENDING_SIGNALS; i++)
		sigaddset(&action.sa_mask, ending_signals[i].number);
	for (size_t i = 0; i < ENDING_SIGNALS; i++) {
		struct sigaction *before = &catcher.signals[i].before;

		write_ending_line(catcher.signals[i].line, doing, object, ending_signals[i].name);
		catcher.signals[i].is_caught =
			sigaction(ending_signals[i].number, NULL, before) == 0 &&
			before->sa_handler != SIG_IGN &&
			sigaction(ending_signals[i].number, &action, NULL) == 0;
	}
}

void signals_release(void)
{
	for (size_t i = 0; i < ENDING_SIGNALS; i++) {
		if (catcher.signals[i].is_caught)
			(void)sigaction(ending_signals[i].number, &catcher.signals[i].before, NULL);
	}
}
