#include "volume_rules.h"

#include "slice.h"

/* Each by itself. The library directories by their full names: /library is a good volume. */
static const char *const refused[] = {
	"/",           "/bin",         "/boot",      "/etc",         "/lib",
	"/lib32",      "/lib64",       "/libx32",    "/sbin",        "/usr",
	"/usr/bin",    "/usr/sbin",    "/usr/lib",   "/usr/lib32",   "/usr/lib64",
	"/usr/libx32", "/usr/libexec", "/usr/share", "/usr/include", "/var",
};

/* True when PATH is DIRECTORY or lies below it. */
static bool is_in(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

bool volume_is_refused_below(const char *resolved)
{
	if (is_in(resolved, "/dev"))
		return !is_in(resolved, "/dev/shm");
	return is_in(resolved, "/proc") || is_in(resolved, "/sys");
}

bool volume_is_refused(const char *resolved)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(resolved, refused[i]) == 0)
			return true;
	}
	return volume_is_refused_below(resolved);
}
