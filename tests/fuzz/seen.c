/* The command of differ: prints who it is. Linked statically, it is started a thousand times a
 * second. */

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	static gid_t groups[65536];
	uid_t uids[3];
	gid_t gids[3];
	const char *home = getenv("HOME");
	int count = getgroups(65536, groups);

	if (count < 0 || getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) != 0)
		return 1;
	printf("%u %u %u %u %u %u", uids[0], uids[1], uids[2], gids[0], gids[1], gids[2]);
	for (int i = 0; i < count; i++)
		printf(" %u", groups[i]);
	printf("\n%s", home == NULL ? "(none)" : home);
	return 0;
}
