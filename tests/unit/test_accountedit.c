#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/account_change.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NO_GID UINT32_MAX

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"

static alignas(max_align_t) char memory[4096];

static struct account_request wish_of(const char *name, uint32_t uid, uint32_t gid)
{
	return (struct account_request){slice_of(name), uid, gid != NO_GID, gid, NULL};
}

static bool plan(struct slice passwd, struct slice group, const struct account_request *request,
                 struct account_change *ret_change, struct error *error)
{
	struct arena arena = arena_in(memory, sizeof(memory));

	return account_change_plan(passwd, group, request, &arena, ret_change, error);
}

/* Returns how long it is. */
static size_t edit(struct slice file, const struct line_change *change, char *ret_result)
{
	struct edited_file edited = {{file}};
	size_t length = 0;

	if (change->action != ACCOUNT_KEEP)
		edited = account_file_edit(file, change);
	for (size_t i = 0; i < COUNT(edited.pieces); i++) {
		for (size_t j = 0; j < edited.pieces[i].length; j++)
			ret_result[length++] = edited.pieces[i].bytes[j];
	}
	ret_result[length] = '\0';
	return length;
}

static void assert_edit(struct slice file, const struct line_change *change, const char *expected)
{
	char result[1024];

	edit(file, change, result);
	assert_string_equal(result, expected);
	if (change->action == ACCOUNT_ADD)
		assert_true(slice_equal(account_file_edit(file, change).pieces[0], file));
}

/* A file that is expected as NULL is to be kept. */
struct planned {
	const char *what;
	const char *passwd;
	const char *group;
	const char *name;
	uint32_t uid;
	uint32_t gid;
	const char *new_passwd;
	const char *new_group;
	uint32_t result;
};

static void assert_planned(const struct planned *row)
{
	struct account_request request = wish_of(row->name, row->uid, row->gid);
	struct account_change change;
	struct error error;

	if (!plan(slice_of(row->passwd), slice_of(row->group), &request, &change, &error))
		fail_msg("%s: %s", row->what, error.message);
	if ((change.passwd.action == ACCOUNT_KEEP) != (row->new_passwd == NULL) ||
	    (change.group.action == ACCOUNT_KEEP) != (row->new_group == NULL))
		fail_msg("%s: passwd %u, group %u", row->what, change.passwd.action,
		         change.group.action);
	assert_edit(slice_of(row->passwd), &change.passwd,
	            row->new_passwd != NULL ? row->new_passwd : row->passwd);
	assert_edit(slice_of(row->group), &change.group,
	            row->new_group != NULL ? row->new_group : row->group);
	if (change.gid != row->result)
		fail_msg("%s: gid %u", row->what, (unsigned)change.gid);
	assert_false(change.by_number);
}

static void assert_all_planned(const struct planned *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_planned(&rows[i]);
}

#define APP "app:x:1000:1000:App,,,:/srv/app:/bin/bash\n"
#define APP_GROUP "app:x:1000:\n"

static void an_account_that_is_right_is_kept(void **state)
{
	static const struct planned rows[] = {
		{"uid", ROOT APP, APP_GROUP, "app", 1000, NO_GID, NULL, NULL, 1000},
		{"uid and gid", ROOT APP, APP_GROUP, "app", 1000, 1000, NULL, NULL, 1000},
		{"gid differs, none wished", "app:x:1000:50::/:\n", "staff:x:50:\n", "app", 1000,
	         NO_GID, NULL, NULL, 50},
		{"leading zeros", "app:x:01000:01000::/:\n", "g:x:01000:\n", "app", 1000, 1000,
	         NULL, NULL, 1000},
		{"uid 0 as wished", "app:x:0:0::/:\n", "", "app", 0, NO_GID, NULL, NULL, 0},
		{"another name has the uid too", "first:x:1000:7::/:\n" APP, APP_GROUP, "app", 1000,
	         NO_GID, NULL, NULL, 1000},
	};

	(void)state;
	assert_all_planned(rows, COUNT(rows));
}

