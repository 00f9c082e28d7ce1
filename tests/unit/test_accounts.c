#include "cases.h"

#include "core/passwd_parse.h"

/* Appends the entry. If none IS_FOUND, ENTRY must be untouched. */
static void append_entry(char *found, bool is_found, enum account_file kind,
                         const struct account *entry)
{
	struct account untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	if (!is_found) {
		assert_memory_equal(entry, &untouched, sizeof(untouched));
		return;
	}
	append(found, "%.*s %u", (int)entry->name.length, entry->name.bytes, entry->uid);
	if (kind == PASSWD_FIELDS)
		append(found, ":%u %.*s", entry->gid, (int)entry->home.length, entry->home.bytes);
	else
		append(found, " %.*s", (int)entry->members.length, entry->members.bytes);
}

/* Appends what FILE says to a question: "user=NAME", "uid=N", "group=NAME", "gid=N", "groups=NAME", "mentions=NAME". */
static void append_answer(char *found, struct slice file, const char *question)
{
	struct slice rest = file;
	struct slice name = slice_of(strchr(question, '=') + 1);
	uint32_t id = (uint32_t)strtoul(name.bytes, NULL, 10);
	enum account_file kind = question[0] == 'u' ? PASSWD_FIELDS : GROUP_FIELDS;
	struct account entry;
	uint32_t gid = 77;

	memset(&entry, 0x5a, sizeof(entry));
	if (strncmp(question, "mentions=", 9) == 0)
		append(found, "%s", accounts_mention(file, name) ? "yes" : "");
	else if (strncmp(question, "groups=", 7) == 0) {
		while (group_next_of(&rest, name, &gid))
			append(found, "%s%u", found[0] == '\0' ? "" : " ", gid);
		assert_int_equal(rest.length, 0);
		assert_true(found[0] != '\0' || gid == 77);
	} else if (strncmp(question + 1, "id=", 3) == 0)
		append_entry(found, account_find_id(file, kind, id, &entry), kind, &entry);
	else
		append_entry(found, account_find_name(file, kind, name, &entry), kind, &entry);
}

static void is_answered(const char *line, const char *wanted)
{
	char question[FOUND_BYTES];
	char found[FOUND_BYTES] = "";
	const char *file = strchr(line, '|') + 1;

	snprintf(question, sizeof(question), "%.*s", (int)(file - line) - 1, line);
	append_answer(found, slice_of(file), question);
	assert_found(line, found, wanted);
}

#define PASSWD                                                                                     \
	"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:The app,,,:/srv/app:/bin/false\n"          \
	"twin:x:1000:7::/twin:\napp:x:5:5::/second:\n"                                             \
	"high:*:2147483647:2147483647::/:/sbin/nologin\n"
#define OUT_OF_RANGE "2147483648 4294967297 18446744073709551616 -1"

PATTERNS(entries_are_found_and_the_first_counts, is_answered) = {
	{"user=app|" PASSWD, "app 1000:1001 /srv/app"},
	{"uid=1000|" PASSWD, "app 1000:1001 /srv/app"},
	{"%|" PASSWD, "", "user=ap user=appl user= user=x uid=1"},
	{"groups=app|a:x:3:app\nb:x:1:other\nc:x:2:x,app\nbad:x::app\nd:x:3:app\n", "3 2 3"},
	/* Leading zeros are decimal (S3). */
	{"uid=10|a:x:010:0777::/:", "a 10:777 /"},
};

PATTERNS(S1_S2_S4_S6_S7_entries_that_do_not_count, is_answered) = {
	{"user=app|app:x:%:0::/:", "", OUT_OF_RANGE},
	{"user=app|app:x:0:%::/:", "", OUT_OF_RANGE},
	{"group=app|app:x:%:app", "", OUT_OF_RANGE},
	{"%|app:x::1000::/:/bin/sh\n+::::::\n::0:0::/:\n", "", "uid=0 user=app user=+ user="},
	{"%|1000:x:0:0::/root:/bin/sh\n0:x:1:1::/:\n", "", "user=1000 uid=0 uid=1"},
	{"%|1000:x:0:app\n", "", "group=1000 gid=0"},
	/* A digit in front is no number. */
	{"user=0day|0day:x:9:9::/:", "0day 9:9 /"},
};

#define CRLF_GROUP "root:x:0:\r\nweb:x:8:a,app\r\n\r\nlast:x:9:app\r"

PATTERNS(S6_ends_of_lines, is_answered) = {
	{"user=app|root:x:0:0:::\r\napp:x:7:8::/h:\r\nb:x:1:1:::\r\n", "app 7:8 /h"},
	{"group=web|" CRLF_GROUP, "web 8 a,app"},
	{"groups=app|" CRLF_GROUP, "8 9"},
};

