#!/bin/bash
# Long work shows that it goes on: on a terminal by one line that is redrawn, else by a line every 10 s. A slow file system makes the
# work long; when enough was seen it stops being slow. So no upper bound of any time is asserted but "at last", and no machine can be
# too slow for the lower one. unit/test_progress.c has the first 2 s.
#
# quick: left out, because it waits for progress.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands perl script
need_slowfs

entries=4000

# start NAME: in the background, where a line has no other place.
start() {
	timeout -k 5 120 env -i PATH="$image_path" chroot "$tree" stepdown --user app --own "/$1" probe uid
}

for name in pipe terminal; do
	mkdir "$tree/$name" "$work/$name" && make_files "$work/$name" "$entries"
	mount_slowfs "$work/$name" "$tree/$name" 50000
done

# --- all at once, because they take their time --------------------------------------------------------------------------------

begun=$(date +%s)
# Each line of the pipe gets the time in front of it, in seconds.
start pipe 2>&1 >"$work/pipe.stdout" </dev/null | perl -pe 'BEGIN { $| = 1 } printf "%d ", time' >"$work/pipe.log" &
pids=($!)
# It is so wide that the line is cut behind its two counts.
export tree image_path
export -f start
SHELL=$BASH script --quiet --return --flush --command 'stty cols 78; start terminal' "$work/terminal.log" \
	>"$work/script.log" 2>&1 </dev/null &
pids+=($!)

# The two counts of each line of FILE that shows progress.
counts() {
	grep -oE "changing the owner: '/[a-z]*': [0-9]+ entries visited, [0-9]+ changed" "$1" | sed -E 's/.*: ([0-9]+) [^0-9]*([0-9]+).*/\1 \2/'
}

# shown COUNT FILE: so often, with numbers that never fall, of some work in the end.
shown() {
	counts "$2" | awk -v least="$1" '$1 < a || $2 < b || $2 > $1 { bad = 1 } { a = $1; b = $2 } END { exit bad || NR < least || b == 0 }'
}

# is_drawn: notes what is drawn. A terminal ends its lines by a carriage return, too; what clears the line is a new line here.
is_drawn() {
	tr -d '\r' <"$work/terminal.log" | sed 's/\x1b\[K/\n/g' >"$work/drawn" && shown 3 "$work/drawn"
}

wait_until is_drawn
ok "progress_on_a_pipe: it is shown again" wait_until shown 2 "$work/pipe.log"
for name in pipe terminal; do
	hurry_slowfs "$tree/$name"
done
wait "${pids[@]}"

final() {
	printf "stepdown: owning: '/%s': entries changed: %d of %d: root %d" "$1" $((entries + 1)) $((entries + 1)) $((entries + 1))
}

ok "progress_on_a_terminal: it is redrawn, and the numbers grow" is_drawn
is "$(grep '^stepdown: changing' "$work/drawn" | awk '{ print length($0) }' | sort -u)" 78 "progress_on_a_terminal: each line is cut to its width"
# No line of progress is still there in front of the last lines.
is "$(grep -v '^Script \|^stepdown: changing' "$work/drawn" | tail -n 4 | sed '/^$/d')" "$(final terminal)"$'\nuid 1000 1000 1000 1000' \
	"progress_on_a_terminal: nothing of it stays in the line that follows"
is "$(grep -ac $'\033\\[K''stepdown: owning' "$work/terminal.log")" 1 "progress_on_a_terminal: the line is cleared for the one that follows"

# The first comes after 2 s. A line that is read late is no failure. The times are whole seconds, so one may be missing.
ok "progress_on_a_pipe: not more often than every 10 s" \
	awk -v due=$((begun + 2)) '/changing the owner/ { if ($1 < due - 1) bad = 1; due += 10 } END { exit bad }' "$work/pipe.log"
is "$(cut -d ' ' -f 2- "$work/pipe.log" | grep -vE "^stepdown: changing the owner: '/pipe': [[:print:]]*\$")" "$(final pipe)" \
	"progress_on_a_pipe: whole lines, of which nothing is redrawn, and the usual one"
is "$(<"$work/pipe.stdout")" 'uid 1000 1000 1000 1000' "progress_on_a_pipe: nothing of it on standard output"

done_testing
