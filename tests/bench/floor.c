/* usage: floor THREADS PATH UID GID
 *
 * The floor that stepdown's walk is compared with: looks at every entry below PATH and changes what does not belong to UID and
 * GID, by name and with no care for what happens in the tree meanwhile. */

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uid_t uid;
static gid_t gid;

static void change_owner(int directory, const char *name)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		err(1, "%s", name);
	if ((status.st_uid != uid || status.st_gid != gid) &&
	    fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		err(1, "%s", name);
}

/* Each directory is a task, which any thread takes. */
static void walk(char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (directory == NULL)
		err(1, "%s", path);
	while ((entry = readdir(directory)) != NULL) {
		char *below;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		change_owner(dirfd(directory), entry->d_name);
		if (entry->d_type != DT_DIR)
			continue;
		if (asprintf(&below, "%s/%s", path, entry->d_name) < 0)
			err(1, "%s", path);
#pragma omp task firstprivate(below)
		walk(below);
	}
	closedir(directory);
	free(path);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	uid = (uid_t)strtoul(argv[3], NULL, 10);
	gid = (gid_t)strtoul(argv[4], NULL, 10);
	change_owner(AT_FDCWD, argv[2]);
#pragma omp parallel num_threads(atoi(argv[1]))
#pragma omp single
	walk(strdup(argv[2]));
	return 0;
}
