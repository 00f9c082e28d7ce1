/* SPDX-License-Identifier: MIT */
#include "run/file_capabilities.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "linux/dirfd.h"

enum {
	FIRST_LINE_BYTES = 256, /* the part of a script that the kernel reads */
	INTERPRETERS = 5,       /* execve(2) fails with ELOOP for more of them */
};

/* Returns the interpreter that the "#!" line of FILE names. Returns NULL if FILE is not a script,
 * cannot be read, or if ARENA is used up. */
static const char *find_interpreter(const char *file, struct arena *arena)
{
	char line[FIRST_LINE_BYTES + 1] = "";
	const char *begin = line + 2;
	size_t length;
	struct stat status;
	int fd;

	/* Opening a FIFO or a device may block or act (S22). */
	if (stat(file, &status) != 0 || !S_ISREG(status.st_mode))
		return NULL;
	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	(void)!read(fd, line, sizeof(line) - 1);
	fd_close(fd);
	if (line[0] != '#' || line[1] != '!')
		return NULL;
	begin += strspn(begin, " \t");
	length = strcspn(begin, " \t\n");
	return length == 0 ? NULL : arena_copy(arena, (struct slice){begin, length});
}

/* Returns the capabilities that FILE requires in the bounding set. The attribute is that of
 * capabilities(7): the effective bit, and then 32 capabilities in each pair of words. */
static uint64_t read_required(const char *file)
{
	struct vfs_ns_cap_data data = {0};
	struct statvfs mount;
	uint64_t permitted;

	/* The old attribute of one word in each set, and none at all, leave zeros in DATA. */
	(void)!getxattr(file, XATTR_NAME_CAPS, &data, sizeof(data));
	if ((le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE) == 0)
		return 0;
	permitted = (uint64_t)le32toh(data.data[1].permitted) << 32 |
	            le32toh(data.data[0].permitted);
	return statvfs(file, &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0 ? 0 : permitted;
}

struct file_capabilities file_capabilities_read(const char *file, struct arena *arena)
{
	const char *interpreter;

	for (unsigned i = 0; i < INTERPRETERS; i++) {
		interpreter = find_interpreter(file, arena);
		if (interpreter == NULL)
			break;
		file = interpreter;
	}
	return (struct file_capabilities){file, read_required(file)};
}
