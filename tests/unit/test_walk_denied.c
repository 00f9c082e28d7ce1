/* A path that is missing, paths that are long, and calls that fail. */
#include "scratch.h"

#include "hooked_calls.h"
#include "linux/pages.h"
#include "volume/dir_stack.h"
#include "walked_volume.h"

static unsigned maps_left;

static bool fail_last_map(struct call *call)
{
	return call->number == SYS_mmap && --maps_left == 0 && fail_call(call, ENOMEM);
}

/* More names, links and levels than there is room for at first. */
TEST(failed_mmap_is_an_error)
{
	const struct ownership_request request = {.owner = &ids_of(APP), .jobs = 1};
	bool ok = false;

	make("maps/ maps/deep/");
	for (unsigned i = 0; i < 120; i++)
		make("maps/directory-%u/ maps/%u maps/deep/%u=maps/%u", i, i, i, i);
	make_levels("maps/levels", 600, 0);
	maps_left = 1;
	hook = fail_last_map;
	/* The first path that is followed name by name. */
	assert_false(apply_alone(&(struct declared_path){at("maps/"), DEPTH_TREE}, &request));
	hook = NULL;
	for (unsigned nth = 1; !ok; nth++) {
		own(at("maps"), 0, 0);
		maps_left = nth;
		hook = fail_last_map;
		ok = apply_alone(&(struct declared_path){at("maps"), DEPTH_TREE}, &request);
		hook = NULL;
		assert_int_equal(ok, maps_left > 0);
		if (!ok && strstr(error.message, "/maps': Cannot allocate memory") == NULL)
			fail_msg("map %u: %s", nth, error.message);
		assert_true(!ok || nth > 6);
	}
	assert_all_owned(at("maps"));
}

TEST_FRESH_AND_SETTLED(paths_are_cut)
{
	char name[256];

	memset(name, 'l', 255);
	name[255] = '\0';
	make("long/:1000 long/%s/:1000 long/%s/%s/:1000 long/%s/%s/file", name, name, name, name,
	     name);
	own(at("long//"), APP, 0);
	assert_int_equal(report.changed, 1);
	assert_int_equal(strlen(report.first_wrong), sizeof(report.first_wrong) - 1);
	assert_below(report.first_wrong, at("long/ll"));
	dir_stack_write_path(&(struct dir_stack){.declared = "//"}, 0, NULL, report.first_wrong);
	assert_string_equal(report.first_wrong, "/");
}

TEST(allocation_with_overflow_returns_null)
{
	/* The product is 4 bytes. */
	assert_null(pages_allocate(SIZE_MAX / 4 + 2, 4));
}
