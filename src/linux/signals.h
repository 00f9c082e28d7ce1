/* SPDX-License-Identifier: MIT */
#ifndef STEPDOWN_LINUX_SIGNALS_H
#define STEPDOWN_LINUX_SIGNALS_H

/* Lets SIGTERM, SIGINT and SIGHUP end this process at once, in any thread, until signals_release().
 * The handler passes the line "DOING: 'OBJECT': ended by SIGTERM ..." to PRINT_LINE. The exit
 * status is 128 plus the number of the signal, as in a shell.
 *
 * The kernel drops these signals if the first process of a container has no handler (kill(2)).
 * "docker stop" would then wait ten seconds and send SIGKILL. The process may end at any moment,
 * because it may be killed at any moment (S18, S29).
 *
 * A signal that was ignored before stays ignored. OBJECT may be NULL. PRINT_LINE must be
 * async-signal-safe (signal-safety(7)). A signal is not caught if sigaction(2) fails. */
void signals_catch(const char *doing, const char *object, void (*print_line)(const char *line));

/* Restores the dispositions from before signals_catch(), because the command inherits them. Does
 * nothing before signals_catch(). */
void signals_release(void);

#endif
