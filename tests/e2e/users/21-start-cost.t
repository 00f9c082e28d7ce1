#!/bin/bash
# The costs of a start that users feel: system calls and page faults, with the capabilities that Docker gives. tests/bench has the time.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands setpriv strace time

mount -t proc proc "$tree/proc"
start=(/usr/local/bin/stepdown --user 1000:1000)
docker=(setpriv --bounding-set "-all,+${tree_capabilities// /,+}")

# calls OPTION...: the number of system calls between the execve(2) of stepdown and that of the command.
calls() {
	capture strace -qq -o "$work/calls" "${docker[@]}" chroot "$tree" "${start[@]}" "$@" /bin/true
	awk '/^execve/ { executed = $1 ~ /"\/usr\/local\/bin\/stepdown"/ } !/^execve/ && executed { count++ } END { print count + 0 }' "$work/calls"
}

# faults COMMAND...: the minor page faults of chroot(8), which becomes the command, the least of several runs.
faults() {
	local i

	for ((i = 0; i < 15; i++)); do
		"${docker[@]}" time --quiet --format %R --output "$work/faults" chroot "$tree" "$@" && cat "$work/faults"
	done | sort -n | head -n 1
}

calls=$(calls)
faults=$(($(faults "${start[@]}" /bin/true) - $(faults /bin/true)))
diag "a start: $calls system calls, $faults page faults"
ok "a start costs at most 100 system calls" test "$calls" -gt 40 -a "$calls" -le 100
ok "a start costs at most 21 page faults" test "$faults" -gt 3 -a "$faults" -le 21

mkdir "$tree/data"
make_files "$tree/data" 10 && chown -R 1000:1000 "$tree/data"
small=$(calls --own-once /data)
mkdir "$tree/data/sub" && make_files "$tree/data/sub" 9000 && make_directories "$tree/data" 1000 && chown -R 1000:1000 "$tree/data"
is "$(calls --own-once /data)" "$small" "own_once_costs_the_same_for_10_entries_and_for_10000"
# Five calls find the program and the directories that hold it (S37), four find the path and judge it, and one asks after the drop
# whether the path can be written to.
is $((small - calls)) 10 "own_once_of_a_right_path_takes_ten_system_calls"
done_testing
