#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "faults.h"

#define PATIENCE_S 30 /* the longest wait of the program takes 15 seconds */

static const char *base, *programs;
int world_input;

const char *path_of(const char *format, ...)
{
	static char buffers[8][512];
	static unsigned next;
	char *buffer = buffers[next++ % 8];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(buffer, sizeof(buffers[0]), format, arguments) >= (int)sizeof(buffers[0]))
		errx(BROKEN, "a path is too long");
	va_end(arguments);
	return buffer;
}

size_t read_stream(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t count;

	while ((count = read(fd, buffer + length, size - 1 - length)) > 0)
		length += (size_t)count;
	close(fd);
	buffer[length] = '\0';
	return length;
}

static void write_file(const char *path, const char *text)
{
	size_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length)
		err(BROKEN, "%s", path);
	close(fd);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		err(BROKEN, "%s", path);
}

void world_open_all(const char *directory, const char *programs_of_all)
{
	umask(022);
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("worlds", directory, "tmpfs", 0, "mode=755") != 0)
		err(BROKEN, "%s", directory);
	base = directory;
	programs = programs_of_all;
	(void)mknod(path_of("%s/null", base), S_IFCHR | 0666, makedev(1, 3));
	world_input = open(path_of("%s/null", base), O_RDWR | O_CLOEXEC);
	if (world_input < 0)
		err(BROKEN, "null");
}

static void bind(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND, NULL) != 0)
		err(BROKEN, "%s", to);
}

/* --- /etc ---------------------------------------------------------------------------------------- */

static void write_accounts(const char *directory, const struct scenario *scenario, enum state state)
{
	bool is_new = state == AS_ASKED_FOR && scenario->new_passwd != NULL;
	const char *passwd = path_of("%s/passwd", directory);
	const char *group = path_of("%s/group", directory);

	write_file(passwd, is_new ? scenario->new_passwd : old_passwd);
	write_file(group, is_new ? scenario->new_group : old_group);
	if (chmod(passwd, 0644) != 0 || chown(passwd, 0, 0) != 0 || chmod(group, 0640) != 0 ||
	    chown(group, 0, 33) != 0)
		err(BROKEN, "%s", directory);
	/* Older file systems have none. */
	setxattr(passwd, "user.note", "kept", 4, 0);
}

/* The account files lie in a small file system of the host, which is /etc, or holds what is mounted there. */
static void make_etc(const struct world *world)
{
	const char *side = path_of("%s/side", (world->host == NULL ? world : world->host)->path);
	const char *etc = path_of("%s/etc", world->path);
	static const char *const names[] = {"passwd", "group"};

	if (world->host == NULL) {
		make_directory(side);
		if (mount("side", side, "tmpfs", 0, "mode=755") != 0)
			err(BROKEN, "%s", side);
		write_accounts(side, world->scenario, AS_BEFORE);
	}
	make_directory(etc);
	if (!world->scenario->mounts_files) {
		bind(side, etc);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const char *name = path_of("%s/%s", etc, names[i]);

		write_file(name, "");
		bind(path_of("%s/%s", side, names[i]), name);
	}
}

bool world_find_others(const char *directory, bool removes)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	bool found = false;

	if (stream == NULL)
		err(BROKEN, "%s", directory);
	while ((entry = readdir(stream)) != NULL) {
		const char *name = entry->d_name;

		if (entry->d_type == DT_DIR || strcmp(name, "passwd") == 0 ||
		    strcmp(name, "group") == 0)
			continue;
		found |= strcmp(name, ".pwd.lock") != 0;
		if (removes)
			unlinkat(dirfd(stream), name, 0);
	}
	closedir(stream);
	return found;
}

/* --- the whole ------------------------------------------------------------------------------------ */

static void make_entry(const struct world *world, const struct entry *entry)
{
	const char *path = path_of("%s%s", world->path, entry->path);
	char kind = (char)tolower(entry->kind);
	bool ok = true;

	if (kind == 'd' || kind == 'm')
		make_directory(path);
	if (kind == 'm')
		bind(path_of("%s/outside", world->path), path);
	else if (kind == 'f')
		write_file(path, "");
	else if (kind == 'l')
		ok = symlink("/outside/secret", path) == 0;
	else if (kind == 'h')
		ok = link(path_of("%s/outside/secret", world->path), path) == 0;
	if (ok && entry->mode != 0)
		ok = chmod(path, entry->mode) == 0;
	if (!ok)
		err(BROKEN, "%s", path);
}

