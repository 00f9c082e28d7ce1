#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tools.h"

#define SECRET "secret\n"
#define FILLER "filler"

static char base[128];

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		die(path);
}

static void copy_program(const char *from, const char *to)
{
	static char bytes[4 * 1024 * 1024];

	write_file(to, bytes, read_file(from, bytes, sizeof(bytes)));
	if (chmod(to, 0755) != 0)
		die(to);
}

void world_open_all(const char *directory, const char *stepdown, const char *probe)
{
	umask(022);
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		die("unshare");
	if (mount("worlds", directory, "tmpfs", 0, "mode=755") != 0)
		die(directory);
	snprintf(base, sizeof(base), "%s", directory);
	copy_program(stepdown, path_of("%s/stepdown", base));
	copy_program(probe, path_of("%s/probe", base));
}

static void bind(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND, NULL) != 0)
		die(to);
}

/* --- /etc ---------------------------------------------------------------------------------------- */

static void write_accounts(const char *directory)
{
	const char *passwd = path_of("%s/passwd", directory);
	const char *group = path_of("%s/group", directory);

	write_file(passwd, old_passwd, strlen(old_passwd));
	write_file(group, old_group, strlen(old_group));
	if (chmod(passwd, 0644) != 0 || chown(passwd, 0, 0) != 0 || chmod(group, 0640) != 0 ||
	    chown(group, 0, 33) != 0)
		die(directory);
	/* Older file systems have none. */
	setxattr(passwd, "user.note", "kept", 4, 0);
}

/* The account files lie in a small file system of their own, which is /etc, or holds what is mounted there. */
static void make_etc(const struct world *world)
{
	const char *side = path_of("%s/side", (world->host == NULL ? world : world->host)->path);
	const char *etc = path_of("%s/etc", world->path);
	static const char *const names[] = {"passwd", "group"};

	if (world->host == NULL) {
		make_directory(side);
		if (mount("side", side, "tmpfs", 0, "mode=755,size=64k,nr_inodes=40") != 0)
			die(side);
		write_accounts(side);
	}
	make_directory(etc);
	if (!world->scenario->mounts_files) {
		bind(side, etc);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const char *name = path_of("%s/%s", etc, names[i]);

		write_file(name, "", 0);
		bind(path_of("%s/%s", side, names[i]), name);
	}
}

/* Removes what was made there: all of it begins with a dot, or is a filler. */
static void remove_new(const char *directory)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;

	if (stream == NULL)
		die(directory);
	while ((entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, FILLER, strlen(FILLER)) == 0)
			unlinkat(dirfd(stream), entry->d_name, 0);
	}
	closedir(stream);
}

static void restore_etc(const struct world *world)
{
	const char *etc = path_of("%s/etc", world->path);

	/* Fails if /etc is no mount, and then it is not read-only. */
	(void)mount(NULL, etc, NULL, MS_REMOUNT | MS_BIND, NULL);
	if (world->host == NULL)
		remove_new(path_of("%s/side", world->path));
	remove_new(etc);
	write_accounts(etc);
}

