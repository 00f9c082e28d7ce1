/* usage: su-exec UID:GID COMMAND [ARG]...
 *
 * What su-exec 0.3 does with two numbers, in the same order and with the same calls of the libc. Debian has no package of
 * su-exec; this one, linked statically with musl, stands in for it where starts are timed. Not for use: it reads numbers as
 * carelessly. */

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct passwd *entry;
	char *end;
	uid_t uid;
	gid_t gid;

	if (argc < 3)
		return 1;
	uid = (uid_t)strtol(argv[1], &end, 10);
	entry = getpwuid(uid);
	gid = (gid_t)strtol(end + 1, &end, 10);
	setenv("HOME", entry != NULL ? entry->pw_dir : "/", 1);
	if (setgroups(1, &gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0) {
		perror(argv[1]);
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
