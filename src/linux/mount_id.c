/* SPDX-License-Identifier: MIT */
#include "linux/mount_id.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"
#include "linux/inode.h"

/* The kernel fails with EOVERFLOW because there is no room for a handle, but gives the mount id
 * (open_by_handle_at(2)). A file system without handles fails with EOPNOTSUPP and gives no mount
 * id. */
static int read_id_by_handle(int fd, uint64_t *ret_mount)
{
	struct file_handle handle = {.handle_bytes = 0};
	int mount = -1;

	if (name_to_handle_at(fd, "", &handle, &mount, AT_EMPTY_PATH) != 0 && mount < 0)
		return errno;
	*ret_mount = (uint64_t)mount;
	return 0;
}

/* Finds the line of TEXT that begins with LABEL and parses the number behind the label. Returns
 * false if there is none; *RET_NUMBER is then untouched. */
static bool find_number(const char *text, const char *label, uint64_t *ret_number)
{
	const size_t length = strlen(label);
	uint64_t number = 0;
	bool found = false;

	while (text != NULL && strncmp(text, label, length) != 0) {
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	if (text == NULL)
		return false;
	for (text += length; is_blank(*text); text++)
		;
	for (; *text >= '0' && *text <= '9'; text++) {
		number = number * 10 + (uint64_t)(*text - '0');
		found = true;
	}
	if (found)
		*ret_number = number;
	return found;
}

static int read_id_by_fdinfo(int fd, uint64_t *ret_mount)
{
	char path[48];
	char content[512] = "";
	struct text text = text_in(path, sizeof(path));
	int info;

	text_format(&text, "/proc/self/fdinfo/%u", (unsigned)fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return errno;
	(void)!read(info, content, sizeof(content) - 1);
	close(info);
	return find_number(content, "mnt_id:", ret_mount) ? 0 : ENODATA;
}

int mount_read_id(enum mount_source source, int fd, uint64_t *ret_mount)
{
	return source == MOUNT_BY_HANDLE ? read_id_by_handle(fd, ret_mount)
	                                 : read_id_by_fdinfo(fd, ret_mount);
}

/* Reads a file of any length byte by byte, with a buffer of fixed size. */
struct reader {
	int fd;
	size_t at;
	size_t length;
	char buffer[1024];
};

/* Returns the next byte, or -1 at the end of the file and after an error. */
static int next_byte(struct reader *reader)
{
	if (reader->at == reader->length) {
		ssize_t length = read(reader->fd, reader->buffer, sizeof(reader->buffer));

		if (length <= 0)
			return -1;
		reader->at = 0;
		reader->length = (size_t)length;
	}
	return (unsigned char)reader->buffer[reader->at++];
}

/* Returns the decimal number at the present place. *RET_END is the byte behind it, or -1. */
static unsigned next_number(struct reader *reader, int *ret_end)
{
	unsigned number = 0;
	int byte = next_byte(reader);

	for (; byte >= '0' && byte <= '9'; byte = next_byte(reader))
		number = number * 10 + (unsigned)(byte - '0');
	*ret_end = byte;
	return number;
}

/* Counts the mounts of DEVICE. A line begins "36 35 98:0 ": the mount, its parent, and the major
 * and minor number of the device (proc_pid_mountinfo(5)). */
static unsigned count_device(struct reader *reader, uint64_t device)
{
	unsigned count = 0;
	int end;

	do {
		unsigned major_number;
		unsigned minor_number;

		(void)next_number(reader, &end);
		(void)next_number(reader, &end);
		major_number = next_number(reader, &end);
		minor_number = next_number(reader, &end);
		count += end == ' ' && makedev(major_number, minor_number) == device;
		while (end >= 0 && end != '\n')
			end = next_byte(reader);
	} while (end >= 0);
	return count;
}

bool mount_has_own_device(uint64_t device)
{
	struct reader reader = {.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)};
	unsigned count = count_device(&reader, device); /* 0 if the file cannot be opened */

	fd_close(reader.fd);
	return count == 1;
}
