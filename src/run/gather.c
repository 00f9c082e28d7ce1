/* SPDX-License-Identifier: MIT */
#include "run/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "accounts/passwd_files.h"
#include "base/id.h"
#include "creds/read.h"
#include "linux/dirfd.h"
#include "volume/program_inodes.h"
#include "volume/resolve_path.h"

#define FINDING_PATH "finding the path"

bool gather_refuse_setuid(struct error *error)
{
	bool has_other_ids = getauxval(AT_UID) != getauxval(AT_EUID) ||
	                     getauxval(AT_GID) != getauxval(AT_EGID);
	bool is_secure = getauxval(AT_SECURE) != 0;

	/* A security policy of the host can set AT_SECURE at root's start, although root gains no
	 * right (S50). */
	if (is_secure && getauxval(AT_EUID) == 0 && prctl(PR_GET_SECUREBITS) == 0)
		is_secure = false;
	if (!is_secure && !has_other_ids)
		return true;
	return error_set(error, "starting", NULL,
	                 "installed setuid, setgid or with file capabilities",
	                 "chmod 0755 and setcap -r take that away");
}

/* Reads the owner of an @PATH by the resolver of the volumes, so an untrusted link is not followed.
 * The owner at this moment counts, even if the path changes later. */
static bool read_owner(const struct spec_ref *ref, struct arena *arena, struct facts *facts,
                       struct error *error)
{
	struct path_owner *owner = arena_allocate(arena, 1, sizeof(*owner));
	const char *path = arena_copy(arena, ref->name);
	struct resolved resolved;

	if (owner == NULL || path == NULL)
		return error_set(error, FINDING_PATH, NULL, "too many paths", NULL);
	/* If not started as root, an @PATH that cannot be resolved is only a warning. */
	if (!resolve(path, RESOLVE_MAY_MISS, &resolved, error))
		return facts->creds.euid != 0;
	fd_close(resolved.fd);
	if (!resolved.exists)
		return true;
	/* A user who may write to a directory can link any file of the file system into that
	 * directory (S17). */
	if (!S_ISDIR(resolved.inode.mode) && resolved.inode.links > 1)
		return error_set(error, FINDING_PATH, path, "a file with hard links elsewhere",
		                 "give the number");
	*owner = (struct path_owner){ref->name, resolved.inode.uid, resolved.inode.gid,
	                             facts->owners};
	facts->owners = owner;
	return true;
}

/* Returns the errno that prevents a new account, or 0 if no reason shows without a write. */
static int find_etc_errnum(int etc_fd)
{
	if (etc_fd < 0)
		return ENOENT;
	/* A passwd file that is a mount of its own may be writable although /etc is not. */
	return faccessat(etc_fd, ".", W_OK, 0) != 0 && errno == EROFS &&
	                       faccessat(etc_fd, "passwd", W_OK, 0) != 0
	               ? EROFS
	               : 0;
}

/* Without --cap, --try-cap and --allow-new-privs only the capabilities to be dropped matter, so the
 * exact bounding set need not be read. */
static enum creds_bounding choose_bounding(const struct options *options, enum semantics semantics)
{
	bool is_exact = (options->capabilities | options->tried_capabilities) != 0 ||
	                options->allow_new_privs;

	if (semantics == SEMANTICS_GOSU)
		return BOUNDING_UNREAD;
	return is_exact ? BOUNDING_READ : BOUNDING_AS_EXECUTED;
}

/* Reads the owner of each @PATH in OPTIONS, and sets *NEEDS_GROUP if OPTIONS need /etc/group. */
static bool read_path_owners(const struct options *options, int etc_fd, struct arena *arena,
                             struct facts *facts, bool *needs_group, struct error *error)
{
	for (size_t i = 0; i < options->user_count; i++) {
		const struct user_spec *user = &options->users[i];

		*needs_group |= !user->group.given || !user->group.is_id || user->defines_account;
		if (user->defines_account)
			facts->etc_errnum = find_etc_errnum(etc_fd);
		if (user->user.is_path && !read_owner(&user->user, arena, facts, error))
			return error_add_note(error, user->variables);
	}
	for (size_t i = 0; i < options->group_count; i++) {
		const struct spec_ref *group = &options->groups[i];

		*needs_group |= group->given && !group->is_id;
		if (group->is_path && !read_owner(group, arena, facts, error))
			return error_add_note(error, group->variables);
	}
	return true;
}

/* Returns true if a group in CREDS may stand for a group that is not mapped. getgroups(2) shows
 * such a group as 65534 (S45), and only the map tells it from the real group 65534. The result
 * is false for root, because root sets all its groups. */
static bool may_hide_groups(const struct creds_state *creds)
{
	static const char whole_map[] = " 0 0 4294967295\n";
	char map[64];
	bool hides = false;
	size_t length = 0;
	ssize_t count;
	int fd;

	for (size_t i = 0; i < creds->group_count; i++)
		hides = hides || creds->groups[i] == ID_OVERFLOW;
	if (creds->euid == 0 || !hides)
		return false;
	fd = open("/proc/self/gid_map", O_RDONLY | O_CLOEXEC);
	count = read(fd, map, sizeof(map));
	fd_close(fd);
	/* The numbers stand in columns, so a run of spaces becomes one space. */
	for (ssize_t i = 0; i < count; i++) {
		if (map[i] != ' ' || length == 0 || map[length - 1] != ' ')
			map[length++] = map[i];
	}
	return length != strlen(whole_map) || memcmp(map, whole_map, length) != 0;
}

bool gather_facts(const struct options *options, enum semantics semantics, int etc_fd,
                  struct arena *arena, struct facts *ret_facts, struct error *error)
{
	struct facts facts = {.environment = environ};
	struct creds_state *creds = &facts.creds;
	bool needs_group;

	if (!creds_read(choose_bounding(options, semantics), arena, creds, error))
		return false;
	facts.may_hide_groups = may_hide_groups(creds);
	if (options->volume_count > 0 && creds->euid == 0 &&
	    !program_inodes_find(&facts.program, error))
		return false;
	/* /etc/group is needed to distinguish root's own groups from groups that the engine
	 * granted. */
	needs_group = semantics != SEMANTICS_GOSU && !options->clear_groups &&
	              creds->group_count > 0 && creds->groups[creds->group_count - 1] != 0;
	if (!read_path_owners(options, etc_fd, arena, &facts, &needs_group, error))
		return false;
	if (etc_fd >= 0 &&
	    (!passwd_files_read(etc_fd, "/etc/passwd", arena, &facts.passwd, error) ||
	     (needs_group && !passwd_files_read(etc_fd, "/etc/group", arena, &facts.group, error))))
		return false;
	*ret_facts = facts;
	return true;
}
