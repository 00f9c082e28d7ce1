#ifndef FAULTS_TOOLS_H
#define FAULTS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/* Ends the process with status 2, because something is wrong with the surroundings and not with the program
 * under test. */
_Noreturn void die(const char *what);

/* Returns a path in a buffer of its own, which is good until eight others have been made. */
__attribute__((format(printf, 1, 2))) const char *path_of(const char *format, ...);

/* Returns the length, at most SIZE - 1. A zero byte follows. */
size_t read_file(const char *path, char *buffer, size_t size);
void write_file(const char *path, const char *bytes, size_t length);
bool is_file(const char *path, const char *bytes);

/* Returns how much is tried: USUAL, as many percent of it as STEPDOWN_SAMPLE says, or SIZE_MAX if it says
 * "all". */
enum { LEAST_SAMPLE = 5 };
size_t sample(size_t usual);

#endif
