#!/bin/bash
# Long work shows that it goes on: nothing before 2 s, then on a terminal one line that is redrawn, else a line every 10 s. A slow
# file system makes the work long, one directory with few entries; when enough was seen it stops being slow. So no upper bound of any
# time is asserted but "at last", and no machine can be too slow for the lower ones.
#
# quick: left out, because it waits for progress.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_tools
need_commands script
need_slowfs

tree=$(copy_tree progress)
entries=4000
# Entries looked at, changed, and the rate: three numbers, the first two not falling.
numbers='[0-9]+[^0-9]+[0-9]+[^0-9]+[0-9]+'

for name in pipe terminal narrow quiet ended; do
	mkdir "$tree/$name" "$work/$name" && make_files "$work/$name" "$entries"
	mount_slowfs "$work/$name" "$tree/$name" 50000 || diag "slowfs: $(<"$work/slowfs.log")"
done
mkdir "$tree/short" && make_files "$tree/short" 1000

# --- all at once, because they take their time --------------------------------------------------------------------------------

# A line of a pipe with the time before it, in microseconds since before the start. What comes without an end of line counts too.
stamp() {
	local line

	while IFS= read -r line || [[ -n $line ]]; do
		printf '%d %s\n' $((${EPOCHREALTIME/./} - $1)) "$line"
	done
}

began=${EPOCHREALTIME/./}
{ in_tree "$tree" stepdown --user app --own /quiet -q probe uid 2>&1 >"$work/quiet.stdout" </dev/null | stamp "$began" >"$work/quiet.log"; } &
quiet_pid=$!
{ in_tree "$tree" stepdown --user app --own /pipe probe uid 2>&1 >"$work/pipe.stdout" </dev/null | stamp "$began" >"$work/pipe.log"; } &
pipe_pid=$!
# It notes how long it waited before each piece of output, too.
printf -v command '%q ' timeout -k 5 60 env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /terminal probe uid
script --quiet --return --flush --log-timing "$work/terminal.timing" --command "$command" "$work/terminal.log" >"$work/script.log" 2>&1 </dev/null &
terminal_pid=$!
printf -v command '%q ' timeout -k 5 60 env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /narrow probe uid
script --quiet --return --flush --command "stty cols 40 && $command" "$work/narrow.log" >"$work/script.narrow.log" 2>&1 </dev/null &
narrow_pid=$!
defer kill "$quiet_pid" "$pipe_pid" "$terminal_pid" "$narrow_pid"

# The rest of what a signal does, with engines: 42-attacks-unfinished.t.
timeout -k 5 60 env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /ended probe uid >"$work/ended.stdout" 2>"$work/ended.stderr" </dev/null &
ended_pid=$!
defer kill "$ended_pid"
is_walking() {
	[[ -n $(find "$work/ended" -user 1000 -print -quit) ]]
}
ok "ended_by_a_signal: the walk goes on" wait_until 30 is_walking
kill -INT "$ended_pid"
wait "$ended_pid"
ended=$?
read_messages
is "$ended $(tail -n 1 "$work/ended.stderr")" "${status_of[ended_by_signal]} ${line_of[ended_by_signal]}" "ended_by_a_signal"
is "$(<"$work/ended.stdout")" '' "ended_by_a_signal: no command has run"

# redrawn TIMES: a carriage return that is not a part of an end of line.
redrawn() {
	local count

	count=$(tr -d '\n' <"$work/terminal.log" | tr '\r' '\n' | grep -cE "stepdown: .*'/terminal'.*$numbers")
	((count >= $1))
}

lines() {
	(($(wc -l <"$work/pipe.log") >= $1))
}

ok "progress_on_a_terminal" wait_until 20 redrawn 3
hurry_slowfs "$tree/terminal"
wait "$terminal_pid"
is $? 0 "progress_on_a_terminal: the command was started"

# What was drawn on the narrow terminal, each as it stood there.
drawn() {
	tr '\r' '\n' <"$work/narrow.log" | sed 's/\x1b\[K//' | grep '^stepdown: changing the owner: '
}
drawn_there() {
	(($(drawn | wc -l) >= 2))
}
ok "progress_on_a_narrow_terminal" wait_until 20 drawn_there
hurry_slowfs "$tree/narrow"
wait "$narrow_pid"
is $? 0 "progress_on_a_narrow_terminal: the command was started"
is "$(drawn | awk '{ print length($0) }' | sort -u)" 40 "progress_on_a_narrow_terminal: cut to its width"

ok "progress_on_a_pipe" wait_until 40 lines 2
hurry_slowfs "$tree/pipe"
hurry_slowfs "$tree/quiet"
wait "$pipe_pid"
is "$? $(head -n 1 "$work/pipe.stdout")" '0 uid 1000 1000 1000 1000' "progress_on_a_pipe: the command was started"
wait "$quiet_pid"
is "$? $(head -n 1 "$work/quiet.stdout")" '0 uid 1000 1000 1000 1000' "progress_quiet: the command was started"

