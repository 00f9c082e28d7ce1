/*
 * swap: an attacker that shares a volume while its ownership is fixed. Exchanges two names over and over, so that whoever looks at
 * a name and then acts on the name meets another file than the one looked at.
 *
 *   swap NAME OTHER COUNT
 *
 * Says "ready" when it has begun, and when it ends how often it has exchanged them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RENAME_EXCHANGE 2

int main(int argc, char **argv)
{
	long count, done = 0;

	if (argc != 4) {
		fputs("usage: swap NAME OTHER COUNT\n", stderr);
		return 2;
	}
	count = strtol(argv[3], NULL, 10);
	for (; done < count; done++) {
		if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) !=
		    0) {
			perror(argv[1]);
			return 1;
		}
		if (done == 0 && (puts("ready") < 0 || fflush(stdout) != 0))
			return 1;
	}
	printf("%ld\n", done);
	return 0;
}