static void a_missing_account_is_added(void **state)
{
	static const struct planned rows[] = {
		{"nothing there", "", "", "app", 1000, NO_GID, "app:*:1000:1000::/:/sbin/nologin\n",
	         "app:*:1000:\n", 1000},
		{"gid", ROOT, ROOT_GROUP, "app", 1000, 2000,
	         ROOT "app:*:1000:2000::/:/sbin/nologin\n", ROOT_GROUP "app:*:2000:\n", 2000},
		{"group is there", ROOT, "www:x:2000:", "app", 1000, 2000,
	         ROOT "app:*:1000:2000::/:/sbin/nologin\n", NULL, 2000},
		{"largest", "", "", "app", 2147483647, 2147483646,
	         "app:*:2147483647:2147483646::/:/sbin/nologin\n", "app:*:2147483646:\n",
	         2147483646},
		{"gid 0", ROOT, ROOT_GROUP, "app", 1000, 0, ROOT "app:*:1000:0::/:/sbin/nologin\n",
	         NULL, 0},
		{"gid 0 with no entry gets no name", ROOT, "", "app", 1000, 0,
	         ROOT "app:*:1000:0::/:/sbin/nologin\n", NULL, 0},
		{"longest name", "", "", "abcdefghijklmnopqrstuvwxyz012345", 2147483647, NO_GID,
	         "abcdefghijklmnopqrstuvwxyz012345:*:2147483647:2147483647::/:/sbin/nologin\n",
	         "abcdefghijklmnopqrstuvwxyz012345:*:2147483647:\n", 2147483647},
	};

	(void)state;
	assert_all_planned(rows, COUNT(rows));
}

static void S29_a_last_line_without_newline_gets_one(void **state)
{
	static const struct planned rows[] = {
		{"none", "root:x:0:0:::", "root:x:0:", "app", 7, NO_GID,
	         "root:x:0:0:::\napp:*:7:7::/:/sbin/nologin\n", "root:x:0:\napp:*:7:\n", 7},
		{"CR only", "root:x:0:0:::\r", "root:x:0:\r", "app", 7, NO_GID,
	         "root:x:0:0:::\r\napp:*:7:7::/:/sbin/nologin\n", "root:x:0:\r\napp:*:7:\n", 7},
	};

	(void)state;
	assert_all_planned(rows, COUNT(rows));
}

