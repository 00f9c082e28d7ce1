#ifndef STEPDOWN_COMPILER_H
#define STEPDOWN_COMPILER_H

/* PROTECTED stands before each function that has an array of characters on its stack.
 * -fstack-protector is for those, but overlooks them in gcc's link-time optimization. tests/lint
 * compares.
 *
 * NO_FLOATS stands before functions with "...", which on x86 would put the floating-point numbers
 * away that nobody passes. */
#if defined(__GNUC__) && !defined(__clang__)
#define PROTECTED __attribute__((noinline, stack_protect))
#else
#define PROTECTED
#endif
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NO_FLOATS __attribute__((target("general-regs-only")))
#else
#define NO_FLOATS
#endif

#endif
