#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zero_even_if_it_was_used_before(void **state)
{
	alignas(max_align_t) char region[256];
	struct arena arena = arena_in(region, sizeof(region));
	char *memory;

	memset(region, 0x5a, sizeof(region));
	memory = arena_allocate(&arena, 10, 10);
	assert_non_null(memory);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(memory[i], 0);
	/* Nothing behind it was touched. */
	assert_int_equal(region[100], 0x5a);
}

static void memory_is_aligned_for_any_type(void **state)
{
	alignas(max_align_t) char region[512];

	/* Wherever the region begins and whatever was taken before. */
	for (size_t start = 0; start < alignof(max_align_t); start++) {
		struct arena arena = arena_in(region + start, sizeof(region) - start);

		for (size_t size = 1; size <= 17; size += 4) {
			char *memory = arena_allocate(&arena, 1, size);

			assert_non_null(memory);
			assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		}
	}
}

static void pieces_do_not_overlap(void **state)
{
	alignas(max_align_t) char region[256];
	struct arena arena = arena_in(region, sizeof(region));
	char *first = arena_allocate(&arena, 3, 1);
	char *second = arena_allocate(&arena, 2, 8);
	char *third = arena_copy(&arena, slice_of("third"));

	assert_true(first + 3 <= second);
	assert_true(second + 16 <= third);
	assert_true(third + 6 <= region + sizeof(region));
}

static void the_region_is_used_to_its_last_byte_and_no_further(void **state)
{
	alignas(max_align_t) char region[64];
	struct arena arena = arena_in(region, sizeof(region));

	assert_non_null(arena_allocate(&arena, 4, 16));
	assert_null(arena_allocate(&arena, 1, 1));
	arena = arena_in(region, sizeof(region));
	assert_null(arena_allocate(&arena, 65, 1));
	assert_null(arena_allocate(&arena, 5, 16));
	/* A refusal takes nothing. */
	assert_non_null(arena_allocate(&arena, 64, 1));
	/* What is missing is only the padding. */
	arena = arena_in(region, sizeof(region));
	assert_non_null(arena_allocate(&arena, 1, 1));
	assert_null(arena_allocate(&arena, 63, 1));
	assert_non_null(arena_allocate(&arena, 64 - alignof(max_align_t), 1));
}

static void a_product_that_overflows_is_refused(void **state)
{
	alignas(max_align_t) char region[64];
	struct arena arena = arena_in(region, sizeof(region));

	assert_null(arena_allocate(&arena, SIZE_MAX, 2));
	assert_null(arena_allocate(&arena, 2, SIZE_MAX));
	assert_null(arena_allocate(&arena, SIZE_MAX / 2 + 1, 2));
	assert_null(arena_allocate(&arena, SIZE_MAX / 16 + 2, 16));
	assert_null(arena_allocate(&arena, SIZE_MAX, 1));
	assert_ptr_equal(arena.next, region);
}

static void nothing_can_be_allocated(void **state)
{
	alignas(max_align_t) char region[16];
	struct arena arena = arena_in(region, 0);

	assert_non_null(arena_allocate(&arena, 0, 8));
	assert_non_null(arena_allocate(&arena, 8, 0));
	assert_null(arena_allocate(&arena, 1, 1));
	assert_null(arena_copy(&arena, (struct slice){NULL, 0}));
}

static void a_copy_ends_with_nul_and_is_its_own(void **state)
{
	alignas(max_align_t) char region[64];
	struct arena arena = arena_in(region, sizeof(region));
	char bytes[] = "homes";
	char *copy;

	memset(region, 0x5a, sizeof(region));
	copy = arena_copy(&arena, (struct slice){bytes, 4});
	bytes[0] = 'd';
	assert_string_equal(copy, "home");
	assert_string_equal(arena_copy(&arena, (struct slice){NULL, 0}), "");
	arena = arena_in(region, 5);
	assert_string_equal(arena_copy(&arena, slice_of("home")), "home");
	arena = arena_in(region, 4);
	assert_null(arena_copy(&arena, slice_of("home")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zero_even_if_it_was_used_before),
		cmocka_unit_test(memory_is_aligned_for_any_type),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(the_region_is_used_to_its_last_byte_and_no_further),
		cmocka_unit_test(a_product_that_overflows_is_refused),
		cmocka_unit_test(nothing_can_be_allocated),
		cmocka_unit_test(a_copy_ends_with_nul_and_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
