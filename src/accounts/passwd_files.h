#ifndef STEPDOWN_ACCOUNTS_PASSWD_FILES_H
#define STEPDOWN_ACCOUNTS_PASSWD_FILES_H

#include "core/account_change.h"

/* Reads the file PATH, "/etc/" and a name, below the directory ETC_FD, whatever it is: never
 * blocks, takes regular files only (also where a link leads to one) and at most 16 MiB. A missing
 * file is empty. The bytes live as long as ARENA: small files lie in it, larger ones in a mapping
 * that is never given back. */
bool passwd_files_read(int etc_fd, const char *path, struct arena *arena, struct slice *ret_bytes,
                       struct error *error);

struct passwd_files_outcome {
	/* Why at least one of the files cannot be changed here (EROFS, EACCES, EPERM, EBUSY, ELOOP; ETIMEDOUT:
	 * another process holds a lock); 0: all is as it should be. */
	int refused;
	/* What was done, or would have been. */
	struct account_change change;
};

/* Makes the account that REQUEST asks for: takes the lock, reads both files again, plans again,
 * writes group, then passwd, each of which is at any moment the old file or the new one. A file
 * that cannot be replaced is appended to where that is enough. Errors: those of the plan, no
 * space, or an error of the disk: the file at hand is then as it was. */
bool passwd_files_make_account(int etc_fd, const struct account_request *request,
                               struct arena *arena, struct passwd_files_outcome *ret_outcome,
                               struct error *error);

#endif
