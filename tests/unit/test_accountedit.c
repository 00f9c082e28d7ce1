#include "cases.h"

#include <stdalign.h>

#include "core/account_change.h"

#define ROOT "root:x:0:0:root:/root:/bin/sh\n"
#define ROOT_GROUP "root:x:0:\n"
#define APP_AS(ids) "app:x:" ids ":App,,,:/srv/app:/bin/bash\n"
#define APP APP_AS("1000:1000")
#define APP_GROUP "app:x:1000:\n"
#define NOLOGIN ":/sbin/nologin\n"

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

/* Appends FILE after CHANGE, or "=" if it is kept, and returns the file then. An added line leaves the old bytes one
 * piece. */
static struct slice append_edited(char *found, struct slice file, const struct line_change *change)
{
	const char *begin = found + strlen(found);
	struct edited_file edited;

	if (change->action == ACCOUNT_KEEP) {
		append(found, "=");
		return file;
	}
	edited = account_file_edit(file, change);
	if (change->action == ACCOUNT_ADD)
		assert_true(slice_equal(edited.pieces[0], file));
	for (size_t i = 0; i < COUNT(edited.pieces); i++)
		if (edited.pieces[i].length > 0)
			append(found, "%.*s", (int)edited.pieces[i].length, edited.pieces[i].bytes);
	return slice_of(begin);
}

/* GIVEN is "REQUEST|PASSWD|GROUP". WANTED is "GID|PASSWD|GROUP" after the change, or see assert_refused(). The
 * same request changes nothing then. */
static void comes_to(const char *given, const char *wanted)
{
	static alignas(max_align_t) char memory[256];
	struct arena arena = arena_in(memory, sizeof(memory));
	struct slice rest = slice_of(given);
	struct account_request request;
	struct account_change untouched, change;
	struct slice passwd, group;
	struct error error;
	char text[FOUND_BYTES];
	char found[2][FOUND_BYTES] = {"", ""};

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(given, "|"), given);
	request = request_of(text);
	slice_cut(&rest, '|');
	passwd = slice_cut(&rest, '|');
	group = rest;
	memset(&untouched, 0x5a, sizeof(untouched));
	change = untouched;
	for (size_t i = 0; i < COUNT(found); i++) {
		if (!account_change_plan(passwd, group, &request, &arena, &change, &error)) {
			assert_refused(given, &error, wanted);
			assert_memory_equal(&change, &untouched, sizeof(untouched));
			return;
		}
		append(found[i], "%u%s|", change.gid, change.by_number ? " by number" : "");
		passwd = append_edited(found[i], passwd, &change.passwd);
		append(found[i], "|");
		group = append_edited(found[i], group, &change.group);
	}
	assert_found(given, found[0], wanted);
	snprintf(text, sizeof(text), "%.*s|=|=", (int)strcspn(wanted, "|"), wanted);
	assert_found(given, found[1], text);
}

PATTERNS(an_account_that_is_right_is_kept, comes_to) = {
	{"app=1000%|" ROOT APP "|" APP_GROUP, "1000|=|=", "'' :1000"},
	/* The uid belongs to another name, and is used by number. */
	{"app=33|www:x:33:34::/:\n|", "34 by number|=|="},
	{"app=33|%www:x:33:34::/:\n|",
         "34 by number|=|=", "app:x:5:33::/:\n app:x:5:0::/:\n " APP_AS("5:5")},
};

PATTERNS(a_missing_account_is_added, comes_to) = {
	{"app=1000||", "1000|app:*:1000:1000::/" NOLOGIN "|app:*:1000:\n"},
	{"%=2147483647:2147483646||",
         "2147483646|%:*:2147483647:2147483646::/" NOLOGIN "|%:*:2147483646:\n", "app seven_b"},
	{"%=7||", "7|%:*:7:7::/" NOLOGIN "|%:*:7:\n", "abcdefghijklmnopqrstuvwxyz012345"},
	/* Group 0 with no entry gets no name. */
	{"app=1000:0|" ROOT "|", "0|" ROOT "app:*:1000:0::/" NOLOGIN "|="},
	/* A last line without newline gets one (S29). */
	{"app=7|root:x:0:0:::%|root:x:0:%",
         "7|root:x:0:0:::%\napp:*:7:7::/" NOLOGIN "|root:x:0:%\napp:*:7:\n", "'' \r"},
	/* A home is written as it is. */
	{"app=5 /a b||g:x:5:\n", "5|app:*:5:5::/a b" NOLOGIN "|="},
	/* A group gets a name that is free, or none. */
	{"app=5||app:x:77:\napp-5:x:78:\n", "5|app:*:5:5::/" NOLOGIN "|="},
};

