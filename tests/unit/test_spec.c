#include "spec_text.h"

#define OUT_OF_RANGE                                                                               \
	"2147483648 4294967294 4294967295 4294967296 4294967297 9223372036854775807 "              \
	"9223372036854775808 111111111111111111111111111111"
#define NO_IDS                                                                                     \
	"-1 -2 +1000 \t1000 1000\n app:-1 app:+0 1000:-1 + - #app +app -app app\n app\x7f "        \
	"app:\x01"
#define NEITHER "neither a name nor an id"
#define NO_ACCOUNT "not a name that an account can have"

typedef bool parse_spec(const char *text, struct user_spec *ret_spec, struct error *error);

/* A refusal is "no: " with a part of the message. The result is then untouched. */
static void check_spec(parse_spec *parse, const char *text, const char *wanted)
{
	struct user_spec untouched;
	struct user_spec spec;
	struct error error = {0};
	bool is_refused = strncmp(wanted, "no: ", 4) == 0;
	char found[FOUND_BYTES] = "";

	memset(&untouched, 0x5a, sizeof(untouched));
	spec = untouched;
	if (parse(text, &spec, &error) == is_refused)
		fail_msg("%s: %s", text, is_refused ? "taken" : error.message);
	if (is_refused) {
		assert_memory_equal(&spec, &untouched, sizeof(spec));
		assert_int_equal(error.status, STATUS_FAILED);
		assert_null(strchr(error.message, '\n'));
		if (strstr(error.message, wanted + 4) == NULL)
			fail_msg("'%s' is refused by: %s", text, error.message);
	} else {
		append_spec(found, &spec);
		assert_found(text, found, wanted);
	}
}

static void user_is(const char *text, const char *wanted)
{
	check_spec(spec_parse_user, text, wanted);
}

static void gosu_user_is(const char *text, const char *wanted)
{
	check_spec(spec_parse_gosu, text, wanted);
}

static struct pattern forms_that_user_takes[] = {
	{"%", "%",
         "app 0 10001 app:www 10001:10002 app:10002 10001:www 10001:0 DOM\\user caf\xc3\xa9 0day "
         "a.very.long.name.that.only.some.directory.service.knows app=10001 app=10001:10002 "
         "app=10001:www _a-b.c9=0:0 App=1000 aZ=1000 abcdefghijklmnopqrstuvwxyz012345=1 1000:1000"},
	/* Every spelling of zero is zero (S26). */
	{"%", "0", "00 0000000000000000"},
	{"app=00:1000", "app=0:1000"},
	{0},
};
PATTERNS(forms_that_user_takes, user_is);

static struct pattern S3_leading_zeros_are_decimal[] = {
	{"010:0777", "10:777"},
	{0},
};
PATTERNS(S3_leading_zeros_are_decimal, user_is);

/* A ':' ends the path; else it may hold anything. */
static struct pattern forms_of_the_owner_of_a_path[] = {
	{"%", "%",
         "@/ @/project @/a/../b/ app=@/project @/project:www @/project:0 app=@/project:10002 @/a=b "
         "app=@/a=b"},
	{"@/a b@c#\n", "@/a b@c#\n"},
	{"@", "no: it is not absolute (start it with '/')"},
	{"%", "no: it is not absolute", "@project @./project @@/project @1000 @:0 app=@ app=@b"},
	{"%", "no: " NEITHER, "@/project: @/project:@/b app:@/project app@/project"},
	{" @/project", "no: " NEITHER},
	{"%", "no: " NO_ACCOUNT, "0day=@/project =@/project"},
	{0},
};
PATTERNS(forms_of_the_owner_of_a_path, user_is);

static struct pattern S1_S2_S3_S4_S5_what_user_refuses[] = {
	{"%", "no: the id is out of range", OUT_OF_RANGE},
	{"app:%", "no: the id is out of range", OUT_OF_RANGE},
	{"1000:%", "no: the id is out of range", OUT_OF_RANGE},
	{"app=%", "no: the id is out of range", OUT_OF_RANGE},
	{"app=1000:%", "no: the id is out of range", OUT_OF_RANGE},
	{"%", "no: " NEITHER, NO_IDS},
	{" 1000", "no: " NEITHER},
	{"1000 ", "no: " NEITHER},
	{"app: 0", "no: " NEITHER},
	{"1000: 10", "no: " NEITHER},
	{"a b", "no: " NEITHER},
	{"%", "no: " NEITHER,
         "'' : app: :app 1000: app= app=:1000 app=1000: app:a:b 1:2:3 app=1:2:3 app=1=2"},
	{"%", "no: the uid is not a number", "app=www app=www:1000 app=$100"},
	{"%", "no: " NO_ACCOUNT, "=1000 = app:www=1000 1000=1000"},
	{0},
};
PATTERNS(S1_S2_S3_S4_S5_what_user_refuses, user_is);

static struct pattern forms_that_gosu_takes[] = {
	{"%", "%", "app 1000:1000 app:www 0"},
	{":%", "none:%", "www 27"},
	{"%", "none", "'' :"},
	{"app:", "app"},
	{"%", "no: the id is out of range", OUT_OF_RANGE},
	{"app:%", "no: the id is out of range", OUT_OF_RANGE},
	{"1000:%", "no: the id is out of range", OUT_OF_RANGE},
	{"%", "no: " NEITHER, NO_IDS " app=1000 a:b:c @/project"},
	{" 1000", "no: " NEITHER},
	{"a b", "no: " NEITHER},
	{0},
};
PATTERNS(forms_that_gosu_takes, gosu_user_is);

static void account_name_is_refused(const char *name, const char *wanted)
{
	char text[FOUND_BYTES] = "";

	if (spec_is_account_name(slice_of(name)))
		fail_msg("taken: '%s'", name);
	append(text, "%s=1000", name);
	user_is(text, wanted);
}

TEST(S29_account_name_cannot_hold_a_field_separator)
{
	static const struct pattern rows[] = {
		{"%", "no: " NO_ACCOUNT,
	         "x\n x\r a:b a,b a/b + +app -app #app .app 0day 1000 '' a\x7f a\x01 caf\xc3\xa9 "
	         "app$ "
	         "a\\b ~ * abcdefghijklmnopqrstuvwxyz0123456"},
		{"a b", "no: " NO_ACCOUNT},
		{"x\nroot2:x:0:0", "no: 'x\\nroot2:x:0:0': " NO_ACCOUNT},
		{0},
	};

	check_patterns(rows, account_name_is_refused);
	assert_false(spec_is_account_name((struct slice){"a\0b", 3}));
	assert_true(spec_is_account_name(slice_of("app")));
}

static void group_is(const char *text, const char *wanted)
{
	struct spec_ref ref = {.id = 77};
	struct error error;
	char found[FOUND_BYTES] = "";

	if (spec_parse_group(text, &ref, &error))
		append_ref(found, &ref);
	else
		assert_int_equal(ref.id, 77);
	assert_found(text, found, wanted);
}

TEST(forms_that_group_takes)
{
	static const struct pattern rows[] = {
		{"%", "%", "docker 999 27 @/run/docker.sock"},
		{"%", "", "'' : a:b -1 +27 @ a=b 4294967296 a,b 2147483648"},
		{" 27", ""},
		{"27 ", ""},
		{0},
	};
	struct spec_ref ref = {.id = 77};
	struct error error;

	check_patterns(rows, group_is);
	/* --own-from takes no path. */
	assert_false(spec_parse_owner(slice_of("@/project"), &ref, &error));
	assert_int_equal(ref.id, 77);
}

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
