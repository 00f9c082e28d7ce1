#ifndef STEPDOWN_BASE_ERROR_H
#define STEPDOWN_BASE_ERROR_H

#include <stdbool.h>

#include "base/text.h"

/* Exit statuses of stepdown's own, as env(1), chroot(1) and docker-run(1) use them. */
enum {
	STATUS_FAILED = 125,
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

/* Owned by the caller, filled by whoever fails; finished text, nothing left to look up. */
struct error {
	int status;
	char message[1024];
};

/* Writes "DOING: 'OBJECT': REASON (HINT)" and STATUS_FAILED. HINT may be NULL, and so may OBJECT,
 * which then leaves no trace; both may come from outside, and are written visibly. Always returns
 * false, so that a failing function can return it. */
bool error_set(struct error *error, const char *doing, const char *object, const char *reason,
               const char *hint);
bool error_set_slice(struct error *error, const char *doing, struct slice object,
                     const char *reason, const char *hint);
/* The same in two steps, for a reason of several parts: the caller adds the reason to the text that
 * error_begin() returns, and error_end() adds the hint and returns false. Nothing may call another
 * error function between them. */
struct text error_begin(struct error *error, const char *doing, struct slice object);
bool error_end(struct text *message, const char *hint);
/* The same; the reason is error_text() of ERRNUM. */
bool error_set_errno(struct error *error, const char *doing, const char *object, int errnum,
                     const char *hint);

/* ERRNUM in words, or "error ERRNUM", which is good until the next call. */
const char *error_text(int errnum);

#endif
