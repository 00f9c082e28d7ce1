#ifndef STEPDOWN_TESTS_ORACLE_H
#define STEPDOWN_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the parsers are to say, worked out by other means: tables and regular expressions instead
 * of loops and cuts. Nothing of src is used here, so that no mistake is shared. */

/* An id in TEXT: digits alone, no more than 2147483647. Compared as text, never computed with. */
bool oracle_id(const char *text, size_t length, uint32_t *ret_id);

enum {
	ORACLE_GROUP = 4,
	ORACLE_PASSWD = 7,
};

struct oracle_field {
	const char *bytes;
	size_t length;
};

struct oracle_entry {
	const char *line;
	size_t length;   /* without the line's end */
	size_t line_end; /* how many bytes that has: "", "\n", "\r\n", "\r" */
	bool counts;     /* the rest is set only then */
	uint32_t id;
	uint32_t gid; /* of a group the same */
	struct oracle_field fields[ORACLE_PASSWD];
};

/* Reads the line at AT, of a file of which LENGTH bytes are left, and returns how many it takes. */
size_t oracle_line(const char *at, size_t length, unsigned kind, struct oracle_entry *ret_entry);

/* The first line that counts and has NAME, or when that is NULL has ID. */
bool oracle_find(const char *file, size_t length, unsigned kind, const char *name,
                 size_t name_length, uint32_t id, struct oracle_entry *ret_entry);

/* The line begins with NAME as its first field, be it damaged. */
bool oracle_mentions(const struct oracle_entry *line, const char *name, size_t length);

/* A group of which NAME is a member. */
bool oracle_has_member(const struct oracle_entry *group, const char *name, size_t length);

/* A user or group in a spec. */
struct oracle_ref {
	bool given;
	bool is_id;
	bool is_path;
	uint32_t id;
	struct oracle_field text; /* of a path, without the '@' */
};

struct oracle_spec {
	bool defines_account;
	struct oracle_field account;
	struct oracle_ref user;
	struct oracle_ref group;
};

/* NAME or an id, or where it TAKES_PATHS @PATH. */
bool oracle_ref(const char *text, size_t length, bool takes_paths, struct oracle_ref *ret_ref);
/* One alternative of what --user takes. */
bool oracle_user_spec(const char *text, struct oracle_spec *ret_spec);
/* What gosu and su-exec take. */
bool oracle_compat_spec(const char *text, struct oracle_spec *ret_spec);

/* How long the first alternative in TEXT is: up to a comma that is not in a variable. */
size_t oracle_alternative(const char *text);

/* TEXT with its variables filled in, in memory of malloc(); NULL when it is refused, as a variable is whose
 * value holds one of SIGNS. *ret_lacks, unless it is NULL: it is refused for nothing but a variable that is
 * not set, or one came to nothing. */
char *oracle_fill_in(char *const *environment, const char *text, const char *signs,
                     bool *ret_lacks);

#endif
