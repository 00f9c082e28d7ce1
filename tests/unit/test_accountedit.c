#include "cases.h"

#include <stdalign.h>

#include "core/account_change.h"

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"
#define APP "app:x:1000:1000:App,,,:/srv/app:/bin/bash\n"
#define APP_GROUP "app:x:1000:\n"

/* "NAME=UID[:GID][ HOME]" */
static struct account_request request_of(const char *text)
{
	struct slice rest = slice_of(text);
	struct account_request request = {.name = slice_cut(&rest, '=')};
	char *end;

	request.uid = (uint32_t)strtoul(rest.bytes, &end, 10);
	request.gid_given = *end == ':';
	if (request.gid_given)
		request.gid = (uint32_t)strtoul(end + 1, &end, 10);
	if (*end == ' ')
		request.home = end + 1;
	return request;
}

static bool plan_change(const char *text, const char *passwd, const char *group,
                        struct account_change *ret_change, struct error *error)
{
	static alignas(max_align_t) char memory[4096];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct account_request request = request_of(text);

	return account_change_plan(slice_of(passwd), slice_of(group), &request, &arena, ret_change,
	                           error);
}

/* Puts FILE after CHANGE into RESULT. A line that is added leaves the old bytes one piece. */
static void edit(char *result, const char *file, const struct line_change *change)
{
	struct edited_file edited = {{slice_of(file)}};

	result[0] = '\0';
	if (change->action != ACCOUNT_KEEP)
		edited = account_file_edit(slice_of(file), change);
	if (change->action == ACCOUNT_ADD)
		assert_true(slice_equal(edited.pieces[0], slice_of(file)));
	for (size_t i = 0; i < COUNT(edited.pieces); i++)
		if (edited.pieces[i].length > 0)
			append(result, "%.*s", (int)edited.pieces[i].length,
			       edited.pieces[i].bytes);
}

/* A file that is NULL after the change is to be kept. */
struct change_row {
	const char *request; /* as for request_of(); each of EACH stands in the place of its '%' */
	const char *passwd;  /* also with '%' */
	const char *group;
	int64_t gid;            /* the primary group afterwards */
	const char *new_passwd; /* also with '%' */
	const char *new_group;
	bool by_number;
	const char *each;
	const char *refused; /* a part of the message; then the change is untouched */
};

static void must_refuse(const char *request, const char *passwd, const struct change_row *row)
{
	struct account_change untouched;
	struct account_change change;
	struct error error;

	memset(&untouched, 0x5a, sizeof(untouched));
	change = untouched;
	if (plan_change(request, passwd, row->group, &change, &error))
		fail_msg("%s: planned", request);
	if (strstr(error.message, row->refused) == NULL)
		fail_msg("%s: %s", request, error.message);
	assert_memory_equal(&change, &untouched, sizeof(untouched));
	assert_int_equal(error.status, STATUS_FAILED);
}

static void must_plan(const char *request, const char *passwd, const char *group,
                      const struct change_row *row, bool is_again,
                      struct account_change *ret_change)
{
	bool keeps_passwd = is_again || row->new_passwd == NULL;
	bool keeps_group = is_again || row->new_group == NULL;
	struct error error;

	if (!plan_change(request, passwd, group, ret_change, &error))
		fail_msg("%s: %s", request, error.message);
	if ((ret_change->passwd.action == ACCOUNT_KEEP) != keeps_passwd ||
	    (ret_change->group.action == ACCOUNT_KEEP) != keeps_group)
		fail_msg("%s: %s has other changes", request, is_again ? "the result" : "the plan");
	if (ret_change->gid != row->gid || ret_change->by_number != row->by_number)
		fail_msg("%s: gid %u", request, (unsigned)ret_change->gid);
}

/* What is planned from the result of the plan is nothing. */
static void must_change(const char *request, const char *passwd, const char *new_passwd,
                        const struct change_row *row)
{
	struct account_change change;
	char edited_passwd[FOUND_BYTES];
	char edited_group[FOUND_BYTES];

	must_plan(request, passwd, row->group, row, false, &change);
	edit(edited_passwd, passwd, &change.passwd);
	edit(edited_group, row->group, &change.group);
	assert_found(request, edited_passwd, row->new_passwd == NULL ? passwd : new_passwd);
	assert_found(request, edited_group, row->new_group == NULL ? row->group : row->new_group);
	must_plan(request, edited_passwd, edited_group, row, true, &change);
}

static void check_row(const struct change_row *row, const char *word)
{
	char request[FOUND_BYTES];
	char passwd[FOUND_BYTES];
	char new_passwd[FOUND_BYTES];

	put_word(request, row->request, word);
	put_word(passwd, row->passwd, word);
	put_word(new_passwd, row->new_passwd == NULL ? "" : row->new_passwd, word);
	if (row->refused != NULL)
		must_refuse(request, passwd, row);
	else
		must_change(request, passwd, new_passwd, row);
}

