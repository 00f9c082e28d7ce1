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

static bool is_changed(const char *string, const struct environment_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_variable(string, slice_of(changes[i].name)))
			return true;
	}
	return false;
}

char **environment_with(char *const *environment, const struct environment_change *changes,
                        size_t count, struct arena *arena)
{
	size_t total = 0;
	char **result;
	char **next;

	while (environment[total] != NULL)
		total++;
	result = arena_allocate(arena, total + count + 1, sizeof(*result));
	if (result == NULL)
		return NULL;
	next = result;
	for (; *environment != NULL; environment++) {
		if (!is_changed(*environment, changes, count))
			*next++ = *environment;
	}
	for (size_t i = 0; i < count; i++) {
		size_t name_length = strlen(changes[i].name);
		char *string;

		if (changes[i].value == NULL)
			continue;
		string = arena_allocate(arena, name_length + 1 + strlen(changes[i].value) + 1, 1);
		if (string == NULL)
			return NULL;
		memcpy(string, changes[i].name, name_length);
		string[name_length] = '=';
		memcpy(string + name_length + 1, changes[i].value, strlen(changes[i].value));
		*next++ = string;
	}
	return result;
}
