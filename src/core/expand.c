/* SPDX-License-Identifier: MIT */
#include "core/expand.h"

#include "core/environment.h"

/* Appends PIECE to the value at arena->next, and leaves one byte for the NUL at the end. */
static bool append_piece(const struct filler *filler, const char *option, struct slice piece)
{
	struct arena *arena = filler->arena;

	if (piece.length >= (size_t)(arena->end - arena->next))
		return error_set(filler->error, option, NULL, "the value is too long", NULL);
	memcpy(arena->next, piece.bytes, piece.length);
	arena->next += piece.length;
	return true;
}

static bool is_name_byte(char byte, bool first)
{
	return byte == '_' || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
	       (!first && byte >= '0' && byte <= '9');
}

/* Returns true if VALUE, the value of the variable NAME, holds none of SIGNS. */
static bool check_signs(struct filler *filler, const char *option, struct slice name,
                        const char *value, const char *signs)
{
	const char *sign = strpbrk(value, signs);
	char hint[] = "write the '?' in the option itself";
	char reason[] = "the variable's value may not hold a '?'";

	if (sign == NULL)
		return true;
	hint[strcspn(hint, "?")] = *sign;
	reason[strcspn(reason, "?")] = *sign;
	filler->has_empty = false; /* this error counts, even if another variable is empty */
	return error_set_slice(filler->error, option, name, reason, hint);
}

/* Appends the value of the variable that begins at DOLLAR. Returns the rest of the text, or
 * NULL. */
static const char *append_variable(struct filler *filler, const char *option, const char *dollar,
                                   const char *signs)
{
	const char *name = dollar + 1 + (dollar[1] == '{');
	const char *name_end = name;
	const char *end;
	const char *value;
	struct slice fallback = {NULL, 0};

	while (is_name_byte(*name_end, name_end == name))
		name_end++;
	end = name_end + (*name_end == ':');
	if (*end == '-') {
		fallback.bytes = ++end;
		/* A '$' ends the default, because the next '}' ends an inner ${VAR}. The outer '}'
		 * would become a part of the value. */
		while (*end != '}' && *end != '$' && *end != '\0')
			end++;
		fallback.length = (size_t)(end - fallback.bytes);
	} else {
		end = name_end; /* "${VAR:}" is not a valid form */
	}
	if (dollar[1] != '{' || name_end == name || *end != '}') {
		filler->has_empty =
			false; /* this error counts, even if another variable is empty */
		error_set(filler->error, option, dollar, "not a variable that can be filled in",
		          "write ${VAR}, ${VAR-text}, ${VAR:-text} or $$");
		return NULL;
	}
	value = environment_find(filler->environment, slice_between(name, name_end));
	if (value != NULL && (value[0] != '\0' || *name_end != ':')) {
		if (!check_signs(filler, option, slice_between(name, name_end), value, signs))
			return NULL;
		fallback = slice_of(value);
	}
	filler->has_empty |= fallback.length == 0;
	if (fallback.bytes == NULL) {
		error_set_slice(filler->error, option, slice_between(name, name_end),
		                "the variable is not set", "set it, or write ${VAR:-text}");
		return NULL;
	}
	return append_piece(filler, option, fallback) ? end + 1 : NULL;
}

char *expand(struct filler *filler, const char *option, const char *value, const char *signs)
{
	char *result = filler->arena->next;

	for (;;) {
		const char *dollar = strchrnul(value, '$');
		bool is_escape = strncmp(dollar, "$$", 2) == 0;

		if (!append_piece(filler, option, slice_between(value, dollar + is_escape)))
			return NULL;
		if (dollar[0] == '\0')
			break;
		value = is_escape ? dollar + 2 : append_variable(filler, option, dollar, signs);
		if (value == NULL)
			return NULL;
	}
	*filler->arena->next++ = '\0';
	return result;
}