static void an_account_with_other_numbers_is_renumbered_in_place(void **state)
{
	static const struct planned rows[] = {
		{"uid only", ROOT APP "z:x:9:9:::\n", APP_GROUP, "app", 4242, NO_GID,
	         ROOT "app:x:4242:1000:App,,,:/srv/app:/bin/bash\nz:x:9:9:::\n", NULL, 1000},
		{"uid and gid, private group follows", ROOT APP,
	         ROOT_GROUP "app:x:1000:a,b\nz:x:9:\n", "app", 5, 6,
	         ROOT "app:x:5:6:App,,,:/srv/app:/bin/bash\n", ROOT_GROUP "app:x:6:a,b\nz:x:9:\n",
	         6},
		{"gid only", APP, APP_GROUP, "app", 1000, 6,
	         "app:x:1000:6:App,,,:/srv/app:/bin/bash\n", "app:x:6:\n", 6},
		{"gid exists", APP, APP_GROUP "www:x:33:\n", "app", 1000, 33,
	         "app:x:1000:33:App,,,:/srv/app:/bin/bash\n", NULL, 33},
		{"private group of another user too", APP "b:x:8:1000::/:\n", APP_GROUP, "app",
	         1000, 6, "app:x:1000:6:App,,,:/srv/app:/bin/bash\nb:x:8:1000::/:\n",
	         APP_GROUP "app-6:*:6:\n", 6},
		{"a damaged line is no other user", APP "b:x::1000::/:\n", APP_GROUP, "app", 1000,
	         6, "app:x:1000:6:App,,,:/srv/app:/bin/bash\nb:x::1000::/:\n", "app:x:6:\n", 6},
		{"group of that name with another gid", APP, "app:x:77:\n", "app", 1000, 6,
	         "app:x:1000:6:App,,,:/srv/app:/bin/bash\n", "app:x:77:\napp-6:*:6:\n", 6},
		{"group 0 is nobody's own", "app:x:1000:0::/:\n", "app:x:0:\n", "app", 1000, 6,
	         "app:x:1000:6::/:\n", "app:x:0:\napp-6:*:6:\n", 6},
		{"group 0 is not made from a private one", APP, APP_GROUP, "app", 1000, 0,
	         "app:x:1000:0:App,,,:/srv/app:/bin/bash\n", NULL, 0},
		{"CRLF", "app:x:1:1::/:/bin/sh\r\nb:x:2:2:::\r\n", "app:x:1:b\r\nb:x:2:\r\n", "app",
	         5, 6, "app:x:5:6::/:/bin/sh\r\nb:x:2:2:::\r\n", "app:x:6:b\r\nb:x:2:\r\n", 6},
		{"no newline", "app:x:1:1::/:/bin/sh", "app:x:1:b", "app", 5, 6,
	         "app:x:5:6::/:/bin/sh", "app:x:6:b", 6},
		{"zeros of the field that stays", "app:x:1:007::/:\n", "g:x:7:\n", "app", 5, 7,
	         "app:x:5:007::/:\n", NULL, 7},
		{"odd bytes", "\n\nx\n#c\napp:$6$:1:1:\xff\x01:/\xfe:\t\n:::\n\n", "g:x:1:\n\n",
	         "app", 2147483647, NO_GID,
	         "\n\nx\n#c\napp:$6$:2147483647:1:\xff\x01:/\xfe:\t\n:::\n\n", NULL, 1},
		{"the first of two", "app:x:1:1::/:\napp:x:5:5::/:\n", "g:x:1:\n", "app", 5, NO_GID,
	         "app:x:5:1::/:\napp:x:5:5::/:\n", NULL, 1},
		{"the line is mended by the one that counts", "app:x::1::/:\napp:x:1:1::/:\n",
	         "g:x:1:\n", "app", 5, NO_GID, "app:x::1::/:\napp:x:5:1::/:\n", NULL, 1},
	};

	(void)state;
	assert_all_planned(rows, COUNT(rows));
}

static void a_group_gets_a_name_that_is_free(void **state)
{
	static const struct planned rows[] = {
		{"of a kept account", "app:x:1:5::/:\n", "", "app", 1, NO_GID, NULL, "app:*:5:\n",
	         5},
		{"taken", "", "app:x:77:\n", "app", 5, NO_GID, "app:*:5:5::/:/sbin/nologin\n",
	         "app:x:77:\napp-5:*:5:\n", 5},
		{"taken by a damaged line", "", "app:x::\n", "app", 5, NO_GID,
	         "app:*:5:5::/:/sbin/nologin\n", "app:x::\napp-5:*:5:\n", 5},
		{"both taken", "", "app:x:77:\napp-5:x:78:\n", "app", 5, NO_GID,
	         "app:*:5:5::/:/sbin/nologin\n", NULL, 5},
		{"a damaged line has the gid", "", "www:x:5\n", "app", 5, NO_GID,
	         "app:*:5:5::/:/sbin/nologin\n", "www:x:5\napp:*:5:\n", 5},
	};

	(void)state;
	assert_all_planned(rows, COUNT(rows));
}

