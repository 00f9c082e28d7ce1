#ifndef STEPDOWN_LINUX_SIGNALS_H
#define STEPDOWN_LINUX_SIGNALS_H

/* From signals_catch() until signals_release() SIGTERM, SIGINT and SIGHUP end this process at once, in
 * whatever thread they arrive: SAY gets the line "DOING: 'OBJECT': ended by SIGTERM ...", and the status is
 * 128 and the signal's number, as a shell gives it. Without a handler a container's first process ignores
 * these signals (kill(2)), so "docker stop" would wait ten seconds and kill. Every moment is safe to end at,
 * because it is for SIGKILL too (S18, S29).
 *
 * A signal that this process was started to ignore stays ignored, and signals_release() puts back the
 * dispositions that were there before: the command gets them. OBJECT may be NULL. SAY must be
 * async-signal-safe (signal-safety(7)). */
void signals_catch(const char *doing, const char *object, void (*print_line)(const char *line));
void signals_release(void);

#endif
