/*
 * probe: what a command sees of itself, one "key value" line each, in a fixed order, so that two of them can be compared.
 * Arguments and variables are as they are, so a line can have newlines in it.
 *
 *   probe [KEY]...     all lines, or those whose key is KEY or starts with "KEY."
 *
 * Everything comes from system calls where there is one, so that it also works where /proc is missing or another's.
 */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(number) (UINT64_C(1) << (number))

extern char **environ;

static char **wanted;

static bool is_wanted(const char *key)
{
	for (char **name = wanted; *name != NULL; name++) {
		size_t length = strlen(*name);

		if (strncmp(key, *name, length) == 0 && (key[length] == '\0' || key[length] == '.'))
			return true;
	}
	return *wanted == NULL;
}

static void say(const char *key, const char *value)
{
	if (is_wanted(key))
		printf("%s %s\n", key, value);
}

static void say_mask(const char *key, uint64_t mask)
{
	if (is_wanted(key))
		printf("%s %016llx\n", key, (unsigned long long)mask);
}

static void say_list(const char *key, const unsigned *numbers, size_t count)
{
	if (!is_wanted(key))
		return;
	printf(count == 0 ? "%s -" : "%s", key);
	for (size_t i = 0; i < count; i++)
		printf(" %u", numbers[i]);
	putchar('\n');
}

static void say_ids(void)
{
	static gid_t groups[65536];
	uid_t uids[3];
	gid_t gids[3];
	int count = getgroups(COUNT(groups), groups);

	if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) != 0 || count < 0)
		abort();
	say_list("uid", (unsigned[]){uids[0], uids[1], uids[2], (unsigned)setfsuid((uid_t)-1)}, 4);
	say_list("gid", (unsigned[]){gids[0], gids[1], gids[2], (unsigned)setfsgid((gid_t)-1)}, 4);
	say_list("groups", groups, (size_t)count);
}

static void say_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct half[2];
	uint64_t ambient = 0, bounding = 0;

	if (syscall(SYS_capget, &header, half) != 0)
		abort();
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			ambient |= BIT(cap);
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= BIT(cap);
	}
	say_mask("cap.amb", ambient);
	say_mask("cap.bnd", bounding);
	say_mask("cap.eff", (uint64_t)half[1].effective << 32 | half[0].effective);
	say_mask("cap.inh", (uint64_t)half[1].inheritable << 32 | half[0].inheritable);
	say_mask("cap.prm", (uint64_t)half[1].permitted << 32 | half[0].permitted);
}

/* libc hides a few signals; the system calls do not. The first word of the kernel's structure is the handler. */
static void say_signals(void)
{
	uint64_t blocked = 0, ignored = 0;
	unsigned long action[16];

	syscall(SYS_rt_sigprocmask, 0, NULL, &blocked, sizeof(blocked));
	for (int signal = 1; signal <= 64; signal++)
		if (syscall(SYS_rt_sigaction, signal, NULL, action, sizeof(blocked)) == 0 &&
		    action[0] == 1)
			ignored |= BIT(signal - 1);
	say_mask("signals.blocked", blocked);
	say_mask("signals.ignored", ignored);
}

static void say_process(void)
{
	char path[PATH_MAX], text[8];
	mode_t mask = umask(0);
	unsigned open_fds[1024];
	size_t count = 0;

	umask(mask);
	say("cwd", getcwd(path, sizeof(path)) != NULL ? path : "?");
	for (unsigned fd = 3; fd < COUNT(open_fds); fd++)
		if (fcntl((int)fd, F_GETFD) >= 0)
			open_fds[count++] = fd;
	say_list("fds", open_fds, count);
	say_list("no_new_privs", (unsigned[]){(unsigned)prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)}, 1);
	say_mask("securebits", (uint64_t)prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	snprintf(text, sizeof(text), "%04o", (unsigned)mask);
	say("umask", text);
}

static void say_words(char **argv)
{
	char key[4096];

	for (size_t i = 0; argv[i] != NULL; i++) {
		snprintf(key, sizeof(key), "argv.%zu", i);
		say(key, argv[i]);
	}
	for (char **word = environ; *word != NULL; word++) {
		const char *value = strchr(*word, '=');

		snprintf(key, sizeof(key), "env.%.*s", (int)strcspn(*word, "="), *word);
		say(key, value != NULL ? value + 1 : "(no value)");
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	wanted = argv + 1;
	say_capabilities();
	say_ids();
	say_process();
	say_signals();
	say_words(argv);
	return fflush(stdout) != 0;
}
