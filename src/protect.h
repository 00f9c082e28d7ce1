#ifndef STEPDOWN_PROTECT_H
#define STEPDOWN_PROTECT_H

/* Stands before each function that has an array of characters on its stack. -fstack-protector is for
 * those, but overlooks them in gcc's link-time optimization. tests/lint compares. */
#if defined(__GNUC__) && !defined(__clang__)
#define PROTECTED __attribute__((noinline, stack_protect))
#else
#define PROTECTED
#endif

#endif
