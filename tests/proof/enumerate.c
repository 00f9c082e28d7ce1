/* usage: enumerate PART
 *
 * Gives a parser every input over an alphabet up to a length, and holds what it says against the
 * oracle's tables and regular expressions. Prints how many there were; ends at the first that
 * differs. The alphabets have one of each kind of byte that the grammar tells apart, and the limits
 * of numbers as words of their own. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "core/expand.h"
#include "same.h"

enum { LONGEST = 256 };

/* A word of an alphabet; it may hold NUL. */
struct letter {
	const char *bytes;
	size_t length;
};

/* Versions of clang-format disagree about braces in a macro. */
/* clang-format off */
#define LETTER(text) {text, sizeof(text) - 1}
/* clang-format on */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef void check(struct slice input);

static uint64_t tried;

static _Noreturn void fail(struct slice input, const char *what)
{
	printf("breach: %s: \"", what);
	for (size_t i = 0; i < input.length; i++) {
		unsigned char byte = (unsigned char)input.bytes[i];

		printf(byte < ' ' || byte >= 0x7f ? "\\%03o" : "%c", byte);
	}
	printf("\"\n");
	exit(1);
}

/* Every row of up to MOST letters behind what is in BUFFER already. */
static void rows(char *buffer, size_t length, const struct letter *alphabet, size_t count,
                 unsigned most, check *one)
{
	buffer[length] = '\0';
	one((struct slice){buffer, length});
	tried++;
	for (size_t i = 0; most > 0 && i < count; i++) {
		memcpy(buffer + length, alphabet[i].bytes, alphabet[i].length);
		rows(buffer, length + alphabet[i].length, alphabet, count, most - 1, one);
	}
}

static void all(const char *what, const struct letter *alphabet, size_t count, unsigned most,
                check *one)
{
	char buffer[LONGEST];

	tried = 0;
	rows(buffer, 0, alphabet, count, most, one);
	printf("# %s: %" PRIu64 " inputs: %zu letters, rows of up to %u\n", what, tried, count,
	       most);
}

/* --- ids ---------------------------------------------------------------------------------------- */

static void check_id(struct slice input)
{
	uint32_t id = 0x5a5a5a5a;
	uint32_t wanted = 0x5a5a5a5a;
	bool is_id = id_parse(input, &id);

	if (is_id != oracle_id(input.bytes, input.length, &wanted))
		fail(input, is_id ? "an id" : "no id");
	if (id != wanted)
		fail(input, is_id ? "another id" : "written on failure");
	if (is_id && !id_is_digits(input))
		fail(input, "an id, and not digits");
}

static void enumerate_ids(void)
{
	static const struct letter few[] = {
		LETTER("0"), LETTER("1"), LETTER("2"),  LETTER("4"), LETTER("7"), LETTER("8"),
		LETTER("9"), LETTER("-"), LETTER("\0"), LETTER("x"), LETTER(" "),
	};
	static const struct letter limits[] = {
		LETTER("0"),
		LETTER("9"),
		LETTER("21474836"),
		LETTER("4"),
		LETTER("7"),
		LETTER("8"),
		LETTER("42949672"),
		LETTER("922337203685477580"),
		LETTER("1844674407370955161"),
		LETTER("5"),
	};
	static char bytes[256];
	static struct letter every[256];
	char number[24];

	for (unsigned i = 0; i < 256; i++) {
		bytes[i] = (char)i;
		every[i] = (struct letter){&bytes[i], 1};
	}
	all("id_parse, every byte", every, 256, 2, check_id);
	all("id_parse, digits and others", few, COUNT(few), 7, check_id);
	all("id_parse, limits", limits, COUNT(limits), 6, check_id);
	tried = 0;
	/* Around all powers of two and ten. */
	for (unsigned base = 2; base <= 10; base += 8) {
		for (uint64_t power = 1; power <= UINT64_MAX / base; power *= base) {
			for (int64_t delta = -5000; delta <= 5000; delta++) {
				int length = sprintf(number, "%" PRIu64, power + (uint64_t)delta);

				check_id((struct slice){number, (size_t)length});
				tried++;
			}
		}
	}
	printf("# id_parse, around powers: %" PRIu64 " inputs\n", tried);
}

/* --- specs -------------------------------------------------------------------------------------- */

static void check_spec(struct slice input)
{
	struct user_spec found;
	struct oracle_spec wanted;
	struct error error;
	bool is_good = spec_parse_user(input.bytes, &found, &error);

	if (is_good != oracle_user_spec(input.bytes, &wanted))
		fail(input, is_good ? "--user takes it" : "--user refuses it");
	if (is_good && !is_same_spec(&found, &wanted))
		fail(input, "--user reads it as something else");
	is_good = spec_parse_gosu(input.bytes, &found, &error);
	if (is_good != oracle_compat_spec(input.bytes, &wanted))
		fail(input, is_good ? "gosu takes it" : "gosu refuses it");
	if (is_good && !is_same_spec(&found, &wanted))
		fail(input, "gosu reads it as something else");
}

