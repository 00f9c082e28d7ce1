/*
 * faults: runs a program under test again and again, each time with one system call that goes wrong, and
 * checks each time that what it promises holds all the same.
 *
 *   faults DIRECTORY STEPDOWN PROBE faults|kills|rooms|together [SCENARIO]...
 *
 * DIRECTORY is empty, and covered in mount namespaces of this program's own. Variables of the environment:
 * see tests/faults/run.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "parts.h"
#include "tools.h"

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(struct place place, char **names);
	} parts[] = {
		{"faults", part_faults},
		{"kills", part_kills},
		{"rooms", part_rooms},
		{"together", part_together},
	};
	int fd = open("/dev/null", O_RDONLY);

	if (argc >= 5 && fd >= 0 && dup2(fd, 0) == 0 && close_range(3, ~0U, 0) == 0) {
		const struct place place = {argv[1], argv[2], argv[3]};

		setvbuf(stdout, NULL, _IOLBF, 0);
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			if (strcmp(parts[i].name, argv[4]) == 0)
				return parts[i].run(place, argv + 5) ? 0 : 1;
		}
	}
	fputs("usage: faults DIRECTORY STEPDOWN PROBE faults|kills|rooms|together [SCENARIO]...\n",
	      stderr);
	return 2;
}
