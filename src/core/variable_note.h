/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_CORE_VARIABLE_NOTE_H
#define STEPDOWN_CORE_VARIABLE_NOTE_H

#include "core/expand.h"

/* How numbers in a value are read. */
enum note_numbers { NOTE_DECIMAL, NOTE_OCTAL };

/* Sets *RET_NOTE to a note for errors about WORD, the value of an option before its variables are
 * filled in. The note names each variable that is filled in, and says what is odd in its value:
 * "PUID is '1000\r': a carriage return stands at its end". If a value is odd, variables with usual
 * values are left out. *RET_NOTE is NULL if no variable is filled in; a default is the author's own
 * text. The note lies in the filler's arena. Returns false and sets the error if the arena is
 * full. */
bool variable_note_make(const struct filler *filler, const char *word, enum note_numbers numbers,
                        const char **ret_note);

/* Returns a text about white space or a comma in PATH, or NULL. Such a path is usually a list with
 * the wrong separator. */
const char *path_oddity(const char *path);

/* Returns true if PATH has a control character. Such a path is a mistake in a list, or an attempt
 * to forge lines of a log. */
bool path_has_control_character(const char *path);

#endif
