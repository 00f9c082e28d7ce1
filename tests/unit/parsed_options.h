#ifndef STEPDOWN_TESTS_PARSED_OPTIONS_H
#define STEPDOWN_TESTS_PARSED_OPTIONS_H

/* Rows that are a command line and the options that it comes to. */

#include <stdalign.h>

#include "cases.h"
#include "core/options_parse.h"

static char *const environment[] = {
	"PUID=1234",          "ZERO=0",      "EMPTY=",
	"BIG=4294967296",     "BOTH=1234:0", "MAKES=svc=1234",
	"MAKES_AT=svc=@/srv", "AT=@/srv",    "KEEP=CAP_KILL,chown",
	"LIST=/a:/b",         "OCT=07",      "CR=1000\r",
	"BEFORE= 27",         "BEHIND=27 ",  "DOLLAR=${PUID}",
	"_x90=under",         "odd string",  "PUIDX=no",
	"PUID=second",        NULL,
};

/* A number is an id, never a name (S4). */
static inline void append_ref(char *found, const struct spec_ref *ref)
{
	uint32_t id;

	if (!ref->given)
		append(found, "none");
	else if (ref->is_id)
		append(found, "%u", ref->id);
	else
		append(found, "%s%.*s", ref->is_path ? "@" : "", (int)ref->name.length,
		       ref->name.bytes);
	assert_false(ref->given && !ref->is_id && !ref->is_path && id_parse(ref->name, &id));
}

static inline void append_users_and_groups(char *found, const struct options *options)
{
	for (size_t i = 0; i < options->user_count; i++) {
		const struct user_spec *user = &options->users[i];

		append(found, "%s", i == 0 ? " -u " : ",");
		if (user->defines_account)
			append(found, "%.*s=", (int)user->account.length, user->account.bytes);
		append_ref(found, &user->user);
		if (user->group.given) {
			append(found, ":");
			append_ref(found, &user->group);
		}
	}
	for (size_t i = 0; i < options->group_count; i++) {
		const struct spec_ref *group = &options->groups[i];

		append(found, "%s", i > 0 && group[-1].has_alternative ? "," : " -g ");
		append_ref(found, group);
	}
}

static inline void append_volumes(char *found, const struct options *options)
{
	static const char *const depths[] = {"-top", "-once", ""};

	for (size_t i = 0; i < options->volume_count; i++) {
		const struct declared_path *volume = &options->volumes[i];

		append(found, " --%s%s %s", volume->make ? "mkdir" : "own",
		       volume->make ? "" : depths[volume->depth], volume->path);
		assert_true(!volume->make || volume->depth == DEPTH_TOP);
	}
	if (options->mkdir_mode != 0755)
		append(found, " --mkdir-mode %04o", options->mkdir_mode);
	for (size_t i = 0; i < options->own_from_count; i++) {
		append(found, "%s", i == 0 ? " --own-from " : ",");
		append_ref(found, &options->own_from[i]);
	}
	if (options->own_jobs != 0)
		append(found, " --own-jobs %u", options->own_jobs);
}

/* OPTIONS as a command line that gives each option once, in this order, with masks of capabilities. */
static inline void append_options(char *found, const struct options *options)
{
	static const char *const actions[] = {"", " --setup-only", " --help", " --version"};
	static const char *const verbosities[] = {" -q", "", " -v"};

	append(found, "%s", actions[options->action]);
	if (options->action >= ACTION_HELP)
		return;
	append(found, "%s%s%s%s%s%s%s", verbosities[options->verbosity],
	       options->dry_run ? " -n" : "", options->strict ? " --strict" : "",
	       options->clear_groups ? " --clear-groups" : "",
	       options->allow_new_privs ? " --allow-new-privs" : "",
	       options->allow_root ? " --allow-root" : "", options->keep_env ? " --keep-env" : "");
	append_users_and_groups(found, options);
	append_volumes(found, options);
	if (options->capabilities != 0)
		append(found, " --cap %#jx", (uintmax_t)options->capabilities);
	if (options->tried_capabilities != 0)
		append(found, " --try-cap %#jx", (uintmax_t)options->tried_capabilities);
	if (options->home != NULL)
		append(found, " --home %s", options->home);
	if (options->umask_given)
		append(found, " --umask %04o", options->umask);
	append(found, " --");
	for (char *const *word = options->command; *word != NULL; word++)
		append(found, " %s", *word);
}

/* TEXT is without the name of the program. WANTED is what append_options() makes of it, or begins
 * the message that refuses it. The words stay as they are, because the command is among them. */
static inline void becomes(const char *text, const char *wanted)
{
	static const struct options untouched = {.umask = 0xdead, .volume_count = 77};
	alignas(max_align_t) char memory[1 << 14];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct options options = untouched;
	struct error error = {0};
	struct command_line words, before;
	char found[FOUND_BYTES] = "stepdown ";

	append(found, "%s", text);
	command_line_split(&words, text[0] == '\0' ? "stepdown" : found);
	memcpy(before.bytes, words.bytes, sizeof(before.bytes));
	found[0] = '\0';
	if (options_parse(words.count, words.words, environment, &arena, &options, &error)) {
		append_options(found, &options);
		assert_found(text, found + 1, wanted);
	} else {
		append(found, "%.*s", (int)strlen(wanted), error.message);
		assert_found(text, found, wanted);
		assert_int_equal(error.status, STATUS_FAILED);
		assert_memory_equal(&options, &untouched, sizeof(untouched));
	}
	assert_memory_equal(before.bytes, words.bytes, strlen(text));
}

#endif
