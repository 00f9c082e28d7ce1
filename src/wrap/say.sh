# shellcheck shell=sh
# Messages and progress on standard error, and the ends of the program.

# say LINE: progress and results.
say() {
	printf 'stepdown-wrap: %s\n' "$1" >&2
}

# fail_usage LINE: an option is wrong.
fail_usage() {
	say "$1 (stepdown-wrap --help lists the options)"
	exit 125
}

# fail LINE: the command itself cannot do its work.
fail() {
	say "$1"
	exit 125
}

# count_trial TEXT: announces the next trial. The number of all trials is an estimate that grows if it is reached.
count_trial() {
	trial_count=$((trial_count + 1))
	[ "$trial_count" -le "$trial_estimate" ] || trial_estimate=$trial_count
	say "trial $trial_count of about $trial_estimate: $1"
}

# note_trial RESULT TEXT: one line of the report's list of trials.
note_trial() {
	printf '%s\t%s\n' "$1" "$2" >>"$work/trials"
}

# note_left TEXT: one line of the report's list of what a person must decide. A line is listed once.
note_left() {
	grep -qxF -e "$1" "$work/left" || printf '%s\n' "$1" >>"$work/left"
}

# seconds_since START: whole seconds, at least 1, because shorter times cannot be told apart.
seconds_since() {
	now=$(date +%s)
	[ "$now" -gt "$1" ] && echo $((now - $1)) || echo 1
}

# pause: a short wait between two looks. POSIX knows whole seconds only.
pause() {
	sleep 0.3 2>/dev/null || sleep 1
}

# print_list: the lines of standard input with commas between them.
print_list() {
	awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $0 }'
}
