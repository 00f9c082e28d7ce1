#include "interpolate.h"

#include "environment.h"
#include "text.h"

struct variable {
	struct slice name;
	bool has_fallback;
	bool fallback_when_empty; /* ${VAR:-default} */
	struct slice fallback;
};

static bool is_name_byte(char byte, bool first)
{
	return byte == '_' || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (!first && byte >= '0' && byte <= '9');
}

/* Takes "${...}" off *rest, which begins with a dollar that is not followed by another. */
static bool take_variable(struct slice *rest, struct variable *ret_variable)
{
	struct variable variable = {0};
	struct slice body;
	size_t end = slice_find(*rest, '}');
	size_t used = 0;

	if (rest->length < 2 || rest->bytes[1] != '{' || end == rest->length)
		return false;
	body = slice_between(rest->bytes + 2, rest->bytes + end);
	while (used < body.length && is_name_byte(body.bytes[used], used == 0))
		used++;
	if (used == 0)
		return false;
	variable.name = slice_between(body.bytes, body.bytes + used);
	if (used < body.length && body.bytes[used] == ':') {
		variable.fallback_when_empty = true;
		used++;
	}
	if (used < body.length && body.bytes[used] == '-') {
		variable.has_fallback = true;
		used++;
	} else if (used < body.length || variable.fallback_when_empty) {
		return false;
	}
	variable.fallback = slice_between(body.bytes + used, body.bytes + body.length);
	/* The '}' that was found would be that of an inner ${VAR}, and the outer one would stay
	 * behind as a part of the value. */
	if (slice_find(variable.fallback, '$') < variable.fallback.length)
		return false;
	*rest = slice_between(rest->bytes + end + 1, rest->bytes + rest->length);
	*ret_variable = variable;
	return true;
}

static bool look_up(const struct variable *variable, char *const *environment,
                    struct slice *ret_value)
{
	const char *value = environment_find(environment, variable->name);

	if (value != NULL && !(variable->fallback_when_empty && value[0] == '\0'))
		*ret_value = slice_of(value);
	else if (variable->has_fallback)
		*ret_value = variable->fallback;
	else
		return false;
	return true;
}

static bool unset_variable(struct slice name, const char *option, struct error *error)
{
	char hint[300];
	struct text text = text_in(hint, sizeof(hint));

	text_add(&text, "set it, or write ${");
	text_add_visible(&text, name);
	text_add(&text, ":-default} in ");
	text_add(&text, option);
	return error_set_slice(error, "filling in a variable", name, "it is not set", hint);
}

/* Appends PIECE to the string that ends at *end and grows in ARENA; its first byte is reserved by
 * an allocation of one byte, so that the pieces lie next to each other. */
static bool append(struct arena *arena, struct slice piece)
{
	if (piece.length >= (size_t)(arena->end - arena->next))
		return false;
	memcpy(arena->next, piece.bytes, piece.length);
	arena->next += piece.length;
	return true;
}

static bool take_piece(const char *option, struct slice *rest, char *const *environment,
                       struct slice *ret_piece, struct error *error)
{
	const char *whole = rest->bytes;
	struct variable variable;
	size_t dollar = slice_find(*rest, '$');

	if (dollar > 0) {
		*ret_piece = slice_between(rest->bytes, rest->bytes + dollar);
		*rest = slice_between(rest->bytes + dollar, rest->bytes + rest->length);
	} else if (rest->length > 1 && rest->bytes[1] == '$') {
		*ret_piece = slice_between(rest->bytes, rest->bytes + 1);
		*rest = slice_between(rest->bytes + 2, rest->bytes + rest->length);
	} else if (!take_variable(rest, &variable)) {
		return error_set(
			error, option, whole, "not a variable that can be filled in",
			"write ${VAR}, ${VAR-default} or ${VAR:-default}, without another '$' "
			"in the default; $$ is a dollar");
	} else if (!look_up(&variable, environment, ret_piece)) {
		return unset_variable(variable.name, option, error);
	}
	return true;
}

bool interpolate(const char *option, const char *value, char *const *environment,
                 struct arena *arena, const char **ret_value, struct error *error)
{
	struct slice rest = slice_of(value);
	const char *result = arena->next;

	if (slice_find(rest, '$') == rest.length) {
		*ret_value = value;
		return true;
	}
	while (rest.length > 0) {
		struct slice piece = slice_of("");

		if (!take_piece(option, &rest, environment, &piece, error))
			return false;
		if (!append(arena, piece))
			return error_set(error, option, NULL, "the value is too long", NULL);
	}
	*arena->next++ = '\0';
	*ret_value = result;
	return true;
}
