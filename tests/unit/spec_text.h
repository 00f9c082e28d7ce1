#ifndef STEPDOWN_TESTS_SPEC_TEXT_H
#define STEPDOWN_TESTS_SPEC_TEXT_H

#include "cases.h"
#include "core/user_spec.h"

/* References and specs as the author of an option writes them. A number is an id, never a name. */

static inline void append_ref(char *found, const struct spec_ref *ref)
{
	uint32_t id;

	if (!ref->given)
		append(found, "none");
	else if (ref->is_id)
		append(found, "%u", ref->id);
	else
		append(found, "%s%.*s", ref->is_path ? "@" : "", (int)ref->name.length,
		       ref->name.bytes);
	assert_false(ref->given && !ref->is_id && !ref->is_path && id_parse(ref->name, &id));
}

static inline void append_spec(char *found, const struct user_spec *spec)
{
	if (spec->defines_account)
		append(found, "%.*s=", (int)spec->account.length, spec->account.bytes);
	append_ref(found, &spec->user);
	if (spec->group.given) {
		append(found, ":");
		append_ref(found, &spec->group);
	}
}

#endif
