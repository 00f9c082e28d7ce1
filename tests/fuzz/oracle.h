#ifndef STEPDOWN_TESTS_ORACLE_H
#define STEPDOWN_TESTS_ORACLE_H

#include "core/passwd_parse.h"
#include "core/user_spec.h"

/* What the readers of src are to say, worked out by other means: regular expressions and comparisons
 * of text instead of loops and cuts. The types are those of src, and no function is, so that no
 * mistake is shared. Results point into the text that is read, or have memory of fuzz_keep(). */

/* An id in TEXT: digits alone, no more than 2147483647. Compared as text, never computed with. */
bool oracle_id(struct slice text, uint32_t *ret_id);

struct oracle_line {
	struct account entry; /* of a line that does not count, only the line itself */
	size_t line_end;      /* how many bytes that has: "", "\n", "\r\n", "\r" */
	bool counts;
};

/* Cuts the next line off *REST. Returns false at the end. */
bool oracle_next(struct slice *rest, enum account_file kind, struct oracle_line *ret_line);
/* Finds the first line that counts and has NAME, or, if that is NULL, has ID. */
bool oracle_find(struct slice file, enum account_file kind, const struct slice *name, uint32_t id,
                 struct account *ret_entry);
/* The line begins with NAME as its first field, be it damaged. */
bool oracle_mentions(struct slice line, struct slice name);
/* A GROUP of which NAME is a member. */
bool oracle_has_member(const struct account *group, struct slice name);
/* A and B are the same bytes of the same file. */
bool oracle_same_entry(const struct account *a, const struct account *b, enum account_file kind);

/* NAME or an id, or, if TAKES_PATHS, @PATH. */
bool oracle_ref(struct slice text, bool takes_paths, struct spec_ref *ret_ref);
/* One alternative of what --user takes. */
bool oracle_user_spec(const char *text, struct user_spec *ret_spec);
/* What gosu and su-exec take. */
bool oracle_gosu_spec(const char *text, struct user_spec *ret_spec);
bool oracle_same_ref(const struct spec_ref *a, const struct spec_ref *b);
bool oracle_same_spec(const struct user_spec *a, const struct user_spec *b);

/* Returns how many bytes of TEXT come before the first MARK, ',' or ':', that is not in a variable. */
size_t oracle_until(const char *text, char mark);
/* Returns TEXT with its variables filled in, or NULL if it is refused, as a variable is whose value
 * holds one of SIGNS. *ret_lacks: a variable is not set or came to nothing, and that alone is why it
 * is refused, if it is. */
char *oracle_fill_in(char *const *environment, const char *text, const char *signs,
                     bool *ret_lacks);

#endif
