#ifndef STEPDOWN_LOCK_H
#define STEPDOWN_LOCK_H

#include <stdatomic.h>

/* Between threads of this process, on futex(2). A pthread_mutex_t and a sem_t would bring 4 KB into
 * the static program, for kinds, robustness, time-outs and cancellation that nobody uses here. */

struct lock {
	atomic_uint state; /* 0: free, 1: held, 2: held and waited for */
};

void lock_take(struct lock *lock);
void lock_release(struct lock *lock);

/* Something to be waited for by one thread; it happens once for each wait. */
struct event {
	atomic_uint happened;
};

void event_wait(struct event *event);
void event_tell(struct event *event);

#endif
