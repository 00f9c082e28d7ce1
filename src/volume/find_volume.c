/* SPDX-License-Identifier: MIT */
#include "volume/find_volume.h"

#include <errno.h>
#include <string.h>

#include <linux/magic.h>

#include "core/refused_paths.h"
#include "volume/program_inodes.h"
#include "volume/system_directories.h"

#define CHECKING_VOLUME "checking the volume"

/* File systems that older kernel headers do not name. */
#define CONFIGFS 0x62656570U
#define MQUEUE 0x19800202U
#define FUSECTL 0x65735543U

/* Returns true if the file system of FD has interfaces of the kernel for files, wherever it is
 * mounted. */
static bool is_kernel_interface(int fd)
{
	switch (fd_file_system(fd)) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case BINFMTFS_MAGIC:
	case NSFS_MAGIC:
	case CONFIGFS:
	case MQUEUE:
	case FUSECTL:
		return true;
	default:
		return false;
	}
}

bool volume_has_right_owner(const struct resolved *resolved,
                            const struct ownership_request *request)
{
	return resolved->exists && resolved->inode.uid == request->owner->uid &&
	       resolved->inode.gid == request->owner->gid;
}

/* Returns true for a file that lies directly in a directory of the system, as passwd or a
 * library. */
static bool is_system_file(const char *resolved, const struct inode *inode)
{
	size_t length = (size_t)(strrchr(resolved, '/') - resolved);

	return !S_ISDIR(inode->mode) &&
	       path_is_refused((struct slice){resolved, length == 0 ? 1 : length});
}

static bool check_resolved(const struct declared_path *volume,
                           const struct ownership_request *request, const struct resolved *resolved,
                           struct error *error)
{
	const char *hint = "declare a directory of its own";
	const char *system = NULL;
	const char *reason;
	struct text message;

	/* Inodes matter only if something is changed: the owner is not right yet, or --own walks
	 * below. */
	if (path_is_refused(slice_of(resolved->text)))
		system = resolved->text;
	else if (resolved->exists && !is_system_file(resolved->text, &resolved->inode) &&
	         (volume->depth == DEPTH_TREE || !volume_has_right_owner(resolved, request)))
		system = system_directory_find(resolved);
	if (system != NULL) {
		message = error_begin(error, CHECKING_VOLUME, slice_of(volume->path));
		text_format(&message, "it is '%s', which belongs to the system", system);
		return error_end(&message, hint);
	}
	if (!resolved->exists)
		return true;
	if (program_inodes_have(&request->program, &resolved->inode)) {
		reason = "this program is in it";
	} else if (is_system_file(resolved->text, &resolved->inode)) {
		reason = "it is a file of the system";
	} else if (is_kernel_interface(resolved->fd)) {
		reason = "it is an interface of the kernel";
	} else if (volume->make && !S_ISDIR(resolved->inode.mode)) {
		reason = "it is not a directory";
		hint = "use --own-top for it";
	} else if (volume->must_be_directory && !S_ISDIR(resolved->inode.mode)) {
		reason = error_text(ENOTDIR);
		hint = "leave out the slash at its end";
	} else {
		return true;
	}
	return error_set(error, CHECKING_VOLUME, volume->path, reason, hint);
}

bool find_volume(const struct declared_path *volume, const struct ownership_request *request,
                 bool make_now, struct resolved *ret_resolved, struct error *error)
{
	enum resolve_missing missing = volume->make ? RESOLVE_MAY_MISS : RESOLVE_MUST_EXIST;
	bool ok = resolve(volume->path, missing, ret_resolved, error);

	for (;;) {
		if (!ok)
			return false;
		if (!check_resolved(volume, request, ret_resolved, error)) {
			fd_close(ret_resolved->fd);
			return false;
		}
		if (ret_resolved->exists)
			return true;
		if (ret_resolved->read_only)
			return error_set_errno(error, "making the volume", volume->path, EROFS,
			                       NULL);
		if (!make_now)
			return true;
		ok = resolve_and_make(volume->path, request->make_mode, ret_resolved, error);
	}
}
