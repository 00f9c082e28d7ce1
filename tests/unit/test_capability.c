#include <cap-ng.h>
#include <linux/capability.h>

#include "cases.h"
#include "core/capability_names.h"

/* WANTED is the mask, or the beginning of the message: then the mask is untouched. */
static void comes_to(const char *list, const char *wanted)
{
	struct error error = {0};
	uint64_t mask = UINT64_MAX;
	char found[FOUND_BYTES] = "";

	if (capability_parse_list("--cap", list, &mask, &error)) {
		append(found, "%jx", (uintmax_t)mask);
	} else {
		append(found, "%.*s", (int)strlen(wanted), error.message);
		assert_int_equal(error.status, STATUS_FAILED);
		assert_true(mask == UINT64_MAX);
	}
	assert_found(list, found, wanted);
}

PATTERNS(capability_names_ignore_case_and_prefix, comes_to) = {
	{"", "0"},           {"%", "1", "chown cap_chown"}, {"NeT_RAw", "2000"},
	{"kill,kill", "20"}, {"setuid,Cap_SetGid", "c0"},
};

PATTERNS(unknown_capability_is_an_error_and_changes_nothing, comes_to) = {
	{"%", "--cap: '%': there is no such capability (name them one by one, see capabilities(7))",
         "all cap_all ALL none"},
	{"%", "--cap: '%': there is no", "kil kill_ cap_ cap_cap_kill 21 +kill chown:kill"},
	{" kill", "--cap: ' kill': there is no"},
	{"kill\n", "--cap: 'kill\\n': there is no"},
	{"chown,bogus", "--cap: 'bogus': there is no"},
	{"%", "--cap: '': there is no", ", kill, ,kill chown,,kill"},
};

TEST(capability_sets_are_written_by_name)
{
	const struct {
		uint64_t mask;
		const char *names;
	} rows[] = {
		{0, "none"},
		{CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_KILL), "cap_chown,cap_kill"},
		{CAPABILITY_BIT(41) | CAPABILITY_BIT(63), "cap_41,cap_63"},
	};
	char buffer[100];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text text = text_in(buffer, sizeof(buffer));

		capability_add_names(&text, rows[i].mask);
		assert_string_equal(buffer, rows[i].names);
	}
	for (unsigned i = 0; i <= CAP_CHECKPOINT_RESTORE; i++) {
		struct text text = text_in(buffer, sizeof(buffer));
		char mask[FOUND_BYTES] = "";

		capability_add_names(&text, CAPABILITY_BIT(i));
		append(mask, "%jx", (uintmax_t)CAPABILITY_BIT(i));
		comes_to(buffer, mask);
		/* By an exchanged name another capability would be kept. */
		assert_int_equal(capng_name_to_capability(buffer + strlen("cap_")), i);
	}
}
