#include "error.h"

#include <errno.h>

#include "text.h"

/* What the calls of this program can answer, in glibc's words, which users search for. strerror()
 * would bring the whole of musl's table, 2 KB. */
#define ERROR_TEXTS(X)                                                                             \
	X(EPERM, "Operation not permitted")                                                        \
	X(ENOENT, "No such file or directory")                                                     \
	X(EIO, "Input/output error")                                                               \
	X(E2BIG, "Argument list too long")                                                         \
	X(ENOEXEC, "Exec format error")                                                            \
	X(EAGAIN, "Resource temporarily unavailable")                                              \
	X(ENOMEM, "Cannot allocate memory")                                                        \
	X(EACCES, "Permission denied")                                                             \
	X(EBUSY, "Device or resource busy")                                                        \
	X(EEXIST, "File exists")                                                                   \
	X(ENOTDIR, "Not a directory")                                                              \
	X(EISDIR, "Is a directory")                                                                \
	X(EINVAL, "Invalid argument")                                                              \
	X(EMFILE, "Too many open files")                                                           \
	X(ETXTBSY, "Text file busy")                                                               \
	X(EFBIG, "File too large")                                                                 \
	X(ENOSPC, "No space left on device")                                                       \
	X(EROFS, "Read-only file system")                                                          \
	X(ENAMETOOLONG, "File name too long")                                                      \
	X(ENOLCK, "No locks available")                                                            \
	X(ENOSYS, "Function not implemented")                                                      \
	X(ELOOP, "Too many levels of symbolic links")                                              \
	X(EOVERFLOW, "Value too large for defined data type")                                      \
	X(EOPNOTSUPP, "Operation not supported")                                                   \
	X(ENOTCONN, "Transport endpoint is not connected")                                         \
	X(ETIMEDOUT, "Connection timed out")                                                       \
	X(ESTALE, "Stale file handle")                                                             \
	X(EDQUOT, "Disk quota exceeded")
#define NUMBER(errnum, text) errnum,
#define TEXT(errnum, text) text "\0"

const char *error_text(int errnum)
{
	static const unsigned char numbers[] = {ERROR_TEXTS(NUMBER)};
	static char unknown[32];
	const char *known = ERROR_TEXTS(TEXT);
	struct text text;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (numbers[i] == errnum)
			return known;
		known += strlen(known) + 1;
	}
	text = text_in(unknown, sizeof(unknown));
	text_add(&text, "error ");
	text_add_number(&text, (unsigned)errnum);
	return unknown;
}

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
		text_add_visible(&text, slice_of(hint));
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
	return error_set(error, doing, object, error_text(errnum), hint);
}
