#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "etcfile.h"

bool world_check_caller(struct error *error)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
		return error_set_errno(error, "starting", NULL, errno, NULL);
	if (getauxval(AT_SECURE) != 0 || ruid != euid || ruid != suid || rgid != egid ||
	    rgid != sgid)
		return error_set(error, "starting", NULL,
		                 "installed setuid, setgid or with file capabilities",
		                 "that would make everybody root; take the bits away: chmod 0755");
	return true;
}

static bool read_account_file(int etc_fd, const char *name, struct arena *arena,
                              struct slice *ret_bytes, struct error *error)
{
	bool exists;

	return etc_fd < 0 || etcfile_read(etc_fd, name, arena, ret_bytes, &exists, error);
}

/* A map has at most 340 lines; what does not fit the buffer counts as unknown. */
static struct slice read_map(const char *path, struct arena *arena)
{
	const size_t capacity = 4096;
	char *bytes = arena_allocate(arena, capacity, 1);
	struct slice map = {NULL, 0};
	ssize_t length;
	int fd;

	fd = bytes == NULL ? -1 : openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return map;
	length = read(fd, bytes, capacity);
	if (length > 0 && (size_t)length < capacity)
		map = (struct slice){bytes, (size_t)length};
	close(fd);
	return map;
}

static bool needs_group_file(const struct options *options, const struct creds_state *creds)
{
	if (!options->user.group.given || !options->user.group.is_id ||
	    options->user.defines_account)
		return true;
	for (size_t i = 0; i < options->group_count; i++) {
		if (!options->groups[i].is_id)
			return true;
	}
	/* Groups that the runtime granted are told from root's own by the file. */
	for (size_t i = 0; i < creds->group_count && !options->clear_groups; i++) {
		if (creds->groups[i] != 0)
			return true;
	}
	return false;
}

bool world_read(const struct options *options, int etc_fd, char *const *environment,
                struct arena *arena, struct world *ret_world, struct error *error)
{
	struct world world = {.environment = environment};

	if (!creds_read(arena, &world.creds, error) ||
	    !read_account_file(etc_fd, "passwd", arena, &world.passwd, error))
		return false;
	if (needs_group_file(options, &world.creds) &&
	    !read_account_file(etc_fd, "group", arena, &world.group, error))
		return false;
	/* Without anything to change on the way, the kernel's own answer comes early enough. */
	if (options->user.defines_account || options->volume_count > 0) {
		world.uid_map = read_map("/proc/self/uid_map", arena);
		world.gid_map = read_map("/proc/self/gid_map", arena);
	}
	*ret_world = world;
	return true;
}

bool world_read_compat(const struct compat_options *options, int etc_fd, char *const *environment,
                       struct arena *arena, struct world *ret_world, struct error *error)
{
	struct world world = {.environment = environment};

	if (!creds_read(arena, &world.creds, error) ||
	    !read_account_file(etc_fd, "passwd", arena, &world.passwd, error))
		return false;
	if (!(options->user.group.given && options->user.group.is_id) &&
	    !read_account_file(etc_fd, "group", arena, &world.group, error))
		return false;
	*ret_world = world;
	return true;
}
