/* usage: su-exec USER:GROUP COMMAND [ARG]...
 *
 * Does what su-exec 0.3 does with a user and a group, in the same order and with the same calls of the libc. This program
 * stands in for su-exec where starts are timed and in src/doc/migrating.md, because Debian has no package of it. It is
 * linked statically with musl. Do not use it elsewhere: it reads numbers as carelessly as su-exec. */

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *group = argc < 3 ? NULL : strchr(argv[1], ':');
	struct passwd *user;
	struct group *entry;
	char *end;
	uid_t uid;
	gid_t gid;

	if (group == NULL)
		return 1;
	*group++ = '\0';
	uid = (uid_t)strtol(argv[1], &end, 10);
	user = *end == '\0' ? getpwuid(uid) : getpwnam(argv[1]);
	if (user != NULL)
		uid = user->pw_uid;
	else if (*end != '\0')
		return 1;
	gid = (gid_t)strtol(group, &end, 10);
	if (*end != '\0') {
		entry = getgrnam(group);
		if (entry == NULL)
			return 1;
		gid = entry->gr_gid;
	}
	setenv("HOME", user != NULL ? user->pw_dir : "/", 1);
	if (setgroups(1, &gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
		err(1, "%s", argv[1]);
	execvp(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
