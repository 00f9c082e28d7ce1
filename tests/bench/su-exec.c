/* usage: su-exec USER[:GROUP] COMMAND [ARG]...
 *
 * What su-exec 0.3 does, in the same order and with the same calls of the libc. Debian has no
 * package of su-exec; this one, linked statically with musl, stands in for it where starts are
 * timed. Not for use: it reads numbers as carelessly. */

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static bool is_number(const char *text, unsigned *ret_number)
{
	char *end;
	unsigned number = (unsigned)strtol(text, &end, 10);

	if (*end != '\0')
		return false;
	*ret_number = number;
	return true;
}

/* A number need not have an entry, a name must; '' is the current user. */
static struct passwd *find_user(const char *user, unsigned *ret_uid)
{
	struct passwd *entry;

	*ret_uid = getuid();
	if (user[0] == '\0' || is_number(user, ret_uid)) {
		entry = getpwuid(*ret_uid);
	} else {
		entry = getpwnam(user);
		if (entry == NULL)
			fail(user);
	}
	if (entry != NULL)
		*ret_uid = entry->pw_uid;
	return entry;
}

static gid_t find_group(const char *group)
{
	struct group *entry;
	unsigned number;

	if (is_number(group, &number))
		return number;
	entry = getgrnam(group);
	if (entry == NULL)
		fail(group);
	return entry->gr_gid;
}

static void set_groups_of(const char *user, gid_t gid)
{
	int count = 0;
	gid_t *groups = NULL;

	while (getgrouplist(user, gid, groups, &count) < 0) {
		groups = realloc(groups, (size_t)count * sizeof(*groups));
		if (groups == NULL)
			fail("memory");
	}
	if (setgroups((size_t)count, groups) != 0)
		fail("setgroups");
}

int main(int argc, char **argv)
{
	struct passwd *entry;
	unsigned uid;
	gid_t gid = getgid();
	char *group;

	if (argc < 3) {
		fputs("usage: su-exec USER[:GROUP] COMMAND [ARG]...\n", stderr);
		return 1;
	}
	group = strchr(argv[1], ':');
	if (group != NULL)
		*group++ = '\0';
	entry = find_user(argv[1], &uid);
	if (entry != NULL)
		gid = entry->pw_gid;
	setenv("HOME", entry != NULL ? entry->pw_dir : "/", 1);
	if (group != NULL && group[0] != '\0') {
		gid = find_group(group);
		entry = NULL;
	}
	if (entry != NULL)
		set_groups_of(entry->pw_name, gid);
	else if (setgroups(1, &gid) != 0)
		fail("setgroups");
	if (setgid(gid) != 0)
		fail("setgid");
	if (setuid(uid) != 0)
		fail("setuid");
	execvp(argv[2], argv + 2);
	fail(argv[2]);
}