static void is_planned(void **state)
{
	for (const struct change_row *row = *state; row->request != NULL; row++) {
		struct command_line each;

		command_line_split(&each, row->each == NULL ? "" : row->each);
		for (int i = 0; i < each.count; i++)
			check_row(row, each.words[i]);
	}
}

static struct change_row an_account_that_is_right_is_kept[] = {
	{"app=1000%", ROOT APP, APP_GROUP, 1000, .each = "'' :1000"},
	{"app=1000", "app:x:1000:50::/:\n", "staff:x:50:\n", 50},
	/* Leading zeros, uid 0 as requested, another name with the same uid. */
	{"app=1000:1000", "app:x:01000:01000::/:\n", "g:x:01000:\n", 1000},
	{"app=0", "app:x:0:0::/:\n", "", 0},
	{"app=1000", "first:x:1000:7::/:\n" APP, APP_GROUP, 1000},
	/* The uid belongs to another name, and is used by number. */
	{"app=33", "www:x:33:34::/:\n", "", 34, .by_number = true},
	{"app=33:35", "www:x:33:34::/:\n", "", 35, .by_number = true},
	{"app=33", "www:x:33:34::/:\nweb:x:33:99::/:\n", "", 34, .by_number = true},
	{"app=33", APP "www:x:33:34::/:\n", "", 34, .by_number = true},
	{"app=33", "www:x:33:34::/:\nwww:x:33:99::/:\napp:x:33\n", "", 34, .by_number = true},
	{"app=0", ROOT, "", 0, .by_number = true},
	{"app=0:5", ROOT, "", 5, .by_number = true},
	{0},
};
TABLE(an_account_that_is_right_is_kept, is_planned);

#define NOLOGIN ":/sbin/nologin\n"

static struct change_row a_missing_account_is_added[] = {
	{"app=1000", "", "", 1000, "app:*:1000:1000::/" NOLOGIN, "app:*:1000:\n"},
	{"app=1000:2000", ROOT, ROOT_GROUP, 2000, ROOT "app:*:1000:2000::/" NOLOGIN,
         ROOT_GROUP "app:*:2000:\n"},
	{"app=1000:2000", ROOT, "www:x:2000:", 2000, ROOT "app:*:1000:2000::/" NOLOGIN},
	{"app=2147483647:2147483646", "", "", 2147483646, "app:*:2147483647:2147483646::/" NOLOGIN,
         "app:*:2147483646:\n"},
	{"abcdefghijklmnopqrstuvwxyz012345=7", "", "", 7,
         "abcdefghijklmnopqrstuvwxyz012345:*:7:7::/" NOLOGIN,
         "abcdefghijklmnopqrstuvwxyz012345:*:7:\n"},
	/* Group 0 with no entry gets no name. */
	{"app=1000:0", ROOT, ROOT_GROUP, 0, ROOT "app:*:1000:0::/" NOLOGIN},
	{"app=1000:0", ROOT, "", 0, ROOT "app:*:1000:0::/" NOLOGIN},
	/* A last line without newline gets one (S29). */
	{"app=7", "root:x:0:0:::", "root:x:0:", 7, "root:x:0:0:::\napp:*:7:7::/" NOLOGIN,
         "root:x:0:\napp:*:7:\n"},
	{"app=7", "root:x:0:0:::\r", "root:x:0:\r", 7, "root:x:0:0:::\r\napp:*:7:7::/" NOLOGIN,
         "root:x:0:\r\napp:*:7:\n"},
	/* A home is written as it is. */
	{"app=5 %", "", "g:x:5:\n", 5, "app:*:5:5::%" NOLOGIN,
         .each = "/ /srv/app /caf\xc3\xa9 //x/../y/ /\xc2\x85"},
	{"app=5 /a b", "", "g:x:5:\n", 5, "app:*:5:5::/a b" NOLOGIN},
	/* A group gets a name that is free; a damaged line may have taken it. */
	{"app=1", "app:x:1:5::/:\n", "", 5, NULL, "app:*:5:\n"},
	{"app=5", "", "app:x:77:\n", 5, "app:*:5:5::/" NOLOGIN, "app:x:77:\napp-5:*:5:\n"},
	{"app=5", "", "app:x::\n", 5, "app:*:5:5::/" NOLOGIN, "app:x::\napp-5:*:5:\n"},
	{"app=5", "", "app:x:77:\napp-5:x:78:\n", 5, "app:*:5:5::/" NOLOGIN},
	{"app=5", "", "www:x:5\n", 5, "app:*:5:5::/" NOLOGIN, "www:x:5\napp:*:5:\n"},
	{0},
};
TABLE(a_missing_account_is_added, is_planned);

#define APP_AS(ids) "app:x:" ids ":App,,,:/srv/app:/bin/bash\n"

