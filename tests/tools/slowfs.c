/*
 * slowfs: a directory seen through a network that does not exist. Passes looking, listing and owning through, takes its time
 * over every call as a server would (the kernel is told to remember nothing), and answers as many calls at once as are asked.
 *
 *   slowfs SOURCE MOUNTPOINT REPORT MICROSECONDS [TICK]
 *
 * With TICK the times of files are rounded down to as many milliseconds, as a server's are whose clock ticks so.
 *
 * Stays in the foreground; SIGTERM unmounts and ends it, SIGUSR1 takes the delay away from then on. At the end REPORT says
 *   calls N      how many calls there were
 *   most N       how many were in flight at the same time
 *   mean N.NN    how many were in flight when a call began, that one included: an average over all calls
 *   OPERATION N  how many of each
 *
 * Names make it refuse (.anything may follow each of them; what errors there are is in the table below):
 *   EPERM        may not be owned: chown answers EPERM
 *   ignored      chown answers that it is done, and does nothing
 *   look-EPERM   may not be looked at
 *   list-EPERM   a directory that may not be opened to be listed
 */
#define FUSE_USE_VERSION 312

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 512

enum operation {
	CHMOD,
	CHOWN,
	GETATTR,
	OPENDIR,
	READDIR,
	READLINK,
	STATFS,
	OPERATIONS,
};

static const char *const operation_names[OPERATIONS] = {
	"chmod", "chown", "getattr", "opendir", "readdir", "readlink", "statfs",
};

static const struct refusal {
	const char *name;
	int errnum;
} refusals[] = {
	{"EACCES", EACCES}, {"EIO", EIO},       {"ENOTSUP", ENOTSUP}, {"EOVERFLOW", EOVERFLOW},
	{"EPERM", EPERM},   {"EROFS", EROFS},   {"ESTALE", ESTALE},   {"ETIMEDOUT", ETIMEDOUT},
	{"EDQUOT", EDQUOT}, {"EINVAL", EINVAL},
};

static int source;
static atomic_long delay_us;
static long tick_ns = 1;

