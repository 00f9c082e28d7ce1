/* SPDX-License-Identifier: MIT */
#include "core/refused_paths.h"

#include "base/slice.h"

/* The directories of the system. The owner of one of them becomes root if root later starts a
 * program, opens a session or installs a package. Paths below most of them are allowed, because
 * image authors declare them: /etc/app, /usr/share/nginx/html, /usr/lib/app. */
static const struct {
	char path[32];
	enum refused_below below;
} refused[] = {
	{"/", BELOW_IS_ALLOWED},
	{"/bin", BELOW_IS_ALLOWED},
	{"/boot", BELOW_IS_ALLOWED},
	{"/etc", BELOW_IS_ALLOWED},
	{"/lib", BELOW_IS_ALLOWED},
	{"/lib32", BELOW_IS_ALLOWED},
	{"/lib64", BELOW_IS_ALLOWED},
	{"/libx32", BELOW_IS_ALLOWED},
	{"/root", BELOW_IS_ALLOWED},
	{"/root/.ssh", BELOW_IS_REFUSED},
	{"/sbin", BELOW_IS_ALLOWED},
	{"/usr", BELOW_IS_ALLOWED},
	{"/usr/bin", BELOW_IS_ALLOWED},
	{"/usr/include", BELOW_IS_ALLOWED},
	{"/usr/lib", BELOW_IS_ALLOWED},
	{"/usr/lib32", BELOW_IS_ALLOWED},
	{"/usr/lib64", BELOW_IS_ALLOWED},
	/* Common library directories of is_multiarch(). Their rows exist for the inodes. */
	{"/usr/lib/aarch64-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/lib/arm-linux-gnueabihf", BELOW_IS_ALLOWED},
	{"/usr/lib/i386-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/lib/powerpc64le-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/lib/riscv64-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/lib/s390x-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/lib/x86_64-linux-gnu", BELOW_IS_ALLOWED},
	{"/usr/libexec", BELOW_IS_ALLOWED},
	{"/usr/libx32", BELOW_IS_ALLOWED},
	{"/usr/local", BELOW_IS_ALLOWED},
	{"/usr/local/bin", BELOW_IS_ALLOWED},
	{"/usr/local/lib", BELOW_IS_ALLOWED},
	{"/usr/local/lib64", BELOW_IS_ALLOWED},
	{"/usr/local/libexec", BELOW_IS_ALLOWED},
	{"/usr/local/sbin", BELOW_IS_ALLOWED},
	{"/usr/local/etc", BELOW_IS_ALLOWED},
	{"/usr/local/share", BELOW_IS_ALLOWED},
	{"/var/lib", BELOW_IS_ALLOWED},
	{"/var/spool", BELOW_IS_ALLOWED},
	{"/etc/ssl", BELOW_IS_ALLOWED},
	{"/usr/sbin", BELOW_IS_ALLOWED},
	{"/usr/share", BELOW_IS_ALLOWED},
	{"/var", BELOW_IS_ALLOWED},
	/* Files that root's programs execute or trust. */
	{"/etc/apk", BELOW_IS_REFUSED},
	{"/etc/apt", BELOW_IS_REFUSED},
	{"/etc/cron.d", BELOW_IS_REFUSED},
	{"/etc/cron.daily", BELOW_IS_REFUSED},
	{"/etc/cron.hourly", BELOW_IS_REFUSED},
	{"/etc/cron.monthly", BELOW_IS_REFUSED},
	{"/etc/cron.weekly", BELOW_IS_REFUSED},
	{"/etc/cron.yearly", BELOW_IS_REFUSED},
	{"/etc/crontabs", BELOW_IS_REFUSED},
	{"/etc/doas.d", BELOW_IS_REFUSED},
	{"/etc/dpkg", BELOW_IS_REFUSED},
	{"/etc/init.d", BELOW_IS_REFUSED},
	{"/etc/ld.so.conf.d", BELOW_IS_REFUSED},
	{"/etc/pam.d", BELOW_IS_REFUSED},
	{"/etc/periodic", BELOW_IS_REFUSED},
	{"/etc/profile.d", BELOW_IS_REFUSED},
	{"/etc/rc.d", BELOW_IS_REFUSED},
	{"/etc/runlevels", BELOW_IS_REFUSED},
	{"/etc/security", BELOW_IS_REFUSED},
	{"/etc/ssh", BELOW_IS_REFUSED},
	{"/etc/sudoers.d", BELOW_IS_REFUSED},
	{"/etc/systemd", BELOW_IS_REFUSED},
	{"/etc/yum.repos.d", BELOW_IS_REFUSED},
	{"/etc/alternatives", BELOW_IS_REFUSED},
	{"/etc/bash_completion.d", BELOW_IS_REFUSED},
	{"/etc/ca-certificates", BELOW_IS_REFUSED},
	{"/etc/cont-init.d", BELOW_IS_REFUSED},
	{"/etc/cont-finish.d", BELOW_IS_REFUSED},
	{"/etc/dbus-1", BELOW_IS_REFUSED},
	{"/etc/default", BELOW_IS_REFUSED},
	{"/etc/kernel", BELOW_IS_REFUSED},
	{"/etc/logrotate.d", BELOW_IS_REFUSED},
	{"/etc/modprobe.d", BELOW_IS_REFUSED},
	{"/etc/perl", BELOW_IS_REFUSED},
	{"/etc/rc0.d", BELOW_IS_REFUSED},
	{"/etc/rc1.d", BELOW_IS_REFUSED},
	{"/etc/rc2.d", BELOW_IS_REFUSED},
	{"/etc/rc3.d", BELOW_IS_REFUSED},
	{"/etc/rc4.d", BELOW_IS_REFUSED},
	{"/etc/rc5.d", BELOW_IS_REFUSED},
	{"/etc/rc6.d", BELOW_IS_REFUSED},
	{"/etc/rcS.d", BELOW_IS_REFUSED},
	{"/etc/s6-overlay", BELOW_IS_REFUSED},
	{"/etc/services.d", BELOW_IS_REFUSED},
	{"/etc/supervisor", BELOW_IS_REFUSED},
	{"/etc/tmpfiles.d", BELOW_IS_REFUSED},
	{"/etc/udev", BELOW_IS_REFUSED},
	{"/etc/update-motd.d", BELOW_IS_REFUSED},
	{"/lib/security", BELOW_IS_REFUSED},
	{"/lib/systemd", BELOW_IS_REFUSED},
	{"/usr/lib/security", BELOW_IS_REFUSED},
	{"/usr/lib/systemd", BELOW_IS_REFUSED},
	{"/lib64/security", BELOW_IS_REFUSED},
	{"/usr/lib64/security", BELOW_IS_REFUSED},
	{"/usr/lib/apt", BELOW_IS_REFUSED},
	{"/usr/lib/dpkg", BELOW_IS_REFUSED},
	{"/usr/lib/modprobe.d", BELOW_IS_REFUSED},
	{"/usr/lib/openssh", BELOW_IS_REFUSED},
	{"/usr/lib/python3", BELOW_IS_REFUSED},
	{"/usr/lib/tmpfiles.d", BELOW_IS_REFUSED},
	{"/usr/lib/udev", BELOW_IS_REFUSED},
	{"/usr/share/perl5", BELOW_IS_REFUSED},
	{"/var/lib/dpkg", BELOW_IS_REFUSED},
	{"/var/lib/apk", BELOW_IS_REFUSED},
	{"/var/spool/cron", BELOW_IS_REFUSED},
	/* Interfaces of the kernel. path_is_refused() allows /dev/shm. */
	{"/dev", BELOW_IS_THE_KERNELS},
	{"/proc", BELOW_IS_THE_KERNELS},
	{"/sys", BELOW_IS_THE_KERNELS},
};