static void enumerate_specs(void)
{
	static const struct letter bytes[] = {
		LETTER("a"), LETTER("0"), LETTER("1"), LETTER(":"),    LETTER("="),    LETTER("-"),
		LETTER("_"), LETTER("@"), LETTER("/"), LETTER("\x7f"), LETTER("\x80"),
	};
	static const struct letter words[] = {
		LETTER("app"),        LETTER("0"), LETTER("2147483647"), LETTER("2147483648"),
		LETTER("4294967296"), LETTER(":"), LETTER("="),          LETTER("-"),
		LETTER("#"),          LETTER("+"), LETTER("\n"),         LETTER("abcdefghijklmnop"),
		LETTER("@/"),         LETTER(","),
	};

	all("spec_parse_user, spec_parse_gosu, bytes", bytes, COUNT(bytes), 6, check_spec);
	all("spec_parse_user, spec_parse_gosu, words", words, COUNT(words), 5, check_spec);
}

/* --- account lines ------------------------------------------------------------------------------ */

static void check_entries(struct slice file, enum account_file kind)
{
	struct slice rest = file;
	struct account found;
	struct oracle_entry wanted;
	size_t at = 0;

	while (at < file.length) {
		at += oracle_line(file.bytes + at, file.length - at, kind, &wanted);
		if (!wanted.counts)
			continue;
		if (!account_next(&rest, kind, &found))
			fail(file, "an entry is not seen");
		if (!is_same_entry(&found, &wanted, kind))
			fail(file, "an entry is seen as another");
	}
	if (account_next(&rest, kind, &found))
		fail(file, "what is no entry is seen as one");
}

static void check_passwd(struct slice file)
{
	check_entries(file, PASSWD_FIELDS);
}

static void check_group(struct slice file)
{
	check_entries(file, GROUP_FIELDS);
}

static void enumerate_lines(void)
{
	static const struct letter bytes[] = {
		LETTER("a"),  LETTER("0"),  LETTER(":"), LETTER("\n"),
		LETTER("\r"), LETTER("\0"), LETTER("-"),
	};
	/* The shortest line of passwd that counts has nine bytes. */
	static const struct letter words[] = {
		LETTER("a"),  LETTER("0"),  LETTER(":"), LETTER(":::"), LETTER("2147483647:"),
		LETTER("\n"), LETTER("\r"), LETTER("+"), LETTER("\0"),  LETTER("a::1:1::"),
	};

	all("account_next, group, bytes", bytes, COUNT(bytes), 8, check_group);
	all("account_next, group, words", words, COUNT(words), 6, check_group);
	all("account_next, passwd, bytes", bytes, 4, 12, check_passwd);
	all("account_next, passwd, words", words, COUNT(words), 6, check_passwd);
}

/* --- variables ---------------------------------------------------------------------------------- */

#define SIGNS ",=:@" /* those of --user */

static void check_variables(struct slice input)
{
	static char memory[LONGEST];
	static char *const environment[] = {(char *)(uintptr_t)("A=one"), (char *)(uintptr_t)("B="),
	                                    (char *)(uintptr_t)("A=two"), NULL};
	struct arena arena = arena_in(memory, sizeof(memory));
	struct error error;
	struct filler filler = {environment, &arena, &error, false};
	bool lacks;
	const char *found = expand(&filler, "--user", input.bytes, SIGNS);
	char *wanted = oracle_fill_in(environment, input.bytes, SIGNS, &lacks);

	if ((found == NULL) != (wanted == NULL) || (found != NULL && strcmp(found, wanted) != 0) ||
	    filler.has_empty != lacks)
		fail(input, "filled in with something else");
	free(wanted);
}

static void enumerate_variables(void)
{
	static const struct letter words[] = {
		LETTER("$"), LETTER("{"), LETTER("}"),   LETTER(":"),    LETTER("-"),
		LETTER("A"), LETTER("B"), LETTER("${B"), LETTER("${A-"), LETTER("9"),
	};

	all("expand", words, COUNT(words), 6, check_variables);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*enumerate)(void);
	} parts[] = {
		{"ids", enumerate_ids},
		{"specs", enumerate_specs},
		{"lines", enumerate_lines},
		{"variables", enumerate_variables},
	};

	for (size_t i = 0; argc == 2 && i < COUNT(parts); i++) {
		if (strcmp(argv[1], parts[i].name) == 0) {
			parts[i].enumerate();
			return 0;
		}
	}
	fputs("usage: enumerate ids|specs|lines|variables\n", stderr);
	return 2;
}
