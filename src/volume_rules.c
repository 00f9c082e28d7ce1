#include "volume_rules.h"

#include "slice.h"

/* Each by itself. The library directories by their full names: /library is a good volume. */
static const char refused[] =
	":/:/bin:/boot:/etc:/lib:/lib32:/lib64:/libx32:/sbin:/usr:/usr/bin:/usr/sbin:/usr/lib:"
	"/usr/lib32:/usr/lib64:/usr/libx32:/usr/libexec:/usr/share:/usr/include:/var";

/* True when TEXT begins with WORD, and that ends there or at END. */
static bool begins(const char *text, const char *word, char end)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && (text[length] == end || text[length] == '\0');
}

bool volume_holds(const char *resolved, const char *path)
{
	return begins(path, resolved, '/');
}

bool volume_is_refused_below(const char *resolved)
{
	if (begins(resolved, "/dev", '/'))
		return !begins(resolved, "/dev/shm", '/');
	return begins(resolved, "/proc", '/') || begins(resolved, "/sys", '/');
}

bool volume_is_refused(const char *resolved)
{
	for (const char *rest = refused; rest != NULL; rest = strchr(rest, ':')) {
		if (begins(++rest, resolved, ':'))
			return true;
	}
	return volume_is_refused_below(resolved);
}
