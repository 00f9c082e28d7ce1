#include "generate.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))

static const char *const names[] = {"root", "app", "www", "daemon", "a", "user1", "x-y", "toor"};
static const char *const odd_names[] = {
	"1000", "0",   "00",   "",      "+",        "-",   "+app", "-app", "#app",       " app",
	"app ", "a b", "a\tb", "a\177", "\303\251", "a=b", "a@b",  "a,b",  "2147483648", "\240app",
};
static const char *const ids[] = {
	"0", "1", "7", "33", "44", "1000", "1000", "1001", "65534", "2147483647", "01000", "00",
};
static const char *const odd_ids[] = {
	"",           "-1",         "+1000",      " 1000",
	"1000 ",      "0x3e8",      "2147483648", "4294967294",
	"4294967295", "4294967296", "4294968296", "9223372036854775808",
	"-0",         "1e3",        "abc",        "18446744073709551616",
	"+0",         "\t0",        "0 ",         "00000000000000000000000000001000",
};
static const char *const homes[] = {
	"/home/app", "/root", "/", "/srv/a b", "", "here", " /x", "/x ", "/\303\251", "/\1",
};
static const char *const odd_lines[] = {
	"",
	"\n",
	"+::::::\n",
	"+\n",
	"-app\n",
	"# a comment\n",
	"::::::\n",
	":::\n",
	"app\n",
	"app:x:0\n",
	"app:x:0:0\n",
	" \n",
	"\r\n",
	"root:x:0:0::/root:/bin/sh:more\n",
};

struct generator generator_of(uint64_t seed, uint64_t number)
{
	return (struct generator){seed * UINT64_C(0x9e3779b97f4a7c15) + number};
}

/* splitmix64 */
static uint64_t next(struct generator *generator)
{
	uint64_t word = generator->state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
	return word ^ (word >> 31);
}

uint32_t generate_number(struct generator *generator, uint32_t below)
{
	return (uint32_t)(next(generator) % below);
}

static const char *pick(struct generator *generator, const char *const *table, uint32_t count)
{
	return table[generate_number(generator, count)];
}

static const char *pick_name(struct generator *generator, uint32_t odd_percent)
{
	return generate_number(generator, 100) < odd_percent
	               ? pick(generator, odd_names, COUNT(odd_names))
	               : pick(generator, names, COUNT(names));
}

static const char *pick_id(struct generator *generator, uint32_t odd_percent)
{
	return generate_number(generator, 100) < odd_percent
	               ? pick(generator, odd_ids, COUNT(odd_ids))
	               : pick(generator, ids, COUNT(ids));
}

static void add(struct generated *file, const char *string)
{
	size_t length = strlen(string);

	if (length > sizeof(file->bytes) - file->length)
		length = sizeof(file->bytes) - file->length;
	memcpy(file->bytes + file->length, string, length);
	file->length += length;
}

/* The fields, of which one in thirty is lost or doubled. */
static void add_fields(struct generator *generator, struct generated *file,
                       const char *const *fields, size_t count)
{
	uint32_t odd = generate_number(generator, 30 * (uint32_t)count);

	for (size_t i = 0; i < count; i++) {
		if (odd == i)
			continue;
		if (i > 0)
			add(file, ":");
		add(file, fields[i]);
		if (odd == count + i) {
			add(file, ":");
			add(file, fields[i]);
		}
	}
	add(file, generate_number(generator, 15) == 0 ? "\r\n" : "\n");
}

static void add_user(struct generator *generator, struct generated *file)
{
	const char *fields[] = {
		pick_name(generator, 8),
		generate_number(generator, 9) == 0 ? "" : "x",
		pick_id(generator, 8),
		pick_id(generator, 8),
		generate_number(generator, 3) == 0 ? "A User,,," : "",
		pick(generator, homes, COUNT(homes)),
		generate_number(generator, 9) == 0 ? "" : "/bin/sh",
	};

	add_fields(generator, file, fields, COUNT(fields));
}

static void add_group(struct generator *generator, struct generated *file)
{
	static const char *const separators[] = {",", ",", ",", ",,", ", ", " ", ""};
	struct generated members = {.length = 0};
	const char *fields[] = {pick_name(generator, 8), "x", pick_id(generator, 8), members.bytes};

	for (uint32_t i = generate_number(generator, 5); i > 0; i--) {
		add(&members, pick_name(generator, 12));
		if (i > 1 || generate_number(generator, 9) == 0)
			add(&members, pick(generator, separators, COUNT(separators)));
	}
	members.bytes[members.length] = '\0';
	add_fields(generator, file, fields, COUNT(fields));
}

/* One byte more, less or another; what means something to a parser most of the time. */
static void mutate(struct generator *generator, struct generated *file)
{
	static const char bytes[] = ":::\n\n\r,0123456789-+# \t\0x";
	uint32_t at = generate_number(generator, (uint32_t)file->length + 1);
	char byte = bytes[generate_number(generator, sizeof(bytes))];

	if (generate_number(generator, 8) == 0)
		byte = (char)generate_number(generator, 256);
	switch (generate_number(generator, 3)) {
	case 0:
		if (file->length < sizeof(file->bytes)) {
			memmove(file->bytes + at + 1, file->bytes + at, file->length - at);
			file->bytes[at] = byte;
			file->length++;
		}
		break;
	case 1:
		if (at < file->length)
			file->bytes[at] = byte;
		break;
	default:
		if (at < file->length) {
			memmove(file->bytes + at, file->bytes + at + 1, file->length - at - 1);
			file->length--;
		}
		break;
	}
}

static void generate_file(struct generator *generator, struct generated *file,
                          void (*add_entry)(struct generator *, struct generated *))
{
	file->length = 0;
	for (uint32_t i = generate_number(generator, 12); i > 0; i--) {
		if (generate_number(generator, 12) == 0)
			add(file, pick(generator, odd_lines, COUNT(odd_lines)));
		else
			add_entry(generator, file);
	}
	if (file->length > 0 && generate_number(generator, 10) == 0)
		file->length--;
	if (generate_number(generator, 3) == 0) {
		for (uint32_t i = 1 + generate_number(generator, 4); i > 0; i--)
			mutate(generator, file);
	}
}

void generate_passwd(struct generator *generator, struct generated *file)
{
	generate_file(generator, file, add_user);
}

void generate_group(struct generator *generator, struct generated *file)
{
	generate_file(generator, file, add_group);
}

static const char *pick_word(struct generator *generator)
{
	if (generate_number(generator, 12) == 0)
		return "";
	return generate_number(generator, 2) == 0 ? pick_name(generator, 10)
	                                          : pick_id(generator, 10);
}

void generate_spec(struct generator *generator, char spec[GENERATED_SPEC])
{
	struct generated text = {.length = 0};

	add(&text, pick_word(generator));
	for (uint32_t i = generate_number(generator, 20); i >= 12; i -= 8) {
		add(&text, ":");
		add(&text, pick_word(generator));
	}
	if (generate_number(generator, 40) == 0)
		add(&text, ":33");
	if (generate_number(generator, 10) == 0)
		mutate(generator, &text);
	text.bytes[text.length < GENERATED_SPEC - 1 ? text.length : GENERATED_SPEC - 1] = '\0';
	strcpy(spec, text.bytes);
}
