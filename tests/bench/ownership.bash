# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here is set in run
# Part of tests/bench/run: trees, and who is how fast at giving them to $owner.

uid=1234
owner=$uid:$uid

# --- volumes ----------------------------------------------------------------------------------------

# thousands NUMBER: as people write it.
thousands() {
	sed -E ':again; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; t again' <<<"$1"
}

# Inodes and names of that many files are to stay in memory.
memory_suffices() {
	local available

	available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
	if ((available < $1 / 500 + 64)); then
		say "$(thousands "$1") files: skipped, only $available MiB of memory are free"
		return 1
	fi
}

# 256 bytes for an inode, names, the journal.
make_ext4() {
	local files=$1 mebibytes=$(($1 / 2500 + 160)) available

	available=$(($(df --output=avail -k "$work" | tail -n 1) / 1024))
	if ((available < mebibytes + 64)); then
		say "ext4: skipped, $mebibytes MiB are needed and $available MiB free in ${work%/*} (see TMPDIR)"
		return 1
	fi
	# What the kernel would do later, while something is timed, is done now or never.
	{
		{
			fallocate -l "${mebibytes}M" "$work/image" || truncate -s "${mebibytes}M" "$work/image"
		} &&
			mkfs.ext4 -q -F -m 0 -N $((files + files / 50 + 1000)) \
				-E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$work/image" &&
			mount -o loop,noinit_itable "$work/image" "$work/mount"
	} >"$log" 2>&1
}

make_tmpfs() {
	mount -t tmpfs -o "size=$(($1 / 2500 + 160))M,nr_inodes=$(($1 + $1 / 50 + 1000))" tmpfs \
		"$work/mount" >"$log" 2>&1
}

make_here() {
	:
}

# make_volume FILESYSTEM FILES: $volume is then a tree on such a file system, else it says why not.
make_volume() {
	volume=$work/mount/volume
	: >"$log"
	mkdir -p "$work/mount"
	memory_suffices "$2" || return
	if ! "make_$1" "$2"; then
		[[ ! -s $log ]] || say "$1: skipped, it cannot be made or mounted here: $(tail -n 1 "$log")"
		rm -f "$work/image"
		return 1
	fi
	[[ $1 == here ]] || mounted+=("$work/mount")
	say "$1: making $(thousands "$2") files"
	"$work/tree" "$volume" "$2"
}

remove_volume() {
	rm -rf --one-file-system "$volume"
	if ((${#mounted[@]} > 0)); then
		umount "$work/mount"
		mounted=()
	fi
	rm -f "$work/image"
}

# --- what is compared -------------------------------------------------------------------------------

# A pipe needs a shell, and that is how it is used.
write_find_xargs() {
	cat >"$work/find-xargs" <<-END
		#!/bin/sh
		find "\$1" ! -user $uid -print0 | xargs -0 -r -P $BENCH_THREADS chown $owner
	END
	chmod 755 "$work/find-xargs"
}

# compare_owners CASE [stepdown]: all, or stepdown alone. A floor that does too little or too much for
# the case is left out.
compare_owners() {
	local jobs threads="$BENCH_THREADS threads"

	names=()
	commands=()
	compare 'stepdown --own' "$work/stepdown" --quiet --user "$owner" --own "$volume" "$work/nothing"
	if stepdown_has --own-jobs; then
		for jobs in $BENCH_JOBS; do
			compare "stepdown --own-jobs $jobs" "$work/stepdown" --quiet --user "$owner" \
				--own-jobs "$jobs" --own "$volume" "$work/nothing"
		done
	fi
	[[ ${2-} != stepdown ]] || return 0
	compare 'chown -R' "$(program chown)" -R "$owner" "$volume"
	compare 'busybox chown -R' "$(program busybox)" chown -R "$owner" "$volume"
	compare 'find -exec chown {} +' "$(program find)" "$volume" ! -user "$uid" \
		-exec "$(program chown)" "$owner" {} +
	compare "find | xargs -P $BENCH_THREADS chown" "$work/find-xargs" "$volume"
	case $1 in
	right) compare "floor: looks, $threads" "$work/walk" look "$BENCH_THREADS" "$volume" $uid $uid ;;
	*) compare "floor: looks, changes, $threads" "$work/walk" fix "$BENCH_THREADS" "$volume" $uid $uid ;;
	esac
	[[ $1 != wrong ]] ||
		compare "floor: only changes, $threads" "$work/walk" set "$BENCH_THREADS" "$volume" $uid $uid
}

# spoil CASE: the command that makes the volume what the case wants it to be before a run. For
# "few" and "right" all was right before.
spoil() {
	case $1 in
	wrong) echo "$work/walk set $BENCH_THREADS $volume 0 0" ;;
	right) echo "$work/nothing" ;;
	few) echo "$work/walk set $BENCH_THREADS $volume 0 0 100" ;;
	esac
}

make_right() {
	"$work/walk" set "$BENCH_THREADS" "$volume" $uid $uid >/dev/null
}

# --- system calls, and that everybody does what he is timed for ---------------------------------------

