#ifndef STEPDOWN_TESTS_PARSED_OPTIONS_H
#define STEPDOWN_TESTS_PARSED_OPTIONS_H

#include <stdalign.h>
#include <stdio.h>

#include "command_line.h"
#include "core/options.h"
#include "core/options_parse.h"

/* To be included behind <cmocka.h>. */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Never what the parser itself would leave behind. */
static const struct options untouched = {.umask = 0xdead, .volume_count = 77};

/* STEPDOWN_USER and its like configure nothing, see every test. */
static const char variables[] =
	"PUID=1234 PGID=0777 ZERO=0 ROOT=root BOTH=1234:0 MAKES=svc=1234 MAKES_AT=svc=@/srv EMPTY= "
	"DATA=/srv/data "
	"LIST=/a:/b MASK=0027 "
	"KEEP=CAP_KILL,chown BIG=4294967296 STEPDOWN_USER=0 STEPDOWN_ALLOW_ROOT=1 "
	"POSIXLY_CORRECT=1 AT=@/srv CR=1000\r";

struct parsed {
	alignas(max_align_t) char memory[1 << 14];
	struct arena arena;
	struct command_line line;
	struct command_line environment;
	struct options options;
	struct error error;
	bool ok;
};

static inline void parse_in(struct parsed *parsed, size_t size)
{
	command_line_split(&parsed->environment, variables);
	parsed->arena = arena_in(parsed->memory, size);
	parsed->options = untouched;
	memset(&parsed->error, 0, sizeof(parsed->error));
	parsed->ok = options_parse(parsed->line.count, parsed->line.words,
	                           parsed->environment.words, &parsed->arena, &parsed->options,
	                           &parsed->error);
}

/* TEXT without the program's name. */
static inline void parse(struct parsed *parsed, const char *text)
{
	char whole[COMMAND_LINE_BYTES];

	snprintf(whole, sizeof(whole), "stepdown%s%s", text[0] == '\0' ? "" : " ", text);
	command_line_split(&parsed->line, whole);
	parse_in(parsed, sizeof(parsed->memory));
}

static inline void must_parse(struct parsed *parsed, const char *text)
{
	parse(parsed, text);
	if (!parsed->ok)
		fail_msg("%s: %s", text, parsed->error.message);
}

static inline void must_fail(const char *text, const char *message)
{
	struct parsed parsed;

	parse(&parsed, text);
	if (parsed.ok)
		fail_msg("taken: %s", text);
	assert_string_equal(parsed.error.message, message);
	assert_int_equal(parsed.error.status, 125);
	assert_memory_equal(&parsed.options, &untouched, sizeof(untouched));
}

/* For messages whose words belong to another module: only what they are about. */
static inline void must_fail_about(const char *text, const char *beginning)
{
	struct parsed parsed;

	parse(&parsed, text);
	if (parsed.ok || strncmp(parsed.error.message, beginning, strlen(beginning)) != 0)
		fail_msg("%s: %s, not %s", text, parsed.ok ? "taken" : parsed.error.message,
		         beginning);
	assert_int_equal(parsed.error.status, 125);
	assert_memory_equal(&parsed.options, &untouched, sizeof(untouched));
}

#endif