/* Returns true if PATH is ANCESTOR or lies below it. "/" as ANCESTOR matches only "/". */
static bool is_at_or_below(struct slice path, const char *ancestor)
{
	size_t length = strlen(ancestor);

	return path.length >= length && memcmp(path.bytes, ancestor, length) == 0 &&
	       (path.length == length || path.bytes[length] == '/');
}

/* Returns true for a library directory of one architecture, and for its directories of PAM and Perl
 * modules. Root's programs load code from them. Examples: /usr/lib/x86_64-linux-gnu,
 * /lib/arm-linux-gnueabihf, /usr/lib/aarch64-linux-musl. */
static bool is_multiarch(struct slice path)
{
	static const char mark[] = "-linux-";
	struct slice below;
	size_t begin;
	size_t end;

	if (is_at_or_below(path, "/usr/lib"))
		begin = sizeof("/usr/lib");
	else if (is_at_or_below(path, "/lib"))
		begin = sizeof("/lib");
	else
		return false;
	if (path.length <= begin)
		return false;
	path = slice_between(path.bytes + begin, path.bytes + path.length);
	end = slice_find(path, '/');
	below = slice_between(path.bytes + end, path.bytes + path.length);
	return memmem(path.bytes, end, mark, sizeof(mark) - 1) != NULL &&
	       (below.length == 0 || is_at_or_below(below, "/security") ||
	        is_at_or_below(below, "/perl-base"));
}

bool path_is_refused(struct slice resolved)
{
	if (is_at_or_below(resolved, "/dev/shm"))
		return false;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (slice_is(resolved, refused[i].path) ||
		    (refused[i].below != BELOW_IS_ALLOWED &&
		     is_at_or_below(resolved, refused[i].path)))
			return true;
	}
	return is_multiarch(resolved);
}

const char *refused_path(size_t index, enum refused_below *ret_below)
{
	if (index >= sizeof(refused) / sizeof(refused[0]))
		return NULL;
	*ret_below = refused[index].below;
	return refused[index].path;
}

_Static_assert(sizeof(refused) / sizeof(refused[0]) <= REFUSED_PATHS_MAX, "REFUSED_PATHS_MAX");
