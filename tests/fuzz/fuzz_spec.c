/* What --user, --group and --own-from take, and what gosu takes: a grammar that regular
 * expressions tell as well. An input is one string. */

#include "core/user_spec.h"
#include "fuzz.h"
#include "oracle.h"

static void check_spec(const char *text,
                       bool parse(const char *text, struct user_spec *ret_spec,
                                  struct error *error),
                       bool oracle(const char *text, struct user_spec *ret_spec))
{
	struct user_spec spec;
	struct user_spec wanted;
	struct error error;
	bool is_good;

	fuzz_stain(&spec, sizeof(spec));
	is_good = parse(text, &spec, &error);
	CHECK(oracle(text, &wanted) == is_good, "accepted: %d: '%s'", is_good, text);
	if (is_good)
		CHECK(oracle_same_spec(&spec, &wanted) &&
		              (!spec.defines_account || spec_is_account_name(spec.account)),
		      "'%s' is read as something else", text);
	else
		fuzz_check_failure(&spec, sizeof(spec), &error);
}

static void check_ref(const char *text, bool is_owner)
{
	struct slice slice = is_owner ? fuzz_copy(slice_of(text)) : slice_of(text);
	struct spec_ref ref;
	struct spec_ref wanted;
	struct error error;
	bool is_good;

	fuzz_stain(&ref, sizeof(ref));
	is_good = is_owner ? spec_parse_owner(slice, &ref, &error)
	                   : spec_parse_group(text, &ref, &error);
	CHECK(oracle_ref(slice, !is_owner, &wanted) == is_good, "accepted: %d: '%s'", is_good,
	      text);
	if (is_good)
		CHECK(oracle_same_ref(&ref, &wanted), "'%s' is read as something else", text);
	else
		fuzz_check_failure(&ref, sizeof(ref), &error);
}

void fuzz_one(struct slice input)
{
	const char *text = fuzz_string(input);

	check_spec(text, spec_parse_user, oracle_user_spec);
	check_spec(text, spec_parse_gosu, oracle_gosu_spec);
	check_ref(text, false);
	check_ref(text, true);
}
