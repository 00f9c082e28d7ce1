#include "error.h"

#include "text.h"

bool error_set_slice(struct error *error, const char *doing, struct slice object,
                     const char *reason, const char *hint)
{
	struct text text = text_in(error->message, sizeof(error->message));

	error->status = STATUS_FAILED;
	text_add(&text, doing);
	text_add(&text, ": ");
	if (object.bytes != NULL) {
		text_add_quoted(&text, object);
		text_add(&text, ": ");
	}
	text_add(&text, reason);
	if (hint != NULL) {
		text_add(&text, " (");
		text_add(&text, hint);
		text_add(&text, ")");
	}
	return false;
}

bool error_set(struct error *error, const char *doing, const char *object, const char *reason,
               const char *hint)
{
	struct slice slice = {NULL, 0};

	if (object != NULL)
		slice = slice_of(object);
	return error_set_slice(error, doing, slice, reason, hint);
}

bool error_set_errno(struct error *error, const char *doing, const char *object, int errnum,
                     const char *hint)
{
	return error_set(error, doing, object, strerror(errnum), hint);
}
