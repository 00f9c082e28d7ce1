#include "lock.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

/* May return early; the caller looks again. */
static void sleep_while(atomic_uint *word, unsigned value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL);
}

static void wake_one(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

void lock_take(struct lock *lock)
{
	unsigned state = 0;

	if (atomic_compare_exchange_strong(&lock->state, &state, 1))
		return;
	/* Who has waited cannot know whether others still do, so it says that they do. */
	while (atomic_exchange(&lock->state, 2) != 0)
		sleep_while(&lock->state, 2);
}

void lock_release(struct lock *lock)
{
	if (atomic_exchange(&lock->state, 0) == 2)
		wake_one(&lock->state);
}

void event_wait(struct event *event)
{
	while (atomic_exchange(&event->happened, 0) == 0)
		sleep_while(&event->happened, 0);
}

void event_tell(struct event *event)
{
	atomic_store(&event->happened, 1);
	wake_one(&event->happened);
}
