/* The start of the program, and of its threads, in place of musl's. That gets ready for what this
 * program has none of (variables of a thread's own, threads that are joined or cancelled, functions
 * to be called at exit), which takes 5 KB. Goes where libcalls.c goes, and only into a program at a
 * fixed address: others have to relocate themselves, too. libcap-ng's constructor is not called; the
 * library makes up for that when it is used.
 *
 * To what is left of musl (tests/unit/test_flags.sh has a look) a thread is what lies around its
 * thread pointer: errno, above it or below, and on x86 the pointer itself and the secret of the stack
 * protector. */

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "thread.h"

struct around {
#ifndef __x86_64__
	char below[512]; /* musl uses less than half of it, and of what is above */
#endif
	void *self;
	uintptr_t unused[4];
	uintptr_t secret; /* where gcc looks for it on x86 */
	char above[464];
};

/* NOLINTBEGIN(bugprone-reserved-identifier): musl's own, in none of its headers. */
int __set_thread_area(void *pointer);
extern uintptr_t __stack_chk_guard; /* where gcc looks elsewhere */
int __clone(void *(*run)(void *), void *stack, int flags, void *argument, pid_t *parent,
            void *pointer);
int __libc_start_main(int (*run)(int, char **, char **), int argc, char **argv);
/* NOLINTEND(bugprone-reserved-identifier) */

static struct around first;

/* The pointer leads to itself. */
static void *point(struct around *around)
{
	return around->self = &around->self;
}

/* Called by musl's start file. Itself it cannot be protected by a secret that is not there yet. */
__attribute__((no_stack_protector)) int __libc_start_main(int (*run)(int, char **, char **),
                                                          int argc, char **argv)
{
	const void *random;

	environ = argv + argc + 1;
	random = (const void *)getauxval(AT_RANDOM);
	if (random != NULL)
		memcpy(&first.secret, random, sizeof(first.secret));
	((char *)&first.secret)[1] = '\0'; /* so that no string gives it away */
	__stack_chk_guard = first.secret;
	__set_thread_area(point(&first));
	_exit(run(argc, argv, environ));
}

/* The kernel puts it behind the environment. */
unsigned long getauxval(unsigned long type)
{
	const unsigned long *entry;
	char **end = environ;

	while (*end != NULL)
		end++;
	entry = (const void *)(end + 1);
	while (entry[0] != type && entry[0] != AT_NULL)
		entry += 2;
	return entry[0] == type ? entry[1] : 0;
}

bool thread_start(void *(*run)(void *), void *argument, void **ret_stack)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	                  CLONE_SYSVSEM | CLONE_SETTLS;
	char *stack = memory_take(THREAD_STACK, 1);
	struct around *around;

	*ret_stack = stack;
	if (stack == NULL)
		return false;
	around = (void *)(stack + THREAD_STACK - sizeof(*around));
	*around = first; /* for the secret */
	/* Who uses more than the stack must not get at what lies below it. */
	return mprotect(stack, THREAD_GUARD, PROT_NONE) == 0 &&
	       /* It gives the error itself, negative, and not by errno. */
	       __clone(run, around, flags, argument, NULL, point(around)) > 0;
}
