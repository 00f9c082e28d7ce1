/*
 * slowfs: a directory seen through a network that does not exist. Passes looking, listing and owning through, takes its time
 * over every call as a server would (the kernel is told to remember nothing), and answers as many calls at once as are asked.
 *
 *   slowfs SOURCE MOUNTPOINT MICROSECONDS
 *
 * Stays in the foreground; SIGTERM unmounts and ends it, SIGUSR1 takes the delay away from then on. At the end it says
 *   calls N      how many calls there were
 *   chown N      how many of them were to change an owner
 *   most N       how many were in flight at the same time
 *   mean N.NN    how many were in flight when a call began, that one included: an average over all calls
 *
 * Names make it refuse:
 *   EPERM         may not be owned: chown answers EPERM
 *   ignored       chown answers that it is done, and does nothing
 *   list-EACCES   a directory that may not be opened to be listed
 */
#define FUSE_USE_VERSION 312

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int source;
static atomic_int delay_us;

static atomic_ulong calls, chowns, in_flight, most, sum;

static void begin_call(void)
{
	unsigned long now = ++in_flight;
	unsigned long before = most;

	calls++;
	sum += now;
	while (before < now && !atomic_compare_exchange_weak(&most, &before, now))
		continue;
	usleep((useconds_t)atomic_load(&delay_us));
}

/* The call ends before the answer is sent, so the caller's next call does not meet it. RESULT is as of a system call. */
static int end_call(int result)
{
	in_flight--;
	return result < 0 ? -errno : 0;
}

/* Returns true if the last name of PATH is NAME. The answer is ERRNUM then. */
static bool is_refused(const char *path, const char *name, int errnum)
{
	errno = errnum;
	return strcmp(strrchr(path, '/') + 1, name) == 0;
}

static const char *below(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

static int slow_getattr(const char *path, struct stat *status, struct fuse_file_info *info)
{
	(void)info;
	begin_call();
	return end_call(fstatat(source, below(path), status, AT_SYMLINK_NOFOLLOW));
}

static int slow_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
	int failed = 0;

	(void)info;
	begin_call();
	chowns++;
	if (is_refused(path, "EPERM", EPERM))
		failed = -1;
	else if (strcmp(strrchr(path, '/'), "/ignored") != 0)
		failed = fchownat(source, below(path), uid, gid, AT_SYMLINK_NOFOLLOW);
	return end_call(failed);
}

static int slow_opendir(const char *path, struct fuse_file_info *info)
{
	(void)info;
	begin_call();
	return end_call(is_refused(path, "list-EACCES", EACCES) ? -1 : 0);
}

static int slow_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	DIR *directory = NULL;
	struct dirent *entry;
	int fd;

	(void)offset;
	(void)info;
	(void)flags;
	begin_call();
	fd = openat(source, below(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (directory = fdopendir(fd)) == NULL)
		return end_call(-1);
	while ((entry = readdir(directory)) != NULL) {
		const struct stat status = {
			.st_ino = entry->d_ino,
			.st_mode = (mode_t)DTTOIF(entry->d_type),
		};

		fill(buffer, entry->d_name, &status, 0, 0);
	}
	closedir(directory);
	return end_call(0);
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
	.chown = slow_chown,
	.getattr = slow_getattr,
	.init = slow_init,
	.opendir = slow_opendir,
	.readdir = slow_readdir,
};

static void hurry(int signal_number)
{
	(void)signal_number;
	atomic_store(&delay_us, 0);
}

int main(int argc, char **argv)
{
	/* There are as many threads as calls that may be in flight, and none ends and starts again meanwhile. */
	char *words[] = {argv[0], argv[2], "-f", "-oallow_other,fsname=slowfs,subtype=slowfs",
	                 "-omax_threads=512,max_idle_threads=512"};
	int status;

	if (argc < 4)
		return 2;
	delay_us = atoi(argv[3]);
	source = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		err(1, "%s", argv[1]);
	signal(SIGUSR1, hurry);
	status = fuse_main(5, words, &operations, NULL);
	printf("calls %lu\nchown %lu\nmost %lu\nmean %.2f\n", calls, chowns, most,
	       (double)sum / (double)calls);
	return status;
}
