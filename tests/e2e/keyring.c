/*
 * keyring: whether a command possesses a key of its caller.
 *
 *   keyring add TEXT COMMAND [ARG]...   joins a new session keyring, adds a key with TEXT, and becomes the command
 *   keyring read                        prints the text of that key, or the error
 *
 * The variable KEY holds the number of the key, because whoever may look into /proc/keys knows it in any case.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no linux/keyctl.h. */
#define SESSION_KEYRING -3L
#define JOIN_SESSION_KEYRING 1L
#define READ 11L

static int fail(const char *what)
{
	perror(what);
	return 99;
}

static int add(const char *text, char **command)
{
	char number[32];
	long key;

	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
		return fail("a new session keyring");
	key = syscall(SYS_add_key, "user", "stepdown-e2e", text, strlen(text), SESSION_KEYRING);
	if (key < 0)
		return fail("add_key");
	snprintf(number, sizeof(number), "%ld", key);
	if (setenv("KEY", number, 1) != 0)
		return fail("setenv");
	execvp(command[0], command);
	return fail(command[0]);
}

static int read_key(void)
{
	const char *key = getenv("KEY");
	char text[256];
	long length;

	if (key == NULL)
		return fail("KEY");
	length = syscall(SYS_keyctl, READ, strtol(key, NULL, 10), text, sizeof(text));
	if (length < 0)
		return puts(errno == EACCES ? "EACCES" : strerror(errno)) < 0;
	return printf("%.*s\n", (int)length, text) < 0;
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "add") == 0)
		return add(argv[2], argv + 3);
	if (argc == 2 && strcmp(argv[1], "read") == 0)
		return read_key();
	fputs("usage: keyring add TEXT COMMAND [ARG]... | keyring read\n", stderr);
	return 2;
}
