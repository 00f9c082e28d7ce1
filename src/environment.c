#include "environment.h"

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
	size_t total = 0;
	char **result;

	while (environment[total] != NULL)
		total++;
	result = arena_allocate(arena, total + count + 1, sizeof(*result));
	if (result == NULL)
		return NULL;
	memcpy(result, environment, total * sizeof(*result));
	for (; count > 0; changes++, count--) {
		struct slice name = slice_of(changes->name);
		char **to = result;

		for (char **from = result; *from != NULL; from++) {
			if (!is_variable(*from, name))
				*to++ = *from;
		}
		if (changes->value != NULL) {
			size_t value_size = strlen(changes->value) + 1;
			char *string = arena_allocate(arena, name.length + 1 + value_size, 1);

			if (string == NULL)
				return NULL;
			memcpy(string, name.bytes, name.length);
			string[name.length] = '=';
			memcpy(string + name.length + 1, changes->value, value_size);
			*to++ = string;
		}
		*to = NULL;
	}
	return result;
}
