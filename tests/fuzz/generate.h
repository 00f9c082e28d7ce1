#ifndef STEPDOWN_TESTS_GENERATE_H
#define STEPDOWN_TESTS_GENERATE_H

#include <stddef.h>
#include <stdint.h>

/* Account files and specs as images and people have them, and as nobody should: mostly right, with
 * something odd here and there. The same seed always gives the same. */

struct generator {
	uint64_t state;
};

#define GENERATED_FILE 4096
#define GENERATED_SPEC 128

struct generated {
	char bytes[GENERATED_FILE];
	size_t length;
};

struct generator generator_of(uint64_t seed, uint64_t number);
/* 0 to BELOW - 1. */
uint32_t generate_number(struct generator *generator, uint32_t below);
void generate_passwd(struct generator *generator, struct generated *file);
void generate_group(struct generator *generator, struct generated *file);
void generate_spec(struct generator *generator, char spec[GENERATED_SPEC]);

#endif
