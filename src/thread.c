#include "thread.h"

#include <pthread.h>

#include "compiler.h"

/* pthread_attr_t is characters to the compiler. */
PROTECTED bool thread_start(void *(*run)(void *), void *argument, void **ret_stack)
{
	pthread_attr_t attributes;
	pthread_t thread;

	*ret_stack = NULL;
	return pthread_attr_init(&attributes) == 0 &&
	       pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
	       pthread_create(&thread, &attributes, run, argument) == 0;
}