void world_make(struct world *world, unsigned number, const struct scenario *scenario,
                const struct world *host)
{
	static const char *const names[] = {"", "bin", "dev", "data", "outside", "proc", "root"};

	world->scenario = scenario;
	world->host = host;
	snprintf(world->path, sizeof(world->path), "%s/w%u", base, number);
	for (size_t i = 0; i < COUNT(names); i++)
		make_directory(path_of("%s/%s", world->path, names[i]));
	bind(programs, path_of("%s/bin", world->path));
	bind("/proc", path_of("%s/proc", world->path));
	make_etc(world);
	write_file(path_of("%s/outside/secret", world->path), "secret\n");
	if (host != NULL) {
		bind(path_of("%s/data", host->path), path_of("%s/data", world->path));
		return;
	}
	for (const struct entry *entry = scenario->entries; entry != NULL && entry->path != NULL;
	     entry++)
		make_entry(world, entry);
	world_set(world, AS_BEFORE);
}

/* A new directory comes and goes with STATE. */
static void set_entry(const struct world *world, const struct entry *entry, enum state state)
{
	const struct scenario *scenario = world->scenario;
	const char *path = path_of("%s%s", world->path, entry->path);
	bool is_given = state == AS_ASKED_FOR && islower(entry->kind);
	uid_t uid = !is_given ? entry->id : scenario->uid != 0 ? scenario->uid : 1000;
	gid_t gid = !is_given ? entry->id : scenario->uid != 0 ? scenario->gid : 1000;
	struct stat status;

	if (tolower(entry->kind) == 'n' && state == AS_BEFORE) {
		rmdir(path_of("%s/deep", path));
		rmdir(path);
		return;
	}
	if (tolower(entry->kind) == 'n')
		make_directory(path);
	/* A call that changes nothing would make the entry younger. */
	if (lstat(path, &status) != 0 ||
	    ((status.st_uid != uid || status.st_gid != gid) && lchown(path, uid, gid) != 0))
		err(BROKEN, "%s", path);
}

void world_set(struct world *world, enum state state)
{
	const char *etc = path_of("%s/etc", world->path);

	if (world->host == NULL)
		world_find_others(path_of("%s/side", world->path), true);
	world_find_others(etc, true);
	write_accounts(etc, world->scenario, state);
	for (const struct entry *entry = world->scenario->entries;
	     entry != NULL && entry->path != NULL; entry++)
		set_entry(world, entry, state);
}

/* --- running --------------------------------------------------------------------------------------- */

/* Executes the program in a new process, which sends a SIGTRAP first if it IS_TRACED. */
static void begin(const struct world *world, bool is_traced)
{
	static char *environment[] = {"PATH=/bin", "HOME=/root", "KEPT=yes", NULL};
	const struct scenario *scenario = world->scenario;
	char *words = strdup(scenario->words);
	char *arguments[40];
	size_t count = 0;

	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		arguments[count++] = word;
	if (!scenario_has(scenario, "--setup-only"))
		arguments[count++] = "/bin/probe";
	arguments[count] = NULL;
	if (dup2(world_input, 0) < 0 || dup2(world->output[1], 1) < 0 ||
	    dup2(world->errors[1], 2) < 0 || chroot(world->path) != 0 || chdir("/") != 0)
		_exit(98);
	scenario_become(scenario);
	alarm(PATIENCE_S);
	if (is_traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		err(BROKEN, "PTRACE_TRACEME");
	execve(path_of("/bin/%s", arguments[0]), arguments, environment);
}

void world_start(struct world *world, bool is_traced)
{
	if (pipe2(world->output, O_CLOEXEC) != 0 || pipe2(world->errors, O_CLOEXEC) != 0)
		err(BROKEN, "pipe");
	world->pid = fork();
	if (world->pid < 0)
		err(BROKEN, "fork");
	if (world->pid == 0) {
		begin(world, is_traced);
		_exit(99);
	}
	/* The program alone holds the other ends. */
	close(world->output[1]);
	close(world->errors[1]);
}

void world_collect(struct world *world)
{
	read_stream(world->output[0], world->output_text, sizeof(world->output_text));
	read_stream(world->errors[0], world->error_text, sizeof(world->error_text));
}

bool world_has_ended(const struct world *world)
{
	struct pollfd stream = {.fd = world->errors[0]};

	return poll(&stream, 1, 0) > 0 && (stream.revents & POLLHUP) != 0;
}

void world_run(struct world *world)
{
	world_start(world, true);
	tracer_follow(world);
	world_collect(world);
}