# --- a terminal ---------------------------------------------------------------------------------------------------------------

# What a terminal shows in the end, of the file that script wrote; a line of script's own stands before it.
rendered() {
	tail -n +2 "$1" | awk '
		{
			count = split($0, pieces, "\r")
			screen = ""
			for (i = 1; i <= count; i++) {
				piece = pieces[i]
				if (sub(/^\033\[2?K/, "", piece))
					screen = ""
				if (sub(/\033\[0?K$/, "", piece))
					screen = piece
				else
					screen = piece substr(screen, length(piece) + 1)
			}
			sub(/ +$/, "", screen)
			if (screen != "")
				print screen
		}' | sed '/^Script done/d'
}

# first_and_second FILE NAME: what progress said was looked at, and changed, a line each time.
first_and_second() {
	tr '\r' '\n' <"$1" | grep -E "'/$2'.*$numbers" | grep -v ' entries changed: ' | sed -E "s/.*'\/$2'[^0-9]*([0-9]+)[^0-9]+([0-9]+).*/\1 \2/"
}

never_falling() {
	first_and_second "$@" | awk '$1 < a || $2 < b || $2 > $1 { bad = 1 } { a = $1; b = $2 } END { exit bad || NR < 2 || a == 0 || b == 0 }'
}

final="entries changed: $((entries + 1)) of $((entries + 1)): root $((entries + 1))"
is "$(awk 'NR == 1 { print ($1 >= 2) }' "$work/terminal.timing")" 1 "progress_on_a_terminal: nothing before 2 s"
shown=$(rendered "$work/terminal.log")
is "$(tail -n 2 <<<"$shown" | head -n 1)" "stepdown: owning: '/terminal': $final" "progress_on_a_terminal: nothing of it stays in the line that follows"
like "$(rendered "$work/narrow.log")" "^stepdown: owning: '/narrow': $final.uid 1000 1000 1000 1000\$" "progress_on_a_narrow_terminal: nothing stays in the line that follows"
ok "progress_on_a_terminal: one line, or none, is left of it" test "$(grep -c '^stepdown: ' <<<"$shown")" -le 2
ok "progress_on_a_terminal: the numbers grow" never_falling "$work/terminal.log" terminal

printf -v command '%q ' timeout -k 5 60 env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /short probe uid
began=${EPOCHREALTIME/./}
script --quiet --return --flush --command "$command" "$work/short.log" >"$work/script.log" 2>&1 </dev/null
if ((${EPOCHREALTIME/./} - began < 2000000)); then
	is "$(rendered "$work/short.log")" "stepdown: owning: '/short': entries changed: 1001 of 1001: root 1001"$'\nuid 1000 1000 1000 1000' "progress_is_not_shown_of_short_work"
	is "$(tail -n +2 "$work/short.log" | sed 's/\r$//' | grep -c $'\r')" 0 "progress_is_not_shown_of_short_work, not for a moment"
else
	diag "this machine is too slow for short work"
fi

# --- no terminal --------------------------------------------------------------------------------------------------------------

stamps=$(grep -E "'/pipe'.*$numbers" "$work/pipe.log" | grep -v ' entries changed: ' | cut -d ' ' -f 1)
diag "lines after (us):" "$stamps"
ok "progress_on_a_pipe: nothing before 2 s" test "$(head -n 1 "$work/pipe.log" | cut -d ' ' -f 1)" -ge 2000000
# A second less, because the first of two may have been read late.
far_apart() {
	awk 'NR > 1 && $1 - last < 9000000 { bad = 1 } { last = $1 } END { exit bad || NR < 2 }' <<<"$stamps"
}
ok "progress_on_a_pipe: not more often than every 10 s" far_apart
is "$(cut -d ' ' -f 2- "$work/pipe.log" | grep -vc '^stepdown: ')" 0 "progress_on_a_pipe: whole lines of ours"
is "$(grep -c $'[\r\033]' "$work/pipe.log")" 0 "progress_on_a_pipe: nothing is redrawn"
is "$(tail -n 1 "$work/pipe.log" | cut -d ' ' -f 2-)" "stepdown: owning: '/pipe': $final" "progress_on_a_pipe: the last line is the usual one"
ok "progress_on_a_pipe: the numbers grow" never_falling "$work/pipe.log" pipe
is "$(wc -l <"$work/pipe.stdout")" 1 "progress_on_a_pipe: nothing of it on standard output"
is "$(<"$work/quiet.log")" '' "progress_quiet: nothing with -q"

unmount_slowfs "$tree/ended"
for name in pipe terminal narrow quiet; do
	unmount_slowfs "$tree/$name"
	is "$(find "$work/$name" ! -user 1000 | wc -l)" 0 "progress: everything is right in the end: $name"
done

done_testing
