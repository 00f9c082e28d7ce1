/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>

/* The texts are glibc's, because users search for them. The strerror(3) of musl has other texts. */
static const struct {
	int errnum;
	char text[40];
} error_texts[] = {
	{EPERM, "Operation not permitted"},
	{ENOENT, "No such file or directory"},
	{EIO, "Input/output error"},
	{E2BIG, "Argument list too long"},
	{ENOEXEC, "Exec format error"},
	{EAGAIN, "Resource temporarily unavailable"},
	{ENOMEM, "Cannot allocate memory"},
	{EACCES, "Permission denied"},
	{EBUSY, "Device or resource busy"},
	{EEXIST, "File exists"},
	{ENOTDIR, "Not a directory"},
	{EISDIR, "Is a directory"},
	{EINVAL, "Invalid argument"},
	{EMFILE, "Too many open files"},
	{ETXTBSY, "Text file busy"},
	{EFBIG, "File too large"},
	{ENOSPC, "No space left on device"},
	{EROFS, "Read-only file system"},
	{ENAMETOOLONG, "File name too long"},
	{ENOLCK, "No locks available"},
	{ENOSYS, "Function not implemented"},
	{ELOOP, "Too many levels of symbolic links"},
	{EOVERFLOW, "Value too large for defined data type"},
	{EOPNOTSUPP, "Operation not supported"},
	{ENOTCONN, "Transport endpoint is not connected"},
	{ETIMEDOUT, "Connection timed out"},
	{ESTALE, "Stale file handle"},
	{EDQUOT, "Disk quota exceeded"},
};

const char *error_text(int errnum)
{
	static char unknown[32];
	struct text text;

	for (size_t i = 0; i < sizeof(error_texts) / sizeof(error_texts[0]); i++) {
		if (error_texts[i].errnum == errnum)
			return error_texts[i].text;
	}
	text = text_in(unknown, sizeof(unknown));
	text_add(&text, "error ");
	text_add_number(&text, (unsigned)errnum);
	return unknown;
}

struct text error_begin(struct error *error, const char *doing, struct slice object)
{
	struct text text = text_in(error->message, sizeof(error->message));

	error->status = STATUS_FAILED;
	text_add(&text, doing);
	text_add(&text, ": ");
	if (object.bytes != NULL) {
		text_add_quoted(&text, object);
		text_add(&text, ": ");
	}
	return text;
}

bool error_end(struct text *message, const char *hint)
{
	if (hint != NULL) {
		text_add(message, " (");
		text_add_visible(message, slice_of(hint));
		text_add(message, ")");
	}
	return false;
}

bool error_set_slice(struct error *error, const char *doing, struct slice object,
                     const char *reason, const char *hint)
{
	struct text message = error_begin(error, doing, object);

	text_add(&message, reason);
	return error_end(&message, hint);
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
	return error_set(error, doing, object, error_text(errnum), hint);
}

bool error_add_note(struct error *error, const char *note)
{
	struct text message = {error->message, sizeof(error->message), strlen(error->message),
	                       false};
	bool has_hint = message.length > 0 && message.bytes[message.length - 1] == ')';

	if (note == NULL)
		return false;
	message.length -= has_hint;
	text_add(&message, has_hint ? "; " : " (");
	text_add(&message, note);
	text_add(&message, ")");
	return false;
}
