#!/bin/bash
# Volumes behind a network: every call takes a millisecond, and many can be in flight. What is asserted is how many were; the time
# that it took is only told (tests/bench/run slow measures it). Then: servers that refuse.
#
# quick: left out, because it waits for slow storage.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_tools
need_slowfs

tree=$(copy_tree slow)
backing=$work/backing
mkdir "$tree/data"

# Wide enough for every worker, and two levels of it: 8 + 64 directories, 512 files, the top.
entries=585
fill() {
	rm -rf "$backing"
	mkdir -p "$backing"/{1..8}/{1..8} && touch "$backing"/{1..8}/{1..8}/{1..8}
}

# The first few are enough to say.
wrong() {
	find "$backing" ! -user 1000 -o ! -group 1000 | sort | head -n 3
}

# slow_own MICROSECONDS OPTION...: owns /data through slowfs, and counts.
slow_own() {
	local microseconds=$1 begin

	shift
	mount_slowfs "$backing" "$tree/data" "$microseconds" || diag "slowfs: $(<"$work/slowfs.log")"
	begin=${EPOCHREALTIME/./}
	capture in_tree "$tree" stepdown --user app --own /data "$@" probe uid
	diag "${*:-the default}, $microseconds us a call: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
	unmount_slowfs "$tree/data"
	diag "calls $slow_calls, in flight at most $slow_most, on average $slow_mean"
}

# at_least A B: for numbers with decimals.
at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

# What N workers do, first when everything is wrong, then when everything is right.
declare -A calls=()
owned() {
	local name=$1

	shift
	fill
	slow_own 1000 "$@"
	result "slow_$name: owned" 0 'uid 1000 1000 1000 1000' "entries changed: $entries of $entries"
	is "$(wrong)" '' "slow_$name: everything is right"
	is "$(slow_count chown)" "$entries" "slow_$name: each entry is changed once"
	calls[$name]=$slow_calls
}

owned one_worker --own-jobs 1
is "$slow_most $slow_mean" "1 1.00" "slow_one_worker: one call at a time"
slow_own 1000 --own-jobs 1
result "slow_one_worker: again" 0 'uid 1000 1000 1000 1000' "$no_message"
is "$slow_most $(slow_count chown)" "1 0" "slow_one_worker: again, one call at a time, and nothing changed"

owned four_workers --own-jobs 4
is "$slow_most" 4 "slow_four_workers: four calls at a time"
ok "slow_four_workers: most of the time" at_least "$slow_mean" 3

# The time is that of one worker divided by what is in flight on average.
owned default
ok "slow_default: at least eight calls at a time" at_least "$slow_most" 8
ok "slow_default: on average" at_least "$slow_mean" 8
ok "slow_default: no more calls for it" at_least $((calls[one_worker] * 11 / 10)) "${calls[default]}"
slow_own 1000
result "slow_default: again" 0 'uid 1000 1000 1000 1000' "$no_message"
ok "slow_default: again, at least eight calls at a time" at_least "$slow_most" 8
ok "slow_default: again, on average" at_least "$slow_mean" 8
is "$(slow_count chown)" 0 "slow_default: again, nothing changed"

owned as_many_as_asked_for --own-jobs 32
ok "slow_as_many_as_asked_for: more than sixteen, and not more than that" test "$slow_most" -gt 16 -a "$slow_most" -le 32

# --- S36: a server that refuses -----------------------------------------------------------------------------------------------

# Each error and what it is called, by any libc. Two of them in each directory, and one that can be changed.
declare -A texts=(
	[EPERM]='not permitted' [ENOTSUP]='[Nn]ot supported' [EROFS]='[Rr]ead-only file system' [ESTALE]='[Ss]tale'
	[EOVERFLOW]='[Vv]alue too large' [EIO]='(I/O|Input/output) error'
)
rm -rf "$backing"
for name in "${!texts[@]}"; do
	mkdir -p "$backing/in-$name" && touch "$backing/in-$name/"{"$name","$name.too",last}
done
mount_slowfs "$backing" "$tree/data" 0
rest=$'[^\n]*' # of a line
for name in "${!texts[@]}"; do
	capture in_tree "$tree" stepdown --user app --own "/data/in-$name" probe uid
	output+=$'\n'$(find "$backing/in-$name" ! -user 1000 -printf '%f\n' | sort)
	result "S36_$name: told in one line, the others are owned, and the container starts" 0 $'uid 1000 1000 1000 1000\n'"$name"$'\n'"$name.too" \
		"^stepdown: ${rest}entries changed: 2 of 4$rest"$'\n'"stepdown: ${rest}skipped: 2 of 4, the first is '/data/in-$name/$name(\\.too)?': $rest${texts[$name]}$rest\$"
	capture in_tree "$tree" stepdown --user app --own "/data/in-$name" --strict probe uid
	result "S36_$name: --strict ends" 125 '' "${texts[$name]}"
done
unmount_slowfs "$tree/data"

# What cannot even be looked at, or not listed.
rm -rf "$backing" && mkdir -p "$backing"/{list-EIO,list-EACCES,sub} && touch "$backing"/{look-ESTALE,look-EACCES,last} "$backing/sub/"{look-EIO,last}
mount_slowfs "$backing" "$tree/data" 0
capture in_tree "$tree" stepdown --user app --own /data probe uid
result "S36_cannot_be_looked_at: the container starts" 0 'uid 1000 1000 1000 1000' "skipped: 5 of 9"
is "$(grep -cE "'/data/(list|look|sub/look)-" <<<"$errors")" 1 "S36_cannot_be_looked_at: told in one line"
is "$(stat -c %u "$backing" "$backing/last" "$backing/sub" "$backing/sub/last" | xargs)" '1000 1000 1000 1000' "S36_cannot_be_looked_at: the others are owned"
capture in_tree "$tree" stepdown --user app --own /data --strict probe uid
result "S36_cannot_be_looked_at: --strict ends" 125 '' "'/data/"
unmount_slowfs "$tree/data"

done_testing
