#include "volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/text.h"
#include "linux/pages.h"
#include "volume/chown_entry.h"
#include "volume/resolve_path.h"
#include "volume/walk.h"

#define DOING "checking the volume"
#define PATIENCE 5000 /* milliseconds */

/* Those that older kernel headers do not name. */
#define CONFIGFS 0x62656570U
#define MQUEUE 0x19800202U
#define FUSECTL 0x65735543U

/* File systems that hold no files but the kernel's insides, wherever they are mounted. */
static const uint32_t interfaces[] = {
	PROC_SUPER_MAGIC,
	SYSFS_MAGIC,
	CGROUP_SUPER_MAGIC,
	CGROUP2_SUPER_MAGIC,
	DEBUGFS_MAGIC,
	TRACEFS_MAGIC,
	SECURITYFS_MAGIC,
	SELINUX_MAGIC,
	SMACK_MAGIC,
	DEVPTS_SUPER_MAGIC,
	BPF_FS_MAGIC,
	EFIVARFS_MAGIC,
	PSTOREFS_MAGIC,
	RDTGROUP_SUPER_MAGIC,
	BINFMTFS_MAGIC,
	NSFS_MAGIC,
	CONFIGFS,
	MQUEUE,
	FUSECTL,
	0,
};

/* The directory of the system that INODE is, by whatever path it was reached: a bind mount of /etc looks like
 * any other directory. NULL if it is none. */
static const char *find_system_path(const struct inode *inode)
{
	struct stat status;
	const char *path;

	for (size_t i = 0; (path = volume_refused_path(i)) != NULL; i++) {
		if (stat(path, &status) == 0 && status.st_dev == inode->device &&
		    status.st_ino == inode->number)
			return path;
	}
	return NULL;
}

static bool is_right(const struct resolved *resolved, const struct volume_request *request)
{
	return resolved->exists && resolved->inode.uid == request->uid &&
	       resolved->inode.gid == request->gid;
}

/* passwd, a library, a program: a file that lies directly in a directory of the system. */
static bool is_system_file(const char *resolved, const struct inode *inode)
{
	size_t length = (size_t)(strrchr(resolved, '/') - resolved);

	return !S_ISDIR(inode->mode) &&
	       volume_is_refused((struct slice){resolved, length == 0 ? 1 : length});
}

static bool judge(const struct volume_option *volume, const struct volume_request *request,
                  const struct resolved *resolved, struct error *error)
{
	const char *hint = "declare a directory of its own";
	const char *system = NULL;
	const char *reason;
	struct text message;

	/* A path that is right already is not changed, unless all below it is looked at. */
	if (volume_is_refused(slice_of(resolved->text)))
		system = resolved->text;
	else if (resolved->exists && (volume->mode == VOLUME_OWN || !is_right(resolved, request)))
		system = find_system_path(&resolved->inode);
	if (system != NULL) {
		message = error_begin(error, DOING, slice_of(volume->path));
		text_format(&message, "it is '%s', which belongs to the system", system);
		return error_end(&message, hint);
	}
	if (!resolved->exists)
		return true;
	if (program_inodes_have(&request->program, &resolved->inode)) {
		reason = "this program is in it";
	} else if (is_system_file(resolved->text, &resolved->inode)) {
		reason = "it is a file of the system";
	} else if (pin_is_on(resolved->fd, interfaces)) {
		reason = "it is an interface of the kernel";
	} else if (request->make && !S_ISDIR(resolved->inode.mode)) {
		reason = "it is not a directory";
		hint = "use --own-top for it";
	} else if (volume->must_be_directory && !S_ISDIR(resolved->inode.mode)) {
		reason = error_text(ENOTDIR);
		hint = "leave out the slash at its end";
	} else {
		return true;
	}
	return error_set(error, DOING, volume->path, reason, hint);
}

static bool find_volume(const struct volume_option *volume, const struct volume_request *request,
                        bool make, struct resolved *ret_resolved, struct error *error)
{
	enum resolve_missing missing = request->make ? RESOLVE_MAY_MISS : RESOLVE_MUST_EXIST;

	for (;;) {
		if (!resolve(volume->path, missing, ret_resolved, error))
			return false;
		if (!judge(volume, request, ret_resolved, error)) {
			pin_close(ret_resolved->fd);
			return false;
		}
		if (ret_resolved->exists)
			return true;
		if (ret_resolved->read_only)
			return error_set_errno(error, "making the volume", volume->path, EROFS,
			                       NULL);
		if (!make)
			return true;
		missing = RESOLVE_MAKE;
	}
}

bool volume_check(const struct volume_option *volume, const struct volume_request *request,
                  bool *ret_right, struct error *error)
{
	struct resolved resolved;

	if (!find_volume(volume, request, false, &resolved, error))
		return false;
	*ret_right = is_right(&resolved, request);
	pin_close(resolved.fd);
	return true;
}

static void would_make(struct own *own)
{
	own->job->report.made = true;
	own_count_looked(own);
	own_directory(own, -1);
}

/* Last, because the owner of PATH tells the next start that all below it is done. On a local file system PATH has
 * to be locked first (see own_directory), which takes a descriptor for reading. */
