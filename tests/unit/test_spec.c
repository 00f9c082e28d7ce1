#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/user_spec.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* How a reference is written in the tables: NULL is not given, digits an id, with a slash first a
 * path, else a name. */
static void assert_ref(const char *text, const struct spec_ref *ref, const char *expected)
{
	uint32_t id;

	if (ref->given != (expected != NULL))
		fail_msg("'%s': a part is %s", text, ref->given ? "too much" : "missing");
	if (expected == NULL)
		return;
	if (ref->is_path != (expected[0] == '/'))
		fail_msg("'%s': %s was taken for %s", text, expected,
		         ref->is_path ? "a path" : "none");
	if (ref->is_id != id_parse(slice_of(expected), &id))
		fail_msg("'%s': %s was taken for %s", text, expected,
		         ref->is_id ? "an id" : "a name");
	if (ref->is_id)
		assert_int_equal(ref->id, id);
	else
		assert_true(slice_is(ref->name, expected));
}

struct accepted {
	const char *text;
	const char *account;
	const char *user;
	const char *group;
};

static void assert_accepted(const struct accepted *row,
                            bool (*parse)(const char *, struct user_spec *, struct error *))
{
	struct user_spec spec;
	struct error error;

	if (!parse(row->text, &spec, &error))
		fail_msg("%s", error.message);
	assert_int_equal(spec.defines_account, row->account != NULL);
	if (row->account != NULL)
		assert_true(slice_is(spec.account, row->account));
	assert_ref(row->text, &spec.user, row->user);
	assert_ref(row->text, &spec.group, row->group);
}

static void assert_refused(const char *text, const char *why,
                           bool (*parse)(const char *, struct user_spec *, struct error *))
{
	struct user_spec untouched;
	struct user_spec spec;
	struct error error = {0};

	memset(&untouched, 0x5a, sizeof(untouched));
	spec = untouched;
	if (parse(text, &spec, &error))
		fail_msg("taken: '%s'", text);
	assert_memory_equal(&spec, &untouched, sizeof(spec));
	assert_int_equal(error.status, STATUS_FAILED);
	if (strstr(error.message, why) == NULL)
		fail_msg("'%s' is refused by: %s", text, error.message);
}

