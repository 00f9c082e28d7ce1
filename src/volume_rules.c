#include "volume_rules.h"

#include "slice.h"

/* Each by itself. The library directories by their full names: /library is a good volume. */
static const char refused[] =
	":/:/bin:/boot:/etc:/lib:/lib32:/lib64:/libx32:/sbin:/usr:/usr/bin:/usr/sbin:/usr/lib:"
	"/usr/lib32:/usr/lib64:/usr/libx32:/usr/libexec:/usr/share:/usr/include:/var";

/* True when TEXT begins with the LENGTH bytes of WORD, and that ends there or at END. */
static bool begins(const char *text, const char *word, size_t length, char end)
{
	return strncmp(text, word, length) == 0 && (text[length] == end || text[length] == '\0');
}

bool volume_holds(const char *resolved, const char *path)
{
	return begins(path, resolved, strlen(resolved), '/');
}

bool volume_is_refused_below(const char *resolved)
{
	if (volume_holds("/dev", resolved))
		return !volume_holds("/dev/shm", resolved);
	return volume_holds("/proc", resolved) || volume_holds("/sys", resolved);
}

bool volume_is_refused(const char *resolved, size_t length)
{
	for (const char *rest = refused; rest != NULL; rest = strchr(rest, ':')) {
		if (begins(++rest, resolved, length, ':'))
			return true;
	}
	return volume_is_refused_below(resolved);
}