count_calls() {
	local case i total entries line

	volume=$work/traced
	: >"$work/calls"
	"$work/tree" "$volume" "$BENCH_TRACE_FILES"
	for case in $BENCH_CASES; do
		compare_owners "$case"
		for i in "${!names[@]}"; do
			make_right
			read -ra line <<<"$(spoil "$case")"
			"${line[@]}" >/dev/null
			read -ra line <<<"${commands[i]}"
			strace -f -c -o "$work/trace" "${line[@]}" >/dev/null 2>"$log" </dev/null || {
				say "system calls cannot be counted here: $(tail -n 1 "$log")"
				break 2
			}
			total=$(awk '$NF == "total" { print $4 }' "$work/trace")
			read -r entries line <<<"$("$work/walk" look 1 "$volume" $uid $uid)"
			[[ $line == 'entries, 0 wrong' ]] ||
				die "${names[i]} left entries of another owner: of $entries $line"
			awk -v name="$case ${names[i]}" -v total="$total" -v entries="$entries" \
				'BEGIN { printf "%s\t%.2f\n", name, total / entries }' >>"$work/calls"
		done
	done
	rm -rf "$volume"
}

# --- measuring ----------------------------------------------------------------------------------------

# measure_case FILESYSTEM FILES CACHE CASE
measure_case() {
	local filesystem=$1 files=$2 cache=$3 case=$4 options=() summary=$work/summary-$4 name base

	options=(-n "$BENCH_ROUNDS" -t "$BENCH_SECONDS" -b "$(spoil "$case")")
	if [[ $cache == cold ]]; then
		options+=(-d -l 2)
	elif [[ $filesystem != tmpfs ]]; then
		options+=(-s)
	fi
	make_right
	compare_owners "$case"
	time_all "$summary" "${options[@]}"
	base=$(of "$summary" "${names[0]}" 3)
	for name in "${names[@]}"; do
		record ownership "$files" "$filesystem" "$cache" "$case" "$name" "$(of "$summary" "$name" 2)" \
			"$(of "$summary" "$name" 3)" "$base" "$(of "$summary" "$name" 4)" \
			"$(of "$work/calls" "$case $name" 2)"
	done
}

title_of_case() {
	case $1 in
	wrong) echo 'all wrong' ;;
	right) echo 'all right' ;;
	few) echo '1 % wrong' ;;
	esac
}

# measure_memory FILESYSTEM FILES: of stepdown's walk, with all to do.
measure_memory() {
	local name summary=$work/summary

	say "$1, $(thousands "$2") files, memory"
	compare_owners wrong stepdown
	time_all "$summary" -m -n 1 -b "$(spoil wrong)"
	for name in "${names[@]}"; do
		record memory "$2" "$1" "$name" "$(of "$summary" "$name" 4)" "$(of "$summary" "$name" 5)"
	done
}

show_memory() {
	awk -F '\t' '
		BEGIN { print "volume, all wrong\tprogram\tresident KiB\tanonymous KiB" }
		$1 == "memory" { printf "%d files, %s\t%s\t%d\t%d\n", $2, $3, $4, $5, $6 }
	' "$work/results" | show 'Memory at its peak'
}

# show_volume FILESYSTEM FILES CACHE: the table, of what was recorded.
show_volume() {
	local case titles=() rounds

	for case in $BENCH_CASES; do
		titles+=("$(title_of_case "$case")")
	done
	rounds=$(awk -F '\t' -v volume="$2 $1 $3" '$1 == "ownership" && $2 " " $3 " " $4 == volume { print $7 }' \
		"$work/results" | sort -nu |
		awk 'NR == 1 { printf "%s", $1 } { last = $1 } END { if (NR > 1) printf " to %s", last }')
	awk -F '\t' -v volume="$2 $1 $3" -v cases="$BENCH_CASES" -v titles="$(printf '%s;' "${titles[@]}")" \
		-f "$here/volume.awk" "$work/results" |
		show "$(thousands "$2") files, $1, $3 cache: seconds, medians of $rounds rounds, and as multiples of stepdown's;\
 system calls per entry"
}

# measure_once FILESYSTEM FILES: a start with a volume that is right, over one without any.
measure_once() {
	local name base summary=$work/summary

	stepdown_has --own-once || return 0
	make_right
	names=()
	commands=()
	compare 'without a volume' "$work/stepdown" --quiet --user "$owner" "$work/nothing"
	compare 'with --own-once' "$work/stepdown" --quiet --user "$owner" --own-once "$volume" "$work/nothing"
	time_all "$summary" -n "$BENCH_STARTS"
	base=$(of "$summary" 'without a volume' 3)
	for name in "${names[@]}"; do
		record once "$2" "$1" "$name" "$(of "$summary" "$name" 2)" "$(of "$summary" "$name" 3)" "$base"
	done
}

show_once() {
	awk -F '\t' '
		BEGIN { print "volume, all right\tprogram\trounds\tmedian us\tratio" }
		$1 == "once" { printf "%d files, %s\tstepdown %s\t%d\t%.1f\t%.3f\n", $2, $3, $4, $5, $6, $6 / $7 }
	' "$work/results" | show 'A whole start, to the end of a command that does nothing'
}

measure_ownership() {
	local files filesystem cache case

	write_find_xargs
	say "counting system calls ($(thousands "$BENCH_TRACE_FILES") files)"
	count_calls
	for files in $BENCH_FILES; do
		for filesystem in $BENCH_FILESYSTEMS; do
			make_volume "$filesystem" "$files" || continue
			measure_memory "$filesystem" "$files"
			for cache in $BENCH_CACHES; do
				[[ $filesystem-$cache != tmpfs-cold ]] || continue
				for case in $BENCH_CASES; do
					say "$filesystem, $(thousands "$files") files, $cache cache, $(title_of_case "$case")"
					measure_case "$filesystem" "$files" "$cache" "$case"
				done
				show_volume "$filesystem" "$files" "$cache"
			done
			measure_once "$filesystem" "$files"
			remove_volume
		done
	done
	if grep -q '^memory' "$work/results"; then
		show_memory
	fi
	if grep -q '^once' "$work/results"; then
		show_once
	fi
}
