/* What --user, --group and --own-from take, and what gosu takes: a grammar that regular
 * expressions tell as well. An input is one string. */

#include "core/user_spec.h"
#include "fuzz.h"
#include "oracle.h"

static void check_ref(const struct spec_ref *found, const struct oracle_ref *wanted)
{
	CHECK(found->given == wanted->given, "given: %d", found->given);
	if (!found->given)
		return;
	CHECK(found->is_id == wanted->is_id, "an id: %d", found->is_id);
	CHECK(found->is_path == wanted->is_path, "a path: %d", found->is_path);
	CHECK(!found->is_id || found->id == wanted->id, "id %u", found->id);
	CHECK(found->name.bytes == wanted->text.bytes && found->name.length == wanted->text.length,
	      "as written: '%.*s'", SLICE(found->name));
}

static void check_spec(const struct user_spec *found, const struct oracle_spec *wanted)
{
	CHECK(found->defines_account == wanted->defines_account, "account: %d",
	      found->defines_account);
	if (found->defines_account)
		CHECK(found->account.bytes == wanted->account.bytes &&
		              found->account.length == wanted->account.length &&
		              spec_is_account_name(found->account),
		      "account '%.*s'", SLICE(found->account));
	check_ref(&found->user, &wanted->user);
	check_ref(&found->group, &wanted->group);
}

typedef bool parse_spec(const char *text, struct user_spec *ret_spec, struct error *error);
typedef bool know_spec(const char *text, struct oracle_spec *ret_spec);

static void check_user_spec(parse_spec *parse, know_spec *know, const char *text)
{
	struct user_spec spec;
	struct oracle_spec wanted;
	struct error error;
	bool is_good;

	fuzz_stain(&spec, sizeof(spec));
	is_good = parse(text, &spec, &error);
	if (!is_good) {
		fuzz_check_stain(&spec, sizeof(spec));
		fuzz_check_error(&error);
	}
	CHECK(know(text, &wanted) == is_good, "accepted: %d: '%s'", is_good, text);
	if (!is_good)
		return;
	CHECK(spec.text == text, "text '%s'", spec.text);
	check_spec(&spec, &wanted);
}

static void check_owner(const char *text)
{
	struct slice slice = fuzz_copy(slice_of(text));
	struct spec_ref ref;
	struct oracle_ref wanted;
	struct error error;
	bool is_good;

	fuzz_stain(&ref, sizeof(ref));
	is_good = spec_parse_owner(slice, &ref, &error);
	CHECK(is_good == oracle_ref(slice.bytes, slice.length, false, &wanted),
	      "accepted: %d: '%s'", is_good, text);
	if (is_good) {
		check_ref(&ref, &wanted);
	} else {
		fuzz_check_stain(&ref, sizeof(ref));
		fuzz_check_error(&error);
	}
	free((void *)(uintptr_t)slice.bytes);
}

static void check_group(const char *text)
{
	struct spec_ref ref;
	struct oracle_ref wanted;
	struct error error;
	bool is_good;

	fuzz_stain(&ref, sizeof(ref));
	is_good = spec_parse_group(text, &ref, &error);
	if (!is_good) {
		fuzz_check_stain(&ref, sizeof(ref));
		fuzz_check_error(&error);
	}
	CHECK(is_good == oracle_ref(text, strlen(text), true, &wanted), "accepted: %d: '%s'",
	      is_good, text);
	if (is_good)
		check_ref(&ref, &wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = fuzz_string(fuzz_input(bytes, length));

	if (strlen(text) < 4096) {
		check_user_spec(spec_parse_user, oracle_user_spec, text);
		check_user_spec(spec_parse_gosu, oracle_compat_spec, text);
		check_group(text);
		check_owner(text);
	}
	free(text);
	return 0;
}