PATTERNS(S7_members_match_exactly, is_answered) = {
	{"groups=app|web:x:8:%", "8", "app a,app app,b a,app,b ,app app,"},
	{"groups=a|web:x:8:%", "8", "a x,a"},
	{"groups=app|web:x:8:%", "", "'' , ap apps APP app;b myapp a,myapp,b"},
	{"groups=app|web:x:8:a pp, app,app ", ""},
	{"groups=|web:x:8:%", "", "'' , ,app app, app"},
};

PATTERNS(mention_is_any_line_that_begins_with_the_name, is_answered) = {
	{"mentions=app|%", "yes", "app:x:0:0::/: app a:b\napp\n app\r\n app:"},
	{"mentions=app| \t%", "yes", "app:broken app"},
	{"mentions=a|%", "yes", "a b\na"},
	{"mentions=app|%", "", "'' \n\n apps:x ap:x #app:x +app:x x:app"},
};

/* Lines of passwd, which end with a newline, because some hold a NUL. None of them is an entry. */
static const char damaged_passwd[] =
	"app:x::0::/:/bin/sh\napp:x:1000:::/:/bin/sh\napp:x:abc:0::/:/bin/sh\n"
	"app:x: 1000:1000::/:/bin/sh\napp:x:1000:-1::/:/bin/sh\napp\napp:x:0:0:root:/root\n"
	"app:x:0:0:root:/root:/bin/sh:\n:app:x:0:0::/:/bin/sh\n app:x:0:0::/:/bin/sh\n"
	"app :x:0:0::/:/bin/sh\n+app:x:0:0::/:/bin/sh\n-app:x:0:0::/:/bin/sh\n"
	"#app:x:0:0::/:/bin/sh\napp\0:x:0:0::/:/bin/sh\napp:x:0:0::/:/bin/sh\0\n";

/* The same of group. */
static const char damaged_group[] =
	"nogid:x::app\nword:x:root:app\nshort:x:0\nlong:x:0:app:\n:x:0:app\n0:x:0:app\n"
	"+web:x:0:app\nwe b:x:0:app\nwe\x7f:x:0:app\nweb:x:0:app\0\nweb:x:0\0:app\n";

/* Each of LINES answers no question, and leaves the line GOOD behind it to answer the first one. */
static void assert_damaged(struct slice lines, const char *const questions[3], const char *good,
                           const char *wanted)
{
	while (lines.length > 0) {
		struct slice line = slice_cut(&lines, '\n');
		char file[128];
		char found[FOUND_BYTES] = "";

		memcpy(file, line.bytes, line.length + 1);
		strcpy(file + line.length + 1, good);
		for (size_t i = 0; i < 3; i++)
			append_answer(found, line, questions[i]);
		assert_found(file, found, "");
		line = (struct slice){file, line.length + 1 + strlen(good)};
		append_answer(found, line, questions[0]);
		assert_found(file, found, wanted);
	}
}

TEST(S6_S7_a_damaged_line_does_not_exist_and_does_not_hide_the_next)
{
	static const char *const of_passwd[] = {"user=app", "uid=0", "uid=1000"};
	static const char *const of_group[] = {"groups=app", "gid=0", "group=web"};

	assert_damaged((struct slice){damaged_passwd, sizeof(damaged_passwd) - 1}, of_passwd,
	               "app:x:42:43::/home:/bin/sh", "app 42:43 /home");
	assert_damaged((struct slice){damaged_group, sizeof(damaged_group) - 1}, of_group,
	               "web:x:8:app", "8");
}

/* A reader that takes quadratic time needs hours. */
TEST(S28_long_files_and_lines_take_linear_time)
{
	static const char *const fillers[] = {"\n",   ":",           ",", "a",  "a:\n",
	                                      "\r\n", "a:x:1:\n",    " ", "\t", "web:x:1:a,b\n",
	                                      "mmm,", "a:b:1:1:::\n"};
	static const char *const ends[] = {"\napp:x:7:7::/:\n", "\nlast:x:7:app"};
	static char bytes[2 << 20];

	for (size_t i = 0; i < COUNT(fillers) * COUNT(ends); i++) {
		const char *filler = fillers[i / COUNT(ends)];
		const char *end = ends[i % COUNT(ends)];
		struct slice file = {bytes, sizeof(bytes)};
		char found[FOUND_BYTES] = "";

		for (size_t offset = 0; offset < sizeof(bytes); offset++)
			bytes[offset] = filler[offset % strlen(filler)];
		memcpy(bytes, "web:x:8:", 8);
		memcpy(bytes + sizeof(bytes) - strlen(end), end, strlen(end));
		append_answer(found, file, "groups=app");
		append_answer(found, file, "user=app");
		append_answer(found, file, "mentions=app");
		assert_found(filler, found, i % COUNT(ends) == 0 ? "app 7:7 /yes" : "7");
	}
}
