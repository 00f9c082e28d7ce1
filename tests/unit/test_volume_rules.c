#include "cases.h"
#include "core/refused_paths.h"

static void is_refused(const char *path, const char *wanted)
{
	assert_found(path, path_is_refused(slice_of(path)) ? "refused" : "accepted", wanted);
}

#define SYSTEM                                                                                     \
	"/bin /boot /etc /lib /lib32 /lib64 /libx32 /sbin /usr /usr/bin /usr/sbin /usr/lib "       \
	"/usr/lib32 /usr/lib64 /usr/libx32 /usr/libexec /usr/share /usr/include /var /root "       \
	"/usr/local /usr/local/bin /usr/local/sbin /usr/local/lib /usr/lib/x86_64-linux-gnu "      \
	"/usr/lib/aarch64-linux-musl /lib/arm-linux-gnueabihf"
#define TRUSTED                                                                                    \
	"/etc/profile.d /etc/cron.d /etc/cron.daily /etc/crontabs /etc/pam.d /etc/security "       \
	"/etc/sudoers.d /etc/ssh /etc/init.d /etc/systemd /etc/apt /etc/apk /etc/periodic "        \
	"/etc/ld.so.conf.d /root/.ssh /var/spool/cron /usr/lib/systemd /lib/security /proc "       \
	"/proc/1 /proc/self/root /sys /sys/fs/cgroup /dev /dev/pts /dev/shmx /dev/mqueue /dev/sda"

PATTERNS(S20_directories_of_the_system_are_refused, is_refused) = {
	{"/", "refused"},
	{"//of/an/app", "accepted"},
	{"%", "refused", SYSTEM},
	{"%/of/an/app", "accepted", SYSTEM},
	/* Directories that root trusts are refused with all below them. */
	{"%", "refused", TRUSTED},
	{"%/below", "refused", TRUSTED},
	/* Directories of applications. */
	{"%", "accepted",
         "/data /etc/app /usr/share/nginx/html /usr/src/app /var/lib/app /var/run /run /tmp /home "
         "/dev/shm /dev/shm/app /library /libraries/a /procedures /system /development "
         "/usr/library /bin/app /opt /srv /etcetera /usr/lib/app /boot/app /root/.cache "
         "/usr/local/app /usr/lib/x86_64-linux-gnu/app /etc/sshd /etc/apt-cacher "
         "/usr/lib/linux-tools /opt/lib/x86_64-linux-gnu /opt/x86_64-linux-gnu"},
};

/* Whoever owns a directory can replace what lies in it. The list is that of the paths that are compared by their
 * inodes. */
TEST(S20_all_above_a_refused_directory_is_refused)
{
	enum refused_below below;
	const char *path;
	size_t count = 0;

	for (; (path = refused_path(count, &below)) != NULL; count++) {
		char above[64];
		char *slash;

		is_refused(path, "refused");
		snprintf(above, sizeof(above), "%s", path);
		while ((slash = strrchr(above, '/')) != above) {
			*slash = '\0';
			is_refused(above, "refused");
		}
	}
	assert_true(count > 40);
}
