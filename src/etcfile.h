#ifndef STEPDOWN_ETCFILE_H
#define STEPDOWN_ETCFILE_H

#include "accountedit.h"

#define ETC_FILE_MAX (16 * 1024 * 1024)

/* Reads the file NAME below the directory ETC_FD, whatever NAME is: never blocks, takes regular
 * files only (also where a link leads to one) and at most ETC_FILE_MAX bytes. A missing file is
 * empty, with *ret_exists false. The bytes live as long as ARENA: small files lie in it, larger
 * ones in a mapping that is never given back. */
bool etcfile_read(int etc_fd, const char *name, struct arena *arena, struct slice *ret_bytes,
                  bool *ret_exists, struct error *error);

enum etcfile_result {
	ETCFILE_UNCHANGED, /* it was so already, or the uid belongs to another name */
	ETCFILE_WRITTEN,
	ETCFILE_REFUSED, /* at least one of the files cannot be changed here */
};

struct etcfile_outcome {
	enum etcfile_result result;
	int errnum; /* why REFUSED: EROFS, EACCES, EPERM, EBUSY, ELOOP */
	/* What was done, or would have been. */
	struct account_change change;
	bool group_written;
	bool passwd_written;
};

/* Makes the account that WISH asks for: takes the lock, reads both files again, plans again,
 * writes group, then passwd, each of which is at any moment the old file or the new one. A file
 * that cannot be replaced is appended to where that is enough. Errors: those of the plan, no
 * space, an error of the disk, or somebody who does not give the lock back: the file at hand is
 * then as it was. */
bool etcfile_make_account(int etc_fd, const struct account_wish *wish, struct arena *arena,
                          struct etcfile_outcome *ret_outcome, struct error *error);

#endif
