/*
 * keyring: whether a command possesses a key of its caller.
 *
 *   keyring add TEXT COMMAND [ARG]...   joins a new session keyring, adds a key with TEXT, and becomes the command
 *   keyring read                        prints the text of that key, or the error
 *   keyring own                         adds a key to the session keyring, and prints its text
 *   keyring fill UID COMMAND [ARG]...   becomes the command while a process of UID uses up its quota of keys
 *
 * The variable KEY holds the number of the key, because whoever may look into /proc/keys knows it in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no linux/keyctl.h. */
#define SESSION_KEYRING -3L
#define JOIN_SESSION_KEYRING 1L
#define READ 11L
#define KEYS_AT_MOST 100000

static int fail(const char *what)
{
	perror(what);
	return 99;
}

/* A process waits until the last end of the pipe is closed that only the command still has. */
static void wait_for_the_command(int alive)
{
	char byte;

	while (read(alive, &byte, 1) > 0)
		continue;
	_exit(0);
}

/*
 * A second process stays in the keyring. Without it the kernel collects the key at some time after
 * the command has left the keyring, and whoever reads the key then is told ENOKEY.
 */
static int add(const char *text, char **command)
{
	char number[32];
	int alive[2];
	pid_t pid;
	long key;

	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
		return fail("a new session keyring");
	key = syscall(SYS_add_key, "user", "stepdown-e2e", text, strlen(text), SESSION_KEYRING);
	if (key < 0)
		return fail("add_key");
	snprintf(number, sizeof(number), "%ld", key);
	if (setenv("KEY", number, 1) != 0)
		return fail("setenv");
	/* The command inherits the one end that must stay open. */
	if (pipe(alive) != 0 || (pid = fork()) < 0)
		return fail("fork");
	if (pid == 0) {
		close(alive[1]);
		wait_for_the_command(alive[0]);
	}
	close(alive[0]);
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

/* A command adds a key to its own session keyring, and reads the key. */
static int own(void)
{
	char number[32];
	long key = syscall(SYS_add_key, "user", "stepdown-own", "mine", 4L, SESSION_KEYRING);

	if (key < 0)
		return fail("add_key");
	snprintf(number, sizeof(number), "%ld", key);
	return setenv("KEY", number, 1) != 0 ? fail("setenv") : read_key();
}

/* The keys go with the process and its keyring. It ends with the pipe, which the command inherits. */
static void use_up(int alive, int full)
{
	char name[32], byte = 0;

	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
		_exit(fail("a new session keyring"));
	for (unsigned i = 0; i < KEYS_AT_MOST; i++) {
		snprintf(name, sizeof(name), "stepdown-%u", i);
		if (syscall(SYS_add_key, "user", name, "", 1L, SESSION_KEYRING) < 0) {
			if (errno != EDQUOT || write(full, &byte, 1) != 1)
				break;
			wait_for_the_command(alive);
		}
	}
	_exit(fail("the quota is not used up"));
}

static int fill(const char *uid, char **command)
{
	int alive[2], full[2];
	char byte;
	pid_t pid;

	if (pipe(alive) != 0 || pipe2(full, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return fail("fork");
	if (pid == 0) {
		close(alive[1]);
		close(full[0]);
		if (setuid((uid_t)strtoul(uid, NULL, 10)) != 0)
			_exit(fail("setuid"));
		use_up(alive[0], full[1]);
	}
	close(alive[0]);
	close(full[1]);
	if (read(full[0], &byte, 1) != 1)
		return fail("the quota of keys");
	execvp(command[0], command);
	return fail(command[0]);
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "add") == 0)
		return add(argv[2], argv + 3);
	if (argc > 3 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2], argv + 3);
	if (argc == 2 && strcmp(argv[1], "read") == 0)
		return read_key();
	if (argc == 2 && strcmp(argv[1], "own") == 0)
		return own();
	fputs("usage: keyring add TEXT COMMAND [ARG]... | fill UID COMMAND [ARG]... | read | own\n",
	      stderr);
	return 2;
}