static struct {
	pthread_mutex_t lock;
	unsigned long calls[OPERATIONS];
	unsigned long total;
	unsigned long in_flight;
	unsigned long most;
	unsigned long sum;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void begin_call(enum operation operation)
{
	long us = atomic_load(&delay_us);
	struct timespec left = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	pthread_mutex_lock(&seen.lock);
	seen.calls[operation]++;
	seen.total++;
	seen.sum += ++seen.in_flight;
	if (seen.most < seen.in_flight)
		seen.most = seen.in_flight;
	pthread_mutex_unlock(&seen.lock);
	while (us > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
}

/* Before the answer is sent: the caller's next call is not to meet this one. */
static int end_call(int result)
{
	pthread_mutex_lock(&seen.lock);
	seen.in_flight--;
	pthread_mutex_unlock(&seen.lock);
	return result;
}

static int answer(int result)
{
	return end_call(result < 0 ? -errno : 0);
}

/* The error that the last name of PATH asks for after PREFIX, or 0. */
static int refused(const char *path, const char *prefix)
{
	const char *name = strrchr(path, '/') + 1;
	size_t length;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return 0;
	name += strlen(prefix);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		length = strlen(refusals[i].name);
		if (strncmp(name, refusals[i].name, length) == 0 &&
		    (name[length] == '\0' || name[length] == '.'))
			return refusals[i].errnum;
	}
	return 0;
}

static const char *below(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

static int slow_getattr(const char *path, struct stat *status, struct fuse_file_info *info)
{
	int errnum = refused(path, "look-");

	(void)info;
	begin_call(GETATTR);
	if (errnum != 0)
		return end_call(-errnum);
	errnum = fstatat(source, below(path), status, AT_SYMLINK_NOFOLLOW);
	status->st_atim.tv_nsec -= status->st_atim.tv_nsec % tick_ns;
	status->st_mtim.tv_nsec -= status->st_mtim.tv_nsec % tick_ns;
	status->st_ctim.tv_nsec -= status->st_ctim.tv_nsec % tick_ns;
	return answer(errnum);
}

static int slow_readlink(const char *path, char *target, size_t size)
{
	ssize_t length;

	begin_call(READLINK);
	length = readlinkat(source, below(path), target, size - 1);
	if (length >= 0)
		target[length] = '\0';
	return answer(length < 0 ? -1 : 0);
}

static int slow_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
	int errnum = refused(path, "");

	(void)info;
	begin_call(CHOWN);
	if (errnum != 0)
		return end_call(-errnum);
	if (strcmp(strrchr(path, '/'), "/ignored") == 0)
		return end_call(0);
	return answer(fchownat(source, below(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int slow_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
	(void)info;
	begin_call(CHMOD);
	return answer(fchmodat(source, below(path), mode, 0));
}

static int slow_statfs(const char *path, struct statvfs *status)
{
	(void)path;
	begin_call(STATFS);
	return answer(fstatvfs(source, status));
}

static int slow_opendir(const char *path, struct fuse_file_info *info)
{
	int errnum = refused(path, "list-");
	DIR *directory;
	int fd;

	begin_call(OPENDIR);
	if (errnum != 0)
		return end_call(-errnum);
	fd = openat(source, below(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	directory = fd < 0 ? NULL : fdopendir(fd);
	info->fh = (uintptr_t)directory;
	return answer(directory == NULL ? -1 : 0);
}

static int slow_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	DIR *directory = (DIR *)(uintptr_t)info->fh;
	struct dirent *entry;

	(void)path;
	(void)flags;
	begin_call(READDIR);
	seekdir(directory, offset);
	while ((entry = readdir(directory)) != NULL) {
		const struct stat status = {
			.st_ino = entry->d_ino,
			.st_mode = (mode_t)DTTOIF(entry->d_type),
		};

		if (fill(buffer, entry->d_name, &status, telldir(directory), 0) != 0)
			break;
	}
	return end_call(0);
}

/* Nobody waits for this one: no call in flight, no delay. */
static int slow_releasedir(const char *path, struct fuse_file_info *info)
{
	(void)path;
	closedir((DIR *)(uintptr_t)info->fh);
	return 0;
}

static void *slow_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	/* Else a listing would look at every entry too, in a call that costs as much as one. */
	connection->want &= ~(unsigned)FUSE_CAP_READDIRPLUS;
	config->attr_timeout = 0;
	config->entry_timeout = 0;
	config->negative_timeout = 0;
	config->use_ino = 1;
	return NULL;
}

static const struct fuse_operations operations = {
	.chmod = slow_chmod,
	.chown = slow_chown,
	.getattr = slow_getattr,
	.init = slow_init,
	.opendir = slow_opendir,
	.readdir = slow_readdir,
	.readlink = slow_readlink,
	.releasedir = slow_releasedir,
	.statfs = slow_statfs,
};

static void hurry(int signal_number)
{
	(void)signal_number;
	atomic_store(&delay_us, 0);
}

static bool write_report(const char *path)
{
	double mean = seen.total == 0 ? 0 : (double)seen.sum / (double)seen.total;
	FILE *report = fopen(path, "we");

	if (report == NULL)
		return false;
	fprintf(report, "calls %lu\nmost %lu\nmean %.2f\n", seen.total, seen.most, mean);
	for (int i = 0; i < OPERATIONS; i++)
		fprintf(report, "%s %lu\n", operation_names[i], seen.calls[i]);
	return fclose(report) == 0;
}

static bool serve(struct fuse *fuse)
{
	const struct sigaction action = {.sa_handler = hurry, .sa_flags = SA_RESTART};
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	bool ok;

	if (config == NULL)
		return false;
	/* As many as may be in flight, and none of them ended and started again meanwhile. */
	fuse_loop_cfg_set_max_threads(config, THREADS_MAX);
	fuse_loop_cfg_set_idle_threads(config, THREADS_MAX);
	ok = fuse_set_signal_handlers(fuse_get_session(fuse)) == 0 &&
	     sigaction(SIGUSR1, &action, NULL) == 0 && fuse_loop_mt(fuse, config) >= 0;
	fuse_loop_cfg_destroy(config);
	return ok;
}

int main(int argc, char **argv)
{
	char options[] = "-oallow_other,fsname=slowfs,subtype=slowfs";
	char *words[] = {argv[0], options, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(2, words);
	struct fuse *fuse;
	bool ok;

	if (argc != 5 && argc != 6) {
		fputs("usage: slowfs SOURCE MOUNTPOINT REPORT MICROSECONDS [TICK]\n", stderr);
		return 2;
	}
	if (argc == 6)
		tick_ns = strtol(argv[5], NULL, 10) * 1000000;
	atomic_store(&delay_us, strtol(argv[4], NULL, 10));
	source = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0) {
		perror(argv[1]);
		return 1;
	}
	fuse = fuse_new(&args, &operations, sizeof(operations), NULL);
	if (fuse == NULL || fuse_mount(fuse, argv[2]) != 0)
		return 1;
	ok = serve(fuse);
	fuse_unmount(fuse);
	fuse_destroy(fuse);
	ok = write_report(argv[3]) && ok;
	return ok ? 0 : 1;
}