PATTERNS(an_account_with_other_numbers_is_renumbered_in_place, comes_to) = {
	/* The private group follows, unless it is another user's, too. */
	{"app=5:6|" ROOT APP "|" ROOT_GROUP "app:x:1000:a,b\nz:x:9:\n",
         "6|" ROOT APP_AS("5:6") "|" ROOT_GROUP "app:x:6:a,b\nz:x:9:\n"},
	{"app=1000:6|" APP "b:x:8:1000::/:\n|" APP_GROUP,
         "6|" APP_AS("1000:6") "b:x:8:1000::/:\n|" APP_GROUP "app-6:*:6:\n"},
	{"app=5:6|app:x:1:7::/:\nb:x:7:1::/:\n|app:x:7:\n",
         "6|app:x:5:6::/:\nb:x:7:1::/:\n|app:x:6:\n"},
	/* Group 0 is nobody's own, and is not made from a private one. */
	{"app=1000:6|app:x:1000:0::/:\n|app:x:0:\n", "6|app:x:1000:6::/:\n|app:x:0:\napp-6:*:6:\n"},
	{"app=1000:0|" APP "|" APP_GROUP, "0|" APP_AS("1000:0") "|="},
	/* All other bytes stay. */
	{"app=5:6|app:x:1:1::/:/bin/sh\r\nb:x:2:2:::\r\n|app:x:1:b\r\nb:x:2:\r\n",
         "6|app:x:5:6::/:/bin/sh\r\nb:x:2:2:::\r\n|app:x:6:b\r\nb:x:2:\r\n"},
	{"app=5:7|app:x:1:007::/:\n|g:x:7:\n", "7|app:x:5:007::/:\n|="},
	{"app=7:5|app:x:007:1::/:\n|g:x:5:\n", "5|app:x:007:5::/:\n|="},
	{"app=2147483647|\n\nx\n#c\napp:$6$:1:1:\xff\x01:/\xfe:\t\n:::\n\n|g:x:1:\n\n",
         "1|\n\nx\n#c\napp:$6$:2147483647:1:\xff\x01:/\xfe:\t\n:::\n\n|="},
	/* The first line that is not damaged counts. */
	{"app=5|app:x::1::/:\napp:x:1:1::/:\n|g:x:1:\n", "1|app:x::1::/:\napp:x:5:1::/:\n|="},
};

PATTERNS(S6_S29_what_would_change_another_account_or_line_is_refused, comes_to) = {
	{"root=%|" ROOT "|", "!it is uid 0", "1000 1000:1000 0:1000"},
	{"toor=1000|" ROOT "toor:x:%::/:\n|", "!it is uid 0", "00:0 0:5"},
	/* The line of root is never changed, also if somebody else has the uid. */
	{"root=1000|" ROOT APP "|", "!it is uid 0"},
	/* No second line behind a damaged one. */
	{"app=1000|%|" ROOT_GROUP, "!is damaged",
         "app:x::0::/:/bin/sh\n app:x:1000:1000::/:/bin/sh:\n app:x:1000:1000::\n "
         "app:x:4294967296:0::/:\n app\n app app:x:0:0\r\n"},
	{"app=1000|% app:x:0:0::/:/bin/sh\n|" ROOT_GROUP, "!is damaged", "'' " ROOT},
	{"%=1000|" ROOT "|", "!not a name that an account can have",
         "x\nroot2:x:0:0 x:y x\r '' 1000 0day -x +x #x x\x7f abcdefghijklmnopqrstuvwxyz0123456"},
	/* More than the memory holds. */
	{"app=5|app:x:1:1:%%%%%%%%:/:\n|", "!the line is too long",
         "abcdefghijklmnopqrstuvwxyz012345"},
	{"app=1000 %|" ROOT "|", "!not a home directory that passwd can hold",
         "'' srv ./srv /srv:/bin/sh /srv\nroot2:x:0:0::/: /\r /\x7f /a\tb /\x1b[m"},
};