static void own_path(struct own *own, struct door *door)
{
	const struct own_job *job = own->job;
	struct door inside;
	struct inode inode;
	int errnum = pin_enter(door, NULL, ".", &inside, &inode);

	if (errnum == 0) {
		own_directory(own, inside.fd);
		pin_close(inside.fd);
	} else if (job->is_local && !job->request->dry_run) {
		own_count_left(own, NULL, errnum);
	} else {
		own_directory(own, door->fd);
	}
}

/* Made root's, PATH is wrong for whatever user the next start is for, should this one be cut off. */
static void mark(const struct own *own, const struct resolved *resolved, struct door *door)
{
	struct inode marked = resolved->inode;

	marked.uid = 0;
	if (resolved->inode.uid != 0 && own_is_wrong(own, &marked) && !own->job->request->dry_run &&
	    fchownat(resolved->fd, "", 0, (gid_t)-1, AT_EMPTY_PATH) == 0)
		door->owner = 0;
}

/* S42: with --own-once PATH must not look finished if something is left that the next start may change, or
 * must complain of. */
static bool is_to_be_repeated(const struct own *own)
{
	const char *unused;

	if (own->left_for_now > 0)
		return true;
	return own->job->request->strict &&
	       (own->left > 0 || links_count_unfinished(&own->job->links, &unused) > 0);
}

/* False is out of memory. */
static bool carry_out(struct own *own, enum volume_mode mode, const struct resolved *resolved)
{
	const struct inode *inode = &resolved->inode;
	const struct volume_request *request = own->job->request;
	struct door door = {.fd = resolved->fd, .owner = inode->uid};
	bool is_wrong = own_is_wrong(own, inode);
	int errnum;

	own->job->report.made = resolved->made;
	own->job->is_local = walk_is_local(resolved->fd);
	own_count_looked(own);
	if (!S_ISDIR(inode->mode))
		return own_pinned(own, resolved->fd, inode, NULL);
	if (mode == VOLUME_OWN_ONCE && is_wrong)
		mark(own, resolved, &door);
	if (mode == VOLUME_OWN || (mode == VOLUME_OWN_ONCE && !is_right(resolved, request))) {
		errnum = pin_fence(resolved->fd, &own->job->fence);
		if (errnum == 0 && own->job->fence.source == MOUNT_UNKNOWN &&
		    !own->job->fence.can_open)
			errnum = VOLUME_MOUNTS;
		if (errnum != 0)
			own_count_left(own, NULL, errnum);
		else if (!walk(own, &door))
			return false;
	}
	own->job->report.unfinished = is_wrong && mode == VOLUME_OWN_ONCE && is_to_be_repeated(own);
	if (own->job->report.unfinished)
		own->left++;
	else if (is_wrong)
		own_path(own, &door);
	return true;
}

/* Unknown to whoever chose the file names; the kernel gave it to this process at its start. */
static uint64_t secret(void)
{
	const char *random = (const char *)getauxval(AT_RANDOM);
	uint64_t value = 0;

	if (random != NULL)
		memcpy(&value, random, sizeof(value));
	return value;
}

/* S47: whoever may rename names in the directory above PATH can put another directory of root's in its place
 * before the next start. In a directory with the sticky bit that takes the owner of the name. */
static bool can_be_exchanged(const char *resolved)
{
	const char *slash = strrchr(resolved, '/');
	char above[VOLUME_PATH];
	struct stat status;
	size_t length = (size_t)(slash - resolved);

	if (length >= sizeof(above))
		return true;
	memcpy(above, resolved, length);
	memcpy(above + length, length == 0 ? "/" : "", 2 - (length > 0));
	if (stat(above, &status) != 0)
		return false;
	return status.st_uid != 0 ||
	       ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0);
}

/* NULL when memory is used up. */
static struct own_job *new_job(const struct volume_request *request,
                               const struct resolved *resolved)
{
	/* Not static, because most starts own nothing, and its pages would part what they do use. */
	struct own_job *job = memory_take(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->request = request;
	job->patience = PATIENCE;
	pthread_mutex_init(&job->lock, NULL);
	job->links.seed = secret();
	job->refused = request->dry_errnum;
	if (request->dry_run && pin_is_read_only(resolved->fd))
		job->refused = EROFS;
	return job;
}

static void free_job(struct own_job *job)
{
	if (job != NULL)
		links_free(&job->links);
	memory_give_back(job, 1, sizeof(*job));
}

bool volume_apply(const struct volume_option *volume, const struct volume_request *request,
                  struct volume_report *ret_report, struct error *error)
{
	struct own own = {.tree.declared = volume->path};
	struct resolved resolved;
	bool ok;

	if (!find_volume(volume, request, !request->dry_run, &resolved, error))
		return false;
	own.job = new_job(request, &resolved);
	ok = own.job != NULL;
	if (ok)
		own.job->report.can_be_exchanged = can_be_exchanged(resolved.text);
	if (ok && resolved.exists)
		ok = carry_out(&own, volume->mode, &resolved);
	else if (ok)
		would_make(&own);
	if (ok) {
		own_finish(&own);
		*ret_report = own.job->report;
	}
	pin_close(resolved.fd);
	free_job(own.job);
	return ok || error_set_errno(error, "changing the owner", volume->path, ENOMEM, NULL);
}