static void forms_that_user_takes(void **state)
{
	static const struct accepted rows[] = {
		{"app", NULL, "app", NULL},
		{"0", NULL, "0", NULL},
		{"10001", NULL, "10001", NULL},
		{"app:www", NULL, "app", "www"},
		{"10001:10002", NULL, "10001", "10002"},
		{"app:10002", NULL, "app", "10002"},
		{"10001:www", NULL, "10001", "www"},
		{"10001:0", NULL, "10001", "0"},
		{"DOM\\user", NULL, "DOM\\user", NULL},
		{"caf\xc3\xa9", NULL, "caf\xc3\xa9", NULL},
		{"a.very.long.name.that.only.some.directory.service.knows", NULL,
	         "a.very.long.name.that.only.some.directory.service.knows", NULL},
		{"app=10001", "app", "10001", NULL},
		{"app=10001:10002", "app", "10001", "10002"},
		{"app=10001:www", "app", "10001", "www"},
		{"_a-b.c9=0:0", "_a-b.c9", "0", "0"},
		{"abcdefghijklmnopqrstuvwxyz012345=1", "abcdefghijklmnopqrstuvwxyz012345", "1",
	         NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_accepted(&rows[i], spec_parse_user);
}

static void forms_of_the_owner_of_a_path(void **state)
{
	static const struct accepted rows[] = {
		{"@/", NULL, "/", NULL},
		{"@/project", NULL, "/project", NULL},
		{"@/a/../b/", NULL, "/a/../b/", NULL},
		{"app=@/project", "app", "/project", NULL},
		/* A ':' ends the path; else it may hold anything. */
		{"@/project:www", NULL, "/project", "www"},
		{"@/project:0", NULL, "/project", "0"},
		{"app=@/project:10002", "app", "/project", "10002"},
		{"@/a=b", NULL, "/a=b", NULL},
		{"app=@/a=b", "app", "/a=b", NULL},
		{"@/a b@c#\n", NULL, "/a b@c#\n", NULL},
	};
	static const struct {
		const char *text;
		const char *why;
	} refused[] = {
		{"@", "it is not absolute (start it with '/')"},
		{"@project", "it is not absolute"},
		{"@./project", "it is not absolute"},
		{"@@/project", "it is not absolute"},
		{"@1000", "it is not absolute"},
		{"@:0", "it is not absolute"},
		{"app=@", "it is not absolute"},
		{"app=@b", "it is not absolute"},
		{"@/project:", "neither a name nor an id"},
		{"@/project:@/b", "neither a name nor an id"},
		{"app:@/project", "neither a name nor an id"},
		{"app@/project", "neither a name nor an id"},
		{" @/project", "neither a name nor an id"},
		{"0day=@/project", "not a name that an account can have"},
		{"=@/project", "not a name that an account can have"},
	};
	struct spec_ref ref = {.id = 77};
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_accepted(&rows[i], spec_parse_user);
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_refused(refused[i].text, refused[i].why, spec_parse_user);
	/* Not for gosu and su-exec, nor whose files --own-from means. */
	assert_refused("@/project", "neither a name nor an id", spec_parse_gosu);
	assert_false(spec_parse_owner(slice_of("@/project"), &ref, &error));
	assert_int_equal(ref.id, 77);
}

static void S1_numbers_out_of_range_are_refused_and_never_names(void **state)
{
	static const char *const numbers[] = {
		"2147483648",          "4294967294",
		"4294967295",          "4294967296",
		"4294967297",          "9223372036854775807",
		"9223372036854775808", "111111111111111111111111111111",
	};
	static const char *const forms[] = {"", "app:", "1000:", "app=", "app=1000:"};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		for (size_t form = 0; form < COUNT(forms); form++) {
			char text[80];

			strcpy(text, forms[form]);
			strcat(text, numbers[i]);
			assert_refused(text, "the id is out of range", spec_parse_user);
			if (form < 3)
				assert_refused(text, "the id is out of range", spec_parse_gosu);
		}
	}
}

static void S2_S3_signs_and_blanks_are_refused(void **state)
{
	static const char *const texts[] = {
		"-1",     "-2",     "+1000",  " 1000",   "1000 ",    "\t1000",  "1000\n",
		"app:-1", "app:+0", "app: 0", "1000:-1", "1000: 10", "+",       "-",
		"#app",   "+app",   "-app",   "a b",     "app\n",    "app\x7f", "app:\x01",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_refused(texts[i], "neither a name nor an id", spec_parse_user);
		assert_refused(texts[i], "neither a name nor an id", spec_parse_gosu);
	}
}

static void S3_leading_zeros_are_decimal(void **state)
{
	struct user_spec spec;
	struct error error;

	(void)state;
	assert_true(spec_parse_user("010:0777", &spec, &error));
	assert_int_equal(spec.user.id, 10);
	assert_int_equal(spec.group.id, 777);
}

static void S4_digits_are_never_a_name(void **state)
{
	struct user_spec spec;
	struct spec_ref ref;
	struct error error;

	(void)state;
	assert_true(spec_parse_user("1000:1000", &spec, &error));
	assert_true(spec.user.is_id && spec.group.is_id);
	assert_true(spec_parse_group("27", &ref, &error));
	assert_true(ref.given && ref.is_id);
	assert_int_equal(ref.id, 27);
	assert_refused("1000=1000", "not a name that an account can have", spec_parse_user);
}

static void S5_empty_parts_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{"", "neither a name nor an id"},
		{":", "neither a name nor an id"},
		{"app:", "neither a name nor an id"},
		{":app", "neither a name nor an id"},
		{"1000:", "neither a name nor an id"},
		{"app=", "neither a name nor an id"},
		{"app=:1000", "neither a name nor an id"},
		{"app=1000:", "neither a name nor an id"},
		{"=1000", "not a name that an account can have"},
		{"=", "not a name that an account can have"},
		{"app=www", "the uid is not a number"},
		{"app=www:1000", "the uid is not a number"},
		{"app:a:b", "neither a name nor an id"},
		{"1:2:3", "neither a name nor an id"},
		{"app=1:2:3", "neither a name nor an id"},
		{"app=1=2", "neither a name nor an id"},
		{"app:www=1000", "not a name that an account can have"},
		{"app=$100", "the uid is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(rows[i].text, rows[i].why, spec_parse_user);
}

static void S5_a_name_that_begins_with_a_digit_is_a_name(void **state)
{
	static const struct accepted row = {"0day", NULL, "0day", NULL};

	(void)state;
	assert_accepted(&row, spec_parse_user);
}

static void S26_every_spelling_of_zero_is_zero(void **state)
{
	static const char *const texts[] = {"0", "00", "0000000000000000", "app=0", "app=00:1000"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct user_spec spec;
		struct error error;

		assert_true(spec_parse_user(texts[i], &spec, &error));
		assert_true(spec.user.is_id);
		assert_int_equal(spec.user.id, 0);
	}
}

static void S29_account_name_cannot_hold_a_field_separator(void **state)
{
	static const char *const names[] = {
		"x\nroot2:x:0:0",
		"x\n",
		"x\r",
		"a:b",
		"a b",
		"a,b",
		"a/b",
		"+",
		"+app",
		"-app",
		"#app",
		".app",
		"0day",
		"1000",
		"",
		"a\x7f",
		"a\x01",
		"caf\xc3\xa9",
		"app$",
		"a\\b",
		"~",
		"*",
		"abcdefghijklmnopqrstuvwxyz0123456",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char text[80];

		if (spec_is_account_name(slice_of(names[i])))
			fail_msg("taken: '%s'", names[i]);
		strcpy(text, names[i]);
		strcat(text, "=1000");
		assert_refused(text, "not a name that an account can have", spec_parse_user);
	}
	assert_false(spec_is_account_name((struct slice){"a\0b", 3}));
	assert_true(spec_is_account_name(slice_of("app")));
}

static void S29_the_message_shows_control_bytes(void **state)
{
	struct user_spec spec;
	struct error error;

	(void)state;
	assert_false(spec_parse_user("x\nroot2=0", &spec, &error));
	assert_null(strchr(error.message, '\n'));
	assert_non_null(strstr(error.message, "'x\\nroot2'"));
}

static void forms_that_group_takes(void **state)
{
	static const char *const refused[] = {"",  ":",   "a:b",        "-1",  "+27", " 27",
	                                      "@", "a=b", "4294967296", "a,b", "27 ", "2147483648"};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct spec_ref ref = {.id = 77};
		struct error error;

		if (spec_parse_group(refused[i], &ref, &error))
			fail_msg("taken: '%s'", refused[i]);
		assert_int_equal(ref.id, 77);
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const taken[] = {"docker", "999", "@/run/docker.sock"};
		struct spec_ref ref;
		struct error error;

		assert_true(spec_parse_group(taken[i], &ref, &error));
		assert_ref(taken[i], &ref, taken[i] + (taken[i][0] == '@'));
	}
}

