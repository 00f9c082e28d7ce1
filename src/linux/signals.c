#include "linux/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "base/text.h"
#include "linux/pages.h"

enum { ENDINGS = 3, LINE_SIZE = 700 };

static const struct {
	int number;
	char name[8];
} endings[ENDINGS] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};

/* Taken when signals are first caught, which few starts do. */
struct catcher {
	struct {
		bool is_caught;
		struct sigaction before;
		char line[LINE_SIZE];
	} of[ENDINGS];
	void (*print_line)(const char *line);
};

static struct catcher *catcher;

static void end(int number)
{
	for (size_t i = 0; i < ENDINGS; i++) {
		if (endings[i].number == number)
			catcher->print_line(catcher->of[i].line);
	}
	_exit(128 + number);
}

static void write_line(char line[static LINE_SIZE], const char *doing, const char *object,
                       const char *name)
{
	struct text text = text_in(line, LINE_SIZE);

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
	struct sigaction action = {.sa_handler = end};

	if (catcher == NULL)
		catcher = pages_allocate(1, sizeof(*catcher));
	if (catcher == NULL)
		return; /* the walk will say that memory is used up */
	catcher->print_line = print_line;
	/* While one of them is at work, none of the others begins a second line. */
	for (size_t i = 0; i < ENDINGS; i++)
		sigaddset(&action.sa_mask, endings[i].number);
	for (size_t i = 0; i < ENDINGS; i++) {
		struct sigaction *before = &catcher->of[i].before;

		write_line(catcher->of[i].line, doing, object, endings[i].name);
		catcher->of[i].is_caught = sigaction(endings[i].number, NULL, before) == 0 &&
		                           before->sa_handler != SIG_IGN &&
		                           sigaction(endings[i].number, &action, NULL) == 0;
	}
}

void signals_release(void)
{
	for (size_t i = 0; catcher != NULL && i < ENDINGS; i++) {
		if (catcher->of[i].is_caught)
			(void)sigaction(endings[i].number, &catcher->of[i].before, NULL);
		catcher->of[i].is_caught = false;
	}
}
