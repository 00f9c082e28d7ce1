/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_BASE_ERROR_H
#define STEPDOWN_BASE_ERROR_H

#include <stdbool.h>

#include "base/text.h"

/* Exit statuses if the command does not run, as env(1), chroot(1) and docker-run(1) have
 * them. */
enum {
	STATUS_FAILED = 125,
	STATUS_CANNOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

/* A failure: the exit status and the finished text. The caller owns the object, and the function
 * that fails fills it. */
struct error {
	int status;
	char message[1024];
};

/* Writes "DOING: 'OBJECT': REASON (HINT)" and STATUS_FAILED to ERROR. OBJECT and HINT may be NULL,
 * and are then left out. An attacker may choose OBJECT and HINT, so both are escaped as
 * text_add_visible() does. A message that is too long is cut. Always returns false, so that a
 * function that fails can return the result. */
bool error_set(struct error *error, const char *doing, const char *object, const char *reason,
               const char *hint);

/* Does the same as error_set() for an OBJECT that is not NUL-terminated. OBJECT.bytes may be
 * NULL. */
bool error_set_slice(struct error *error, const char *doing, struct slice object,
                     const char *reason, const char *hint);

/* Do the same as error_set_slice() in two steps, for a reason of several parts. The caller adds the
 * reason to the text that error_begin() returns. error_end() adds the hint and returns false. No
 * other function may write to ERROR between the two calls. */
struct text error_begin(struct error *error, const char *doing, struct slice object);
bool error_end(struct text *message, const char *hint);

/* Does the same as error_set() with error_text(ERRNUM) as the reason. */
bool error_set_errno(struct error *error, const char *doing, const char *object, int errnum,
                     const char *hint);

/* Adds NOTE to the hint of the message, or as its hint: "DOING: 'OBJECT': REASON (HINT; NOTE)".
 * Adds nothing if NOTE is NULL. Always returns false. */
bool error_add_note(struct error *error, const char *note);

/* Returns the text of ERRNUM as glibc has it, or "error ERRNUM" if the table has no text. The
 * latter is valid until the next call. */
const char *error_text(int errnum);

#endif