static void forms_that_gosu_takes(void **state)
{
	static const struct accepted rows[] = {
		{"", NULL, NULL, NULL},
		{":", NULL, NULL, NULL},
		{"app", NULL, "app", NULL},
		{"app:", NULL, "app", NULL},
		{":www", NULL, NULL, "www"},
		{":27", NULL, NULL, "27"},
		{"1000:1000", NULL, "1000", "1000"},
		{"app:www", NULL, "app", "www"},
		{"0", NULL, "0", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_accepted(&rows[i], spec_parse_gosu);
	assert_refused("app=1000", "neither a name nor an id", spec_parse_gosu);
	assert_refused("a:b:c", "neither a name nor an id", spec_parse_gosu);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_that_user_takes),
		cmocka_unit_test(forms_of_the_owner_of_a_path),
		cmocka_unit_test(S1_numbers_out_of_range_are_refused_and_never_names),
		cmocka_unit_test(S2_S3_signs_and_blanks_are_refused),
		cmocka_unit_test(S3_leading_zeros_are_decimal),
		cmocka_unit_test(S4_digits_are_never_a_name),
		cmocka_unit_test(S5_empty_parts_are_refused),
		cmocka_unit_test(S5_a_name_that_begins_with_a_digit_is_a_name),
		cmocka_unit_test(S26_every_spelling_of_zero_is_zero),
		cmocka_unit_test(S29_account_name_cannot_hold_a_field_separator),
		cmocka_unit_test(S29_the_message_shows_control_bytes),
		cmocka_unit_test(forms_that_group_takes),
		cmocka_unit_test(forms_that_gosu_takes),
	};

	return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
