#!/bin/bash
# A start that a signal ended never looks finished to the next one (S18), and a lock that somebody else holds does not stop a start (S48).
# unit/test_walk.c and unit/test_walk_races.c have what else looks unfinished (S42, S44).
#
# quick: left out, because it waits for slow storage.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands pgrep python3
need_slowfs
read_messages
mkdir "$tree/ended"

# --- signals in a long walk -----------------------------------------------------------------------------------------------------

walk_has_begun() {
	[[ -n $(find "$work/backing" -user 1000 -print -quit) ]]
}

# ends SIGNAL STATUS PROGRAM...: the start, which PROGRAM starts and is, or waits for. The next start does all that is left.
ends() {
	local signal=$1 program process

	# A walk that takes a minute.
	rm -rf "$work/backing" && mkdir "$work/backing" && make_files "$work/backing" 1000
	mount_slowfs "$work/backing" "$tree/ended" 200000
	env --default-signal "${@:3}" env -i PATH="$image_path" chroot "$tree" stepdown --quiet --user app --own-once /ended probe uid \
		>"$work/stdout" 2>"$work/stderr" </dev/null &
	program=$!
	wait_until walk_has_begun
	process=$(pgrep -P "$program")
	kill "-$signal" "${process:-$program}"
	wait "$program"
	is "$? $(cat "$work/stderr" "$work/stdout")" "$2 ${line_of[ended_by_signal]/SIGINT/SIG$signal}" "signal_$signal: told in one line"
	is "$(stat -c %u "$work/backing")" 0 "signal_$signal: the top stays root's"
	hurry_slowfs "$tree/ended"
	capture in_tree "$tree" stepdown --user app --own-once /ended --strict probe uid
	result "signal_$signal, the next start" 0 'uid 1000 1000 1000 1000' 'entries changed'
	is "$(find "$work/backing" ! -user 1000 | head -n 3)" '' "signal_$signal, the next start: all of it is owned"
	unmount_slowfs "$tree/ended"
}

# The program is the first process of a container, to which a signal without a handler does nothing, and then below another.
ends TERM 143 unshare --pid --fork
ends INT "${status_of[ended_by_signal]}"

# --- S48: a lock on the account files -------------------------------------------------------------------------------------------

coproc holder {
	python3 -c 'import fcntl, sys; file = open(sys.argv[1], "w"); fcntl.lockf(file, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.read()' \
		"$tree/etc/.pwd.lock"
}
read -r -u "${holder[0]}"
capture in_tree "$tree" stepdown --user new=4711:4712 probe uid
is "$status $output $errors" "${status_of[account_locked]} uid 4711 4711 4711 4711 ${line_of[account_locked]}" "message account_locked"

done_testing