void world_fill_blocks(void *context)
{
	const struct world *world = context;
	static const char block[4096];
	int fd =
		open(path_of("%s/side/" FILLER, world->path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

void world_fill_inodes(void *context)
{
	const struct world *world = context;
	int fd = 0;

	for (unsigned i = 0; fd >= 0; i++) {
		fd = open(path_of("%s/side/" FILLER "%u", world->path, i),
		          O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		close(fd);
	}
}

/* Has no effect while a file of the mount is open for writing. */
void world_make_read_only(void *context)
{
	const struct world *world = context;

	mount(NULL, path_of("%s/etc", world->path), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* --- the rest ------------------------------------------------------------------------------------- */

static void mount_outside(const struct world *world, const char *path)
{
	make_directory(path);
	bind(path_of("%s/outside", world->path), path);
}

static void make_entry(const struct world *world, const struct entry *entry)
{
	const char *path = path_of("%s%s", world->path, entry->path);
	bool ok = true;

	if (entry->kind == 'd')
		make_directory(path);
	else if (entry->kind == 'f')
		write_file(path, "", 0);
	else if (entry->kind == 'l')
		ok = symlink("/outside/secret", path) == 0;
	else if (entry->kind == 'h')
		ok = link(path_of("%s/outside/secret", world->path), path) == 0;
	else
		mount_outside(world, path);
	if (ok && entry->mode != 0)
		ok = chmod(path, entry->mode) == 0;
	if (!ok || lchown(path, entry->uid, entry->gid) != 0)
		die(path);
}

void world_make(struct world *world, unsigned number, const struct scenario *scenario,
                const struct world *host)
{
	static const char *const names[] = {"", "bin", "dev", "data", "outside", "proc", "root"};
	const char *program;

	world->scenario = scenario;
	world->host = host;
	snprintf(world->path, sizeof(world->path), "%s/w%u", base, number);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_directory(path_of("%s/%s", world->path, names[i]));
	program = path_of("%s/bin/stepdown", world->path);
	if (link(path_of("%s/stepdown", base), program) != 0 ||
	    link(path_of("%s/probe", base), path_of("%s/bin/probe", world->path)) != 0 ||
	    symlink("stepdown", path_of("%s/bin/gosu", world->path)) != 0 ||
	    symlink("stepdown", path_of("%s/bin/su-exec", world->path)) != 0)
		die(program);
	bind("/proc", path_of("%s/proc", world->path));
	make_etc(world);
	write_file(path_of("%s/outside/secret", world->path), SECRET, strlen(SECRET));
	if (host != NULL) {
		bind(path_of("%s/data", host->path), path_of("%s/data", world->path));
		return;
	}
	for (const struct entry *entry = scenario->entries; entry != NULL && entry->path != NULL;
	     entry++)
		make_entry(world, entry);
	clock_gettime(CLOCK_MONOTONIC, &world->restored);
}

void world_restore(struct world *world)
{
	restore_etc(world);
	/* Made by --mkdir. */
	rmdir(path_of("%s/new/deep", world->path));
	rmdir(path_of("%s/new", world->path));
	for (const struct entry *entry = world->scenario->entries;
	     entry != NULL && entry->path != NULL; entry++) {
		const char *path = path_of("%s%s", world->path, entry->path);
		struct stat status;

		if (lstat(path, &status) != 0 ||
		    ((status.st_uid != entry->uid || status.st_gid != entry->gid) &&
		     lchown(path, entry->uid, entry->gid) != 0))
			die(path);
	}
	clock_gettime(CLOCK_MONOTONIC, &world->restored);
}

/* --- running --------------------------------------------------------------------------------------- */

static void make_arguments(const struct scenario *scenario, char *arguments[static 40])
{
	static const char *const probe[] = {"/bin/probe", "cap",   "uid", "gid",
	                                    "groups",     "cwd",   "fds", "no_new_privs",
	                                    "securebits", "umask", "env", NULL};
	char *words = strdup(scenario->words);
	size_t count = 0;

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		arguments[count++] = word;
	for (size_t i = 0; !scenario_has(scenario, "--setup-only") && probe[i] != NULL; i++)
		arguments[count++] = (char *)(uintptr_t)probe[i];
	arguments[count] = NULL;
}

static void begin(void *context)
{
	static char path[] = "PATH=/bin", home[] = "HOME=/root", kept[] = "KEPT=yes";
	static char *environment[] = {path, home, kept, NULL};
	const struct world *world = context;
	char *arguments[40];

	make_arguments(world->scenario, arguments);
	if (dup2(world->output, 1) < 0 || dup2(world->errors, 2) < 0 || chroot(world->path) != 0 ||
	    chdir("/") != 0)
		_exit(98);
	scenario_become(world->scenario);
	if (world->is_traced)
		tracer_stop_here();
	execve(path_of("/bin/%s", arguments[0]), arguments, environment);
}

static void open_stream(int *ret_from, int *ret_to)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("pipe");
	*ret_from = ends[0];
	*ret_to = ends[1];
}

static void open_streams(struct world *world)
{
	open_stream(&world->from_output, &world->output);
	open_stream(&world->from_errors, &world->errors);
}

/* The program alone holds the other ends. */
static void close_streams(const struct world *world)
{
	close(world->output);
	close(world->errors);
}

static void read_stream(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t count;

	while ((count = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)count;
	text[length] = '\0';
	close(fd);
}

void world_collect(struct world *world)
{
	read_stream(world->from_output, world->output_text, sizeof(world->output_text));
	read_stream(world->from_errors, world->error_text, sizeof(world->error_text));
}

bool world_has_ended(const struct world *world)
{
	struct pollfd stream = {.fd = world->from_errors};

	return poll(&stream, 1, 0) > 0 && (stream.revents & POLLHUP) != 0;
}

/* Waits until its directories are old enough to be trusted. */
static void settle(const struct world *world)
{
	struct timespec until = world->restored;

	until.tv_nsec += SETTLED_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

void world_run(struct world *world, struct fault *fault, struct outcome *ret_outcome)
{
	if (world->scenario->settled)
		settle(world);
	world->is_traced = true;
	open_streams(world);
	tracer_run(begin, world, world->scenario->answers, fault, ret_outcome);
	close_streams(world);
	world_collect(world);
}

void world_start(struct world *world)
{
	pid_t pid;

	world->is_traced = false;
	open_streams(world);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		begin(world);
		_exit(99);
	}
	close_streams(world);
}
