#include "world.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "etcfile.h"

/* Who may start the program must not thereby get more than it has (S25). */
static bool has_more_than_its_caller(const struct creds_state *creds)
{
	return getauxval(AT_SECURE) != 0 || creds->ruid != creds->euid ||
	       creds->ruid != creds->suid || creds->rgid != creds->egid ||
	       creds->rgid != creds->sgid;
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

/* OPTIONS is NULL for gosu and su-exec. */
static bool needs_group_file(const struct user_spec *user, const struct options *options,
                             const struct creds_state *creds)
{
	if (!user->group.given || !user->group.is_id || user->defines_account)
		return true;
	if (options == NULL)
		return false;
	for (size_t i = 0; i < options->group_count; i++) {
		if (!options->groups[i].is_id)
			return true;
	}
	/* Groups that the runtime granted are told from root's own by the file. They are sorted. */
	return !options->clear_groups && creds->group_count > 0 &&
	       creds->groups[creds->group_count - 1] != 0;
}

bool world_read(const struct user_spec *user, const struct options *options, int etc_fd,
                struct arena *arena, struct world *ret_world, struct error *error)
{
	struct world world = {.environment = environ};

	if (!creds_read(options == NULL ? CREDS_COMPAT : CREDS_STEP_DOWN, arena, &world.creds,
	                error))
		return false;
	if (has_more_than_its_caller(&world.creds))
		return error_set(error, "starting", NULL,
		                 "installed setuid, setgid or with file capabilities",
		                 "everybody would be root; chmod 0755 takes that away");
	if (etc_fd >= 0 && (!etcfile_read(etc_fd, "/etc/passwd", arena, &world.passwd, error) ||
	                    (needs_group_file(user, options, &world.creds) &&
	                     !etcfile_read(etc_fd, "/etc/group", arena, &world.group, error))))
		return false;
	/* Without anything to change on the way, the kernel's own answer comes early enough. */
	if (options != NULL && (user->defines_account || options->volume_count > 0)) {
		world.uid_map = read_map("/proc/self/uid_map", arena);
		world.gid_map = read_map("/proc/self/gid_map", arena);
	}
	*ret_world = world;
	return true;
}