static struct change_row an_account_with_other_numbers_is_renumbered_in_place[] = {
	{"app=4242", ROOT APP "z:x:9:9:::\n", APP_GROUP, 1000,
         ROOT APP_AS("4242:1000") "z:x:9:9:::\n"},
	/* The private group follows, unless it is another user's, too; a damaged line is no user. */
	{"app=5:6", ROOT APP, ROOT_GROUP "app:x:1000:a,b\nz:x:9:\n", 6, ROOT APP_AS("5:6"),
         ROOT_GROUP "app:x:6:a,b\nz:x:9:\n"},
	{"app=1000:6", APP, APP_GROUP, 6, APP_AS("1000:6"), "app:x:6:\n"},
	{"app=1000:6", APP "b:x:8:1000::/:\n", APP_GROUP, 6, APP_AS("1000:6") "b:x:8:1000::/:\n",
         APP_GROUP "app-6:*:6:\n"},
	{"app=1000:6", APP "b:x::1000::/:\n", APP_GROUP, 6, APP_AS("1000:6") "b:x::1000::/:\n",
         "app:x:6:\n"},
	{"app=1000:33", APP, APP_GROUP "www:x:33:\n", 33, APP_AS("1000:33")},
	{"app=1000:6", APP, "app:x:77:\n", 6, APP_AS("1000:6"), "app:x:77:\napp-6:*:6:\n"},
	/* Group 0 is nobody's own, and is not made from a private one. */
	{"app=1000:6", "app:x:1000:0::/:\n", "app:x:0:\n", 6, "app:x:1000:6::/:\n",
         "app:x:0:\napp-6:*:6:\n"},
	{"app=1000:0", APP, APP_GROUP, 0, APP_AS("1000:0")},
	/* All other bytes stay. */
	{"app=5:6", "app:x:1:1::/:/bin/sh\r\nb:x:2:2:::\r\n", "app:x:1:b\r\nb:x:2:\r\n", 6,
         "app:x:5:6::/:/bin/sh\r\nb:x:2:2:::\r\n", "app:x:6:b\r\nb:x:2:\r\n"},
	{"app=5:6", "app:x:1:1::/:/bin/sh", "app:x:1:b", 6, "app:x:5:6::/:/bin/sh", "app:x:6:b"},
	{"app=5:7", "app:x:1:007::/:\n", "g:x:7:\n", 7, "app:x:5:007::/:\n"},
	{"app=2147483647", "\n\nx\n#c\napp:$6$:1:1:\xff\x01:/\xfe:\t\n:::\n\n", "g:x:1:\n\n", 1,
         "\n\nx\n#c\napp:$6$:2147483647:1:\xff\x01:/\xfe:\t\n:::\n\n"},
	/* The first line that is not damaged counts. */
	{"app=5", "app:x:1:1::/:\napp:x:5:5::/:\n", "g:x:1:\n", 1,
         "app:x:5:1::/:\napp:x:5:5::/:\n"},
	{"app=5", "app:x::1::/:\napp:x:1:1::/:\n", "g:x:1:\n", 1, "app:x::1::/:\napp:x:5:1::/:\n"},
	{0},
};
TABLE(an_account_with_other_numbers_is_renumbered_in_place, is_planned);

static struct change_row S6_S29_what_would_change_another_account_or_line_is_refused[] = {
	{"root=%", ROOT, "", .refused = "it is uid 0", .each = "1000 1000:1000 0:1000"},
	{"toor=1000", ROOT "toor:x:00:0::/:\n", "", .refused = "it is uid 0"},
	/* The line of root is never changed, also if somebody else has the uid. */
	{"root=1000", ROOT APP, "", .refused = "it is uid 0"},
	/* No second line behind a damaged one. */
	{"app=1000", "%", ROOT_GROUP, .refused = "is damaged",
         .each = "app:x::0::/:/bin/sh\n app:x:1000:1000::/:/bin/sh:\n app:x:4294967296:0::/:\n "
                 "app\n app app:x:0:0\r\n"},
	{"app=1000", ROOT "app:x:1000:1000::\n", ROOT_GROUP, .refused = "is damaged"},
	{"app=1000", " app:x:0:0::/:/bin/sh\n", ROOT_GROUP, .refused = "is damaged"},
	{"%=1000", ROOT, "", .refused = "not a name that an account can have",
         .each = "x\nroot2:x:0:0 x:y x\r '' 1000 0day -x +x #x x\x7f "
                 "abcdefghijklmnopqrstuvwxyz0123456"},
	{"x y=1000", ROOT, "", .refused = "not a name that an account can have"},
	{"app=1000 %", ROOT, "", .refused = "not a home directory that passwd can hold",
         .each = "'' srv ./srv /srv:/bin/sh /srv\nroot2:x:0:0::/: /\r /\x7f /a\tb /\x1b[m"},
	{0},
};
TABLE(S6_S29_what_would_change_another_account_or_line_is_refused, is_planned);

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