static void a_uid_of_another_name_is_used_by_number(void **state)
{
	static const struct {
		const char *passwd;
		uint32_t uid;
		uint32_t gid;
		uint32_t result;
	} rows[] = {
		{"www:x:33:34::/:\n", 33, NO_GID, 34},
		{"www:x:33:34::/:\n", 33, 35, 35},
		{"www:x:33:34::/:\nweb:x:33:99::/:\n", 33, NO_GID, 34},
		{APP "www:x:33:34::/:\n", 33, NO_GID, 34},
		{"www:x:33:34::/:\nwww:x:33:99::/:\napp:x:33\n", 33, NO_GID, 34},
		{ROOT, 0, NO_GID, 0},
		{ROOT, 0, 5, 5},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account_request request = wish_of("app", rows[i].uid, rows[i].gid);
		struct account_change change;
		struct error error;

		assert_true(
			plan(slice_of(rows[i].passwd), slice_of(""), &request, &change, &error));
		assert_true(change.by_number);
		assert_int_equal(change.gid, rows[i].result);
		assert_int_equal(change.passwd.action, ACCOUNT_KEEP);
		assert_int_equal(change.group.action, ACCOUNT_KEEP);
	}
}

static void assert_refused(const char *passwd, const struct account_request *request,
                           const char *why)
{
	struct account_change untouched;
	struct account_change change;
	struct error error = {0};

	memset(&untouched, 0x5a, sizeof(untouched));
	change = untouched;
	if (plan(slice_of(passwd), slice_of(ROOT_GROUP), request, &change, &error))
		fail_msg("planned: %s", passwd);
	assert_memory_equal(&change, &untouched, sizeof(change));
	assert_int_equal(error.status, STATUS_FAILED);
	if (strstr(error.message, why) == NULL)
		fail_msg("refused by: %s", error.message);
}

static void uid_0_is_never_renumbered(void **state)
{
	static const struct {
		const char *passwd;
		const char *name;
		uint32_t uid;
		uint32_t gid;
	} rows[] = {
		{ROOT, "root", 1000, NO_GID},
		{ROOT, "root", 1000, 1000},
		{ROOT, "root", 0, 1000},
		{ROOT "toor:x:00:0::/:\n", "toor", 1000, NO_GID},
		/* Not even to a uid that somebody else has. */
		{ROOT APP, "root", 1000, NO_GID},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account_request request = wish_of(rows[i].name, rows[i].uid, rows[i].gid);

		assert_refused(rows[i].passwd, &request, "it is uid 0");
	}
}

static void S6_no_second_line_behind_a_damaged_one(void **state)
{
	static const char *const passwds[] = {
		"app:x::0::/:/bin/sh\n",
		ROOT "app:x:1000:1000::\n",
		"app:x:1000:1000::/:/bin/sh:\n",
		"app:x:4294967296:0::/:/bin/sh\n",
		"app\n",
		"app",
		" app:x:0:0::/:/bin/sh\n",
		"app:x:0:0\r\n",
	};
	struct account_request request = wish_of("app", 1000, NO_GID);

	(void)state;
	for (size_t i = 0; i < COUNT(passwds); i++)
		assert_refused(passwds[i], &request, "is damaged");
}

static void S29_account_name_cannot_begin_another_line(void **state)
{
	static const char *const names[] = {
		"x\nroot2:x:0:0", "x:y", "x\r", "x y", "",      "1000",
		"0day",           "-x",  "+x",  "#x",  "x\x7f", "abcdefghijklmnopqrstuvwxyz0123456",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct account_request request = wish_of(names[i], 1000, NO_GID);

		assert_refused(ROOT, &request, "not a name that an account can have");
	}
}

static void S29_home_cannot_begin_another_field_or_line(void **state)
{
	static const char *const homes[] = {
		"",    "srv",   "./srv", "/srv:/bin/sh", "/srv\nroot2:x:0:0::/:",
		"/\r", "/\x7f", "/a\tb", "/\x1b[m",
	};
	struct account_request request = wish_of("app", 1000, NO_GID);

	(void)state;
	for (size_t i = 0; i < COUNT(homes); i++) {
		request.home = homes[i];
		assert_refused(ROOT, &request, "not a home directory that passwd can hold");
	}
}

