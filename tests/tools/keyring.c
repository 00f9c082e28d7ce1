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
#include <err.h>
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
#define FAILED 99

static void join_keyring(void)
{
	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
		err(FAILED, "a new session keyring");
}

static void add_key(const char *name, const char *text)
{
	char number[32];
	long key = syscall(SYS_add_key, "user", name, text, strlen(text), SESSION_KEYRING);

	snprintf(number, sizeof(number), "%ld", key);
	if (key < 0 || setenv("KEY", number, 1) != 0)
		err(FAILED, "add_key");
}

static void read_key(void)
{
	const char *key = getenv("KEY");
	char text[256];
	long length;

	if (key == NULL)
		errx(FAILED, "KEY is not set");
	length = syscall(SYS_keyctl, READ, strtol(key, NULL, 10), text, sizeof(text));
	if (length < 0)
		puts(errno == EACCES ? "EACCES" : strerror(errno));
	else
		printf("%.*s\n", (int)length, text);
}

/* The keys go with the process and its keyring. */
static void use_up_quota(const char *uid)
{
	char name[32];

	if (setuid((uid_t)strtoul(uid, NULL, 10)) != 0)
		err(FAILED, "setuid");
	join_keyring();
	for (unsigned i = 0; i < KEYS_AT_MOST; i++) {
		snprintf(name, sizeof(name), "stepdown-%u", i);
		if (syscall(SYS_add_key, "user", name, "", 1L, SESSION_KEYRING) < 0)
			break;
	}
	if (errno != EDQUOT)
		err(FAILED, "the quota is not used up");
}

/* Becomes COMMAND beside a second process, which stays in the keyring and uses up the quota of UID, if that is not
 * NULL. The second process ends when the pipe is closed whose other end only the command still has. Without that
 * process the kernel collects the key at some time after the command has left the keyring, and whoever reads the
 * key then is told ENOKEY. */
static _Noreturn void run_beside(const char *uid, char **command)
{
	int alive[2], ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(alive) != 0 || pipe2(ready, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		err(FAILED, "fork");
	if (pid == 0) {
		close(alive[1]);
		if (uid != NULL)
			use_up_quota(uid);
		if (write(ready[1], &byte, 1) != 1)
			err(FAILED, "pipe");
		while (read(alive[0], &byte, 1) > 0)
			continue;
		_exit(0);
	}
	close(alive[0]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(FAILED, "the second process has failed");
	execvp(command[0], command);
	err(FAILED, "%s", command[0]);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (argc > 3 && strcmp(word, "add") == 0) {
		join_keyring();
		add_key("stepdown-e2e", argv[2]);
		run_beside(NULL, argv + 3);
	}
	if (argc > 3 && strcmp(word, "fill") == 0)
		run_beside(argv[2], argv + 3);
	if (argc != 2 || (strcmp(word, "read") != 0 && strcmp(word, "own") != 0))
		errx(2, "usage: keyring add TEXT COMMAND [ARG]... | fill UID COMMAND [ARG]... | "
		        "read | own");
	/* A command adds a key to its own session keyring, and reads the key. */
	if (strcmp(word, "own") == 0)
		add_key("stepdown-own", "mine");
	read_key();
	return 0;
}
