/* usage: su-exec UID:GID COMMAND [ARG]...
 *
 * Does what su-exec 0.3 does with two numbers, in the same order and with the same calls of the libc. This program
 * stands in for su-exec where starts are timed, because Debian has no package of it. It is linked statically with musl.
 * Do not use it elsewhere: it reads numbers as carelessly as su-exec. */

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct passwd *user;
	char *group;
	uid_t uid;
	gid_t gid;

	if (argc < 3)
		return 1;
	uid = (uid_t)strtol(argv[1], &group, 10);
	if (*group != ':')
		return 1;
	user = getpwuid(uid);
	gid = (gid_t)strtol(group + 1, NULL, 10);
	setenv("HOME", user != NULL ? user->pw_dir : "/", 1);
	if (setgroups(1, &gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
		err(1, "%s", argv[1]);
	execvp(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