static void a_home_is_written_as_it_is(void **state)
{
	static const char *const homes[] = {"/",    "/srv/app",  "/caf\xc3\xa9",
	                                    "/a b", "//x/../y/", "/\xc2\x85"};

	(void)state;
	for (size_t i = 0; i < COUNT(homes); i++) {
		struct account_request request = wish_of("app", 1000, NO_GID);
		struct account_change change;
		struct error error;
		char expected[80] = "app:*:1000:1000::";

		request.home = homes[i];
		strcat(expected, homes[i]);
		strcat(expected, ":/sbin/nologin");
		assert_true(plan(slice_of(ROOT), slice_of(""), &request, &change, &error));
		assert_string_equal(change.passwd.new_line, expected);
	}
}

/* What is planned from the result of a plan is nothing. */
static void change_plan_of_a_changed_file_is_empty(void **state)
{
	static const char *const passwds[] = {"",
	                                      ROOT,
	                                      APP,
	                                      "app:x:1:50::/:",
	                                      "z:x:9:9::/:\r\n",
	                                      "app:x:1000:50::/:\nb:x:3:50::/:\n"};
	static const char *const groups[] = {"", "app:x:50:\n",
	                                     "app:x:1000:", "app:x:9:\napp-6:x:7:"};

	(void)state;
	for (size_t i = 0; i < COUNT(passwds) * COUNT(groups); i++) {
		struct account_request request = wish_of("app", 5, 6);
		char files[2][512];
		struct slice bytes[2] = {slice_of(passwds[i % COUNT(passwds)]),
		                         slice_of(groups[i / COUNT(passwds)])};
		struct account_change change;
		struct error error;
		struct account account;

		assert_true(plan(bytes[0], bytes[1], &request, &change, &error));
		for (size_t file = 0; file < 2; file++) {
			const struct line_change *line = file == 0 ? &change.passwd : &change.group;

			bytes[file] =
				(struct slice){files[file], edit(bytes[file], line, files[file])};
		}
		assert_true(passwd_find_name(bytes[0], slice_of("app"), &account));
		assert_int_equal(account.uid, 5);
		assert_int_equal(account.gid, 6);
		assert_true(plan(bytes[0], bytes[1], &request, &change, &error));
		assert_int_equal(change.passwd.action, ACCOUNT_KEEP);
		assert_int_equal(change.group.action, ACCOUNT_KEEP);
	}
}

static void full_arena_is_an_error(void **state)
{
	static const struct {
		const char *passwd;
		const char *group;
	} rows[] = {{"", ""}, {APP, APP_GROUP}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t failures = 0;

		for (size_t room = 0; room < 400; room++) {
			struct arena arena = arena_in(memory, room);
			struct account_request request = wish_of("app", 2147483647, 2147483647);
			struct account_change change = {.gid = 77};
			struct error error;

			memset(memory, 'x', sizeof(memory));
			if (!account_change_plan(slice_of(rows[i].passwd), slice_of(rows[i].group),
			                         &request, &arena, &change, &error)) {
				failures++;
				assert_int_equal(change.gid, 77);
			}
			assert_int_equal(memory[room], 'x');
		}
		assert_true(failures >= 50 && failures <= 300);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_that_is_right_is_kept),
		cmocka_unit_test(a_missing_account_is_added),
		cmocka_unit_test(S29_a_last_line_without_newline_gets_one),
		cmocka_unit_test(an_account_with_other_numbers_is_renumbered_in_place),
		cmocka_unit_test(a_group_gets_a_name_that_is_free),
		cmocka_unit_test(a_uid_of_another_name_is_used_by_number),
		cmocka_unit_test(uid_0_is_never_renumbered),
		cmocka_unit_test(S6_no_second_line_behind_a_damaged_one),
		cmocka_unit_test(S29_account_name_cannot_begin_another_line),
		cmocka_unit_test(S29_home_cannot_begin_another_field_or_line),
		cmocka_unit_test(a_home_is_written_as_it_is),
		cmocka_unit_test(change_plan_of_a_changed_file_is_empty),
		cmocka_unit_test(full_arena_is_an_error),
	};

	return cmocka_run_group_tests_name("accountedit", tests, NULL, NULL);
}
