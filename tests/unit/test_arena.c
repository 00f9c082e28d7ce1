#include "unit.h"

#include <stdalign.h>

#include "base/arena.h"

static alignas(max_align_t) char region[512];

/* Wherever the region begins and whatever was in it. */
TEST(pieces_are_zero_and_aligned_for_any_type_and_do_not_overlap)
{
	for (size_t start = 0; start < alignof(max_align_t); start++) {
		struct arena arena = arena_in(region + start, sizeof(region) - start);
		const char *end = region + start;

		memset(region, 0x5a, sizeof(region));
		for (size_t size = 1; size <= 17; size += 4) {
			char *memory = arena_allocate(&arena, 2, size);

			assert_true(memory >= end);
			assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
			end = memory + 2 * size;
			for (size_t i = 0; i < 2 * size; i++)
				assert_int_equal(memory[i], 0);
			assert_int_equal(*end, 0x5a);
		}
		assert_true(arena_copy(&arena, slice_of("a copy")) >= end);
	}
}

/* The region is used to its last byte and no further. */
TEST(what_fits_is_allocated_and_a_refusal_takes_nothing)
{
	static const struct {
		size_t room, taken, count, size;
		bool fits;
	} rows[] = {
		{64, 0, 4, 16, true},
		{64, 64, 1, 1, false},
		{64, 0, 5, 16, false},
		/* Only the padding does not fit. */
		{64, 1, 63, 1, false},
		{8, 1, 1, 1, false},
		{64, 1, 64 - alignof(max_align_t), 1, true},
		/* A product that overflows. */
		{64, 0, SIZE_MAX / 2 + 1, 2, false},
		{64, 0, SIZE_MAX / 16 + 2, 16, false},
		/* Nothing. */
		{0, 0, 0, 8, true},
		{0, 0, 8, 0, true},
		{0, 0, 1, 1, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena = arena_in(region, rows[i].room);
		const char *next;

		assert_non_null(arena_allocate(&arena, rows[i].taken, 1));
		next = arena.next;
		if ((arena_allocate(&arena, rows[i].count, rows[i].size) != NULL) != rows[i].fits)
			fail_msg("row %zu", i);
		if (!rows[i].fits)
			assert_ptr_equal(arena.next, next);
	}
}

TEST(a_copy_ends_with_nul_and_is_its_own)
{
	const char bytes[] = "homes";

	for (size_t room = 0; room <= 5; room++) {
		struct arena arena = arena_in(region, room);
		char *copy = arena_copy(&arena, (struct slice){bytes, 4});

		assert_int_equal(copy != NULL, room == 5);
		assert_true(copy == NULL || (copy != bytes && strcmp(copy, "home") == 0));
		memset(region, 0x5a, sizeof(region));
		arena = arena_in(region, room);
		copy = arena_copy(&arena, (struct slice){NULL, 0});
		assert_int_equal(copy != NULL, room > 0);
		assert_true(copy == NULL || copy[0] == '\0');
	}
}
