/*
 * emulate: stands in a tree where stepdown would, and starts the stepdown of another architecture under qemu's user mode emulation.
 * What that becomes is a program of this machine again: it sees what the kernel holds, not what an emulator says.
 *
 * It runs its own name and words: argv[0] too, because stepdown looks at it.
 */
#include <stdio.h>
#include <unistd.h>

#define EMULATOR "/opt/emulator/qemu"
#define PROGRAM "/opt/emulator/stepdown"
#define BEFORE 4

int main(int argc, char **argv)
{
	char *words[BEFORE + argc];

	words[0] = (char[]){EMULATOR};
	words[1] = (char[]){"-0"};
	words[2] = argv[0];
	words[3] = (char[]){PROGRAM};
	for (int i = 1; i <= argc; i++)
		words[BEFORE + i - 1] = argv[i];
	execv(EMULATOR, words);
	perror("emulate: " EMULATOR);
	return 125;
}
