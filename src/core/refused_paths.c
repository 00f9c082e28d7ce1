#include "core/refused_paths.h"

#include "base/slice.h"

/* The directories of the system. Whoever owns one of them is root as soon as root starts a program, opens
 * a session or installs a package. Below most of them lies what image authors do give away: /etc/app,
 * /usr/share/nginx/html, /usr/lib/app. */
static const struct {
	char path[24];
	bool with_all_below;
} refused[] = {
	{"/", false},
	{"/bin", false},
	{"/boot", false},
	{"/etc", false},
	{"/lib", false},
	{"/lib32", false},
	{"/lib64", false},
	{"/libx32", false},
	{"/root", false},
	{"/root/.ssh", true},
	{"/sbin", false},
	{"/usr", false},
	{"/usr/bin", false},
	{"/usr/include", false},
	{"/usr/lib", false},
	{"/usr/lib32", false},
	{"/usr/lib64", false},
	{"/usr/libexec", false},
	{"/usr/libx32", false},
	{"/usr/local", false},
	{"/usr/local/bin", false},
	{"/usr/local/lib", false},
	{"/usr/local/lib64", false},
	{"/usr/local/libexec", false},
	{"/usr/local/sbin", false},
	{"/usr/sbin", false},
	{"/usr/share", false},
	{"/var", false},
	/* Configuration that root's programs execute or trust. */
	{"/etc/apk", true},
	{"/etc/apt", true},
	{"/etc/cron.d", true},
	{"/etc/cron.daily", true},
	{"/etc/cron.hourly", true},
	{"/etc/cron.monthly", true},
	{"/etc/cron.weekly", true},
	{"/etc/cron.yearly", true},
	{"/etc/crontabs", true},
	{"/etc/doas.d", true},
	{"/etc/dpkg", true},
	{"/etc/init.d", true},
	{"/etc/ld.so.conf.d", true},
	{"/etc/pam.d", true},
	{"/etc/periodic", true},
	{"/etc/profile.d", true},
	{"/etc/rc.d", true},
	{"/etc/runlevels", true},
	{"/etc/security", true},
	{"/etc/ssh", true},
	{"/etc/sudoers.d", true},
	{"/etc/systemd", true},
	{"/etc/yum.repos.d", true},
	{"/lib/security", true},
	{"/lib/systemd", true},
	{"/usr/lib/security", true},
	{"/usr/lib/systemd", true},
	{"/var/spool/cron", true},
	/* Interfaces of the kernel; /dev/shm is an exception. */
	{"/dev", true},
	{"/proc", true},
	{"/sys", true},
};

/* True if PATH is ANCESTOR or lies below it; "/" is an ancestor of nothing here. */
static bool is_at_or_below(struct slice path, const char *ancestor)
{
	size_t length = strlen(ancestor);

	return path.length >= length && memcmp(path.bytes, ancestor, length) == 0 &&
	       (path.length == length || path.bytes[length] == '/');
}

/* The C library and its plug-ins lie in a directory of this kind where a system may hold several
 * architectures: /usr/lib/x86_64-linux-gnu, /lib/arm-linux-gnueabihf, /usr/lib/aarch64-linux-musl. */
static bool is_multiarch(struct slice path)
{
	static const char mark[] = "-linux-";
	size_t begin;

	if (is_at_or_below(path, "/usr/lib"))
		begin = sizeof("/usr/lib");
	else if (is_at_or_below(path, "/lib"))
		begin = sizeof("/lib");
	else
		return false;
	if (path.length <= begin)
		return false;
	path = slice_between(path.bytes + begin, path.bytes + path.length);
	return slice_find(path, '/') == path.length &&
	       memmem(path.bytes, path.length, mark, sizeof(mark) - 1) != NULL;
}

bool path_is_refused(struct slice resolved)
{
	if (is_at_or_below(resolved, "/dev/shm"))
		return false;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (slice_is(resolved, refused[i].path) ||
		    (refused[i].with_all_below && is_at_or_below(resolved, refused[i].path)))
			return true;
	}
	return is_multiarch(resolved);
}

const char *refused_path(size_t index)
{
	return index < sizeof(refused) / sizeof(refused[0]) ? refused[index].path : NULL;
}
