/* SPDX-License-Identifier: MIT */
#include "core/environment.h"

#include "base/text.h"

static bool is_variable(const char *string, struct slice name)
{
	return strncmp(string, name.bytes, name.length) == 0 && string[name.length] == '=';
}

const char *environment_find(char *const *environment, struct slice name)
{
	for (; *environment != NULL; environment++) {
		if (is_variable(*environment, name))
			return *environment + name.length + 1;
	}
	return NULL;
}

const char *environment_get(char *const *environment, const char *name)
{
	return environment_find(environment, slice_of(name));
}

char **environment_with(char *const *environment, const struct environment_change *changes,
                        size_t count, struct arena *arena)
{
	size_t total = count + 1;
	char **result;
	char **to;

	for (char *const *from = environment; *from != NULL; from++)
		total++;
	to = result = arena_allocate(arena, total, sizeof(*result));
	if (result == NULL)
		return NULL;
	for (; *environment != NULL; environment++) {
		bool is_changed = false;

		for (size_t i = 0; i < count; i++)
			is_changed |= is_variable(*environment, slice_of(changes[i].name));
		if (!is_changed)
			*to++ = *environment;
	}
	for (; count > 0; changes++, count--) {
		size_t size;
		struct text text;
		char *string;

		if (changes->value == NULL)
			continue;
		size = strlen(changes->name) + strlen(changes->value) + 2;
		string = arena_allocate(arena, size, 1);
		if (string == NULL)
			return NULL;
		text = text_in(string, size);
		text_add(&text, changes->name);
		text_add(&text, "=");
		text_add(&text, changes->value);
		*to++ = text.bytes;
	}
	return result;
}
