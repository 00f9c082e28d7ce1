/* usage: enumerate TARGET LESS
 *
 * Gives the target of tests/fuzz that this is linked with every row of words up to a length, where the
 * fuzzer draws some. The target ends this at the first breach. The words are one of each kind of byte
 * that the grammar tells apart, and the limits of numbers. Rows of LESS words less are tried. */

#include "fuzz.h"

enum { LONGEST = 256, WORDS = 256 };

/* The length of a literal counts, because a NUL is a word, too. */
/* clang-format off */
#define TEXT(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

static const struct space {
	const char *target;
	const char *name;
	unsigned most;       /* words in a row */
	struct slice before; /* the row in an input of the target */
	struct slice words;  /* with '|' between them; if there are none, every byte is one */
} spaces[] = {
	{"ids", "every byte", 2, TEXT(""), TEXT("")},
	{"ids", "digits and others", 7, TEXT(""), TEXT("0|1|2|4|7|8|9|-|\0|x| ")},
	{"ids", "limits", 6, TEXT(""),
         TEXT("0|9|21474836|4|7|8|42949672|922337203685477580|1844674407370955161|5")},
	{"spec", "bytes", 6, TEXT(""), TEXT("a|0|1|:|=|-|_|@|/|\x7f|\x80")},
	{"spec", "words", 5, TEXT(""),
         TEXT("app|0|2147483647|2147483648|4294967296|:|=|-|#|+|\n|abcdefghijklmnop|@/|,")},
	{"accounts", "group, bytes", 7, TEXT("1a\f"), TEXT("a|0|:|\n|\r|\0|-")},
	{"accounts", "group, words", 6, TEXT("1a\f"),
         TEXT("a|0|:|:::|2147483647:|\n|\r|+|\0|a::1:1::")},
	/* The shortest line of passwd that counts has nine bytes. */
	{"accounts", "passwd, bytes", 11, TEXT("0a\f"), TEXT("a|0|:|\n")},
	{"accounts", "passwd, words", 6, TEXT("0a\f"),
         TEXT("a|0|:|:::|2147483647:|\n|\r|+|\0|a::1:1::")},
	/* With the signs of --user, and memory enough. */
	{"interpolate", "words", 6, TEXT("\7A=one\0B=\0A=two\f"), TEXT("$|{|}|:|-|A|B|${B|${A-|9")},
};

static struct slice words[WORDS];
static size_t word_count;
static uint64_t tried;

static void read_words(struct slice list)
{
	static char bytes[WORDS];

	word_count = 0;
	for (unsigned i = 0; list.length == 0 && i < WORDS; i++) {
		bytes[i] = (char)i;
		words[word_count++] = (struct slice){&bytes[i], 1};
	}
	while (list.length > 0)
		words[word_count++] = slice_cut(&list, '|');
}

/* Tries every row of up to MOST words behind the LENGTH bytes in INPUT. */
static void try_rows(uint8_t *input, size_t length, unsigned most)
{
	LLVMFuzzerTestOneInput(input, length);
	tried++;
	for (size_t i = 0; most > 0 && i < word_count; i++) {
		memcpy(input + length, words[i].bytes, words[i].length);
		try_rows(input, length + words[i].length, most - 1);
	}
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < COUNT(spaces); i++) {
		const struct space *space = &spaces[i];
		unsigned less = (unsigned)strtoul(argv[2], NULL, 10);
		unsigned most = space->most > less ? space->most - less : 0;
		uint8_t input[LONGEST];

		if (strcmp(argv[1], space->target) != 0)
			continue;
		read_words(space->words);
		tried = 0;
		memcpy(input, space->before.bytes, space->before.length);
		try_rows(input, space->before.length, most);
		printf("# %s: %s: %ju inputs: %zu words, rows of up to %u\n", space->target,
		       space->name, (uintmax_t)tried, word_count, most);
	}
	return tried > 0 ? 0 : 2;
}
