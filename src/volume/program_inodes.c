/* SPDX-License-Identifier: MIT */
#include "volume/program_inodes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define FINDING_PROGRAM "finding this program"

static bool add_inode(struct program_inodes *program, const struct stat *status,
                      struct error *error)
{
	if (program->count == PROGRAM_INODES)
		return error_set(error, FINDING_PROGRAM, NULL, "too many directories hold it",
		                 NULL);
	program->inodes[program->count].device = status->st_dev;
	program->inodes[program->count].number = status->st_ino;
	program->count++;
	return true;
}

/* Writes the path of the program, without symbolic links, to PATH. If the program was removed or
 * replaced, the kernel adds " (deleted)" to its name. The names of its directories stay correct. */
static bool find_program_path(char path[static PATH_MAX], struct stat *ret_status,
                              struct error *error)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

	if (length > 0 && length < PATH_MAX && path[0] == '/' &&
	    stat("/proc/self/exe", ret_status) == 0) {
		path[length] = '\0';
		return true;
	}
	if (realpath(name, path) == NULL || stat(path, ret_status) != 0)
		return error_set_errno(error, FINDING_PROGRAM, name, errno,
		                       "mount /proc, or start it by its absolute path");
	return true;
}

bool program_inodes_find(struct program_inodes *ret_program, struct error *error)
{
	struct program_inodes program = {.count = 0};
	struct stat status;
	char path[PATH_MAX];
	char *slash;

	if (!find_program_path(path, &status, error) || !add_inode(&program, &status, error))
		return false;
	/* "/" itself is left out, because path_is_refused() refuses it. */
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		*slash = '\0';
		if (stat(path, &status) == 0) {
			if (!add_inode(&program, &status, error))
				return false;
		} else if (errno != ENOENT) { /* ENOENT: the directory was removed meanwhile */
			return error_set_errno(error, FINDING_PROGRAM, path, errno, NULL);
		}
	}
	*ret_program = program;
	return true;
}

bool program_inodes_have(const struct program_inodes *program, const struct inode *inode)
{
	for (size_t i = 0; i < program->count; i++) {
		if (program->inodes[i].number == inode->number &&
		    program->inodes[i].device == inode->device)
			return true;
	}
	return false;
}
