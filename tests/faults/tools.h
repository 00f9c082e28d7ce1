#ifndef FAULTS_TOOLS_H
#define FAULTS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/* What the parts of this driver have in common. Whatever is wrong with the surroundings, and not with
 * the program under test, ends the process with status 2. */
_Noreturn void die(const char *what);

/* Whoever ends the first process of this program ends all of them. */
void end_with_parent(void);

/* A path in a buffer of its own, good until eight others have been made. */
__attribute__((format(printf, 1, 2))) const char *path_of(const char *format, ...);

/* Returns the length, at most SIZE - 1; a zero byte follows. */
size_t read_file(const char *path, char *buffer, size_t size);
void write_file(const char *path, const char *bytes, size_t length);
bool is_file(const char *path, const char *bytes);

/* How much is done: USUAL, or so many percent of it as STEPDOWN_SAMPLE says, or ALL if it says "all". */
enum { LEAST_SAMPLE = 5 };
size_t sample(size_t usual, size_t all);
/* STEPDOWN_SEED, else the time. */
unsigned seed(void);
/* How many calls of a command line are tried; 0: all of them. */
size_t most_faults(void);

#endif
