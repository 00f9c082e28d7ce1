/* What --user, --group and --own-from take, and what gosu takes: a grammar that regular
 * expressions tell as well. An input is one string. */

#include "core/user_spec.h"
#include "fuzz.h"
#include "same.h"

static void check_spec(bool is_good, const char *text, const struct user_spec *found, bool is_right,
                       const struct oracle_spec *wanted, const struct error *error)
{
	CHECK(is_right == is_good, "accepted: %d: '%s'", is_good, text);
	if (!is_good)
		fuzz_check_failure(found, sizeof(*found), error);
	else
		CHECK(found->text == text && is_same_spec(found, wanted) &&
		              (!found->defines_account || spec_is_account_name(found->account)),
		      "'%s' is read as something else", text);
}

static void check_ref(bool is_good, const char *text, const struct spec_ref *found, bool is_right,
                      const struct oracle_ref *wanted, const struct error *error)
{
	CHECK(is_right == is_good, "accepted: %d: '%s'", is_good, text);
	if (!is_good)
		fuzz_check_failure(found, sizeof(*found), error);
	else
		CHECK(is_same_ref(found, wanted), "'%s' is read as something else", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_string((struct slice){(const char *)bytes, length});
	struct slice slice = fuzz_copy(slice_of(text));
	struct user_spec spec;
	struct spec_ref ref;
	struct oracle_spec wanted;
	struct oracle_ref wanted_ref;
	struct error error;
	bool is_good;

	if (slice.length < 4096) {
		fuzz_stain(&spec, sizeof(spec));
		is_good = spec_parse_user(text, &spec, &error);
		check_spec(is_good, text, &spec, oracle_user_spec(text, &wanted), &wanted, &error);
		fuzz_stain(&spec, sizeof(spec));
		is_good = spec_parse_gosu(text, &spec, &error);
		check_spec(is_good, text, &spec, oracle_compat_spec(text, &wanted), &wanted,
		           &error);
		fuzz_stain(&ref, sizeof(ref));
		is_good = spec_parse_group(text, &ref, &error);
		check_ref(is_good, text, &ref, oracle_ref(text, slice.length, true, &wanted_ref),
		          &wanted_ref, &error);
		fuzz_stain(&ref, sizeof(ref));
		is_good = spec_parse_owner(slice, &ref, &error);
		check_ref(is_good, text, &ref,
		          oracle_ref(slice.bytes, slice.length, false, &wanted_ref), &wanted_ref,
		          &error);
	}
	fuzz_free();
	return 0;
}
