#include "progress.h"

void progress_write(struct text *text, const char *path, uint64_t looked, uint64_t changed,
                    uint32_t milliseconds)
{
	text_add(text, "changing the owner: ");
	text_add_quoted(text, slice_of(path));
	text_add(text, ": ");
	text_add_count(text, looked, "entry", "entries");
	text_add(text, " looked at, ");
	text_add_number(text, changed);
	text_add(text, " changed, ");
	text_add_number(text, milliseconds == 0 ? 0 : looked * 1000 / milliseconds);
	text_add(text, " a second");
}
