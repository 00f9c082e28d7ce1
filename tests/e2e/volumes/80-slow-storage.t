#!/bin/bash
# Volumes behind a network: every call takes a millisecond, and many can be in flight. What is asserted is how many were; the time
# that it took is only told.
#
# quick: left out, because it waits for slow storage.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_slowfs

backing=$work/backing
mkdir "$tree/data"

# Wide enough for every worker, and two levels of it: 8 + 64 directories, 512 files, the top.
entries=585
fresh() {
	rm -rf "$backing"
	mkdir -p "$backing"/{1..8}/{1..8} && touch "$backing"/{1..8}/{1..8}/{1..8}
}

# owns NAME CHANGED LEAST MOST OPTION...: owns /data through slowfs, of which CHANGED entries are wrong. The most calls that were in flight
# at a time are from LEAST to MOST.
owns() {
	local name=slow_$1 changed=$2 begin=${EPOCHREALTIME/./}

	mount_slowfs "$backing" "$tree/data" 1000
	capture in_tree "$tree" stepdown --user app --own /data "${@:5}" -v probe uid
	unmount_slowfs "$tree/data"
	diag "$name: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms, calls $slow_calls, in flight at most $slow_most, on average $slow_mean"
	result "$name: owned" 0 'uid 1000 1000 1000 1000' "entries changed: $changed of $entries"
	is "$slow_chowns $(find "$backing" ! -user 1000 -o ! -group 1000 | head -n 3)" "$changed " "$name: each wrong entry is changed once"
	ok "$name: from $3 to $4 calls at a time, not $slow_most" test "$slow_most" -ge "$3" -a "$slow_most" -le "$4"
}

fresh
owns one_worker $entries 1 1 --own-jobs 1
calls_of_one=$slow_calls

# The time is that of one worker divided by what is in flight on average.
fresh
owns default $entries 8 32
ok "slow_default: 8.00 on average" test "${slow_mean/./}" -ge 800
ok "slow_default: no more calls for it" test "$slow_calls" -le $((calls_of_one * 11 / 10))
owns default_again 0 8 32
ok "slow_default_again: 8.00 on average" test "${slow_mean/./}" -ge 800

fresh
owns as_many_as_asked_for $entries 17 32 --own-jobs 32

done_testing
