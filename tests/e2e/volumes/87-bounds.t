#!/bin/bash
# Memory and descriptors are bounded whatever the tree: wide, deep, with many directories, with long names.
#
# quick: left out, because it makes large trees.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands taskset time

# The size of the widest, in entries; the others follow. A million is what is promised.
declare -i entries
entries=$(sample 20000 1000000 5000)
declare -i levels=40000 directories=$((entries * 3 / 10)) names=$((entries / 20))
# Each processor counts resident pages for itself and tells the sum only every 32 pages (or twice the number of processors, if that is
# more). So the programs run on two processors, where some hundred KiB are missing at most.
processors=$(grep ^Cpus_allowed_list: /proc/self/status | grep -oE '[0-9]+' | sed -n '1p;$p' | paste -sd ,)
# KiB.
memory_max=4096
mkdir "$tree/data"

# The file system goes away with what is in it: nobody has to remove a million files.
fresh() {
	! mountpoint -q "$tree/data" || umount "$tree/data"
	mount -t tmpfs -o nr_inodes=0,size=4g tmpfs "$tree/data"
}

# make_levels DIRECTORY COUNT: COUNT directories, each in the one before, and a file in the lowest. It begins at the bottom,
# because the path of all is longer than a path may be.
make_levels() {
	local -i left
	local path thousand

	thousand=$(printf '/d%.0s' {1..999})
	mkdir "$1/below" && touch "$1/below/bottom"
	for ((left = $2 - 1; left > 0; left -= 1000)); do
		path=$1/above${thousand:0:2 * (left - 1)}
		mkdir -p "$path" && mv "$1/below" "$path" && mv "$1/above" "$1/below"
	done
}

walk_with_few_descriptors() {
	(ulimit -n 64 && exec timeout -k 5 120 taskset --cpu-list "$processors" time --quiet --format %M --output "$work/peak" \
		env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /data "$@" probe uid)
}

# bounded NAME COUNT OPTION…: with few descriptors everything is owned, in little memory, and again when nothing is to be changed.
bounded() {
	local name=$1 began=$SECONDS peak pattern

	for pattern in "'/data': entries changed: $2 of $2" "$no_message"; do
		runs "$name" 0 'uid 1000 1000 1000 1000' "$pattern" walk_with_few_descriptors "${@:3}"
		is "$(find "$tree/data" '(' ! -user 1000 -o ! -group 1000 ')' -printf x | wc -c)" 0 "$name: everything is right"
		peak=$(<"$work/peak")
		diag "$name: $peak KiB at most, $((SECONDS - began)) s with the check"
		ok "$name: memory is bounded" test "$peak" -le "$memory_max"
		name="$1: again"
	done
}

fresh && make_files "$tree/data" "$entries"
bounded "files_in_one_directory ($entries)" $((entries + 1))

fresh && make_directories "$tree/data" "$directories"
bounded "directories_in_one_directory ($directories)" $((directories + 1))

# Each in one of many, too: wide and deep at once.
fresh && for name in {1..20}; do
	mkdir "$tree/data/$name" && make_directories "$tree/data/$name" $((directories / 20)) && make_levels "$tree/data/$name" $((levels / 20))
done
bounded "directories_and_levels_in_many" $((1 + 20 * (1 + directories / 20 + levels / 20 + 1)))

# The way back up is kept in mind: a level costs some 100 bytes, as nothing else does.
((memory_max += levels / 8))
fresh && make_levels "$tree/data" "$levels"
bounded "levels ($levels)" $((levels + 2))
fresh && make_levels "$tree/data" "$levels"
bounded "levels ($levels), with many workers" $((levels + 2)) --own-jobs 32
memory_max=4096

fresh && (cd "$tree/data" && seq -f "$(printf 'x%.0s' {1..245})%010.0f" "$names" | xargs touch)
bounded "names_of_255_bytes ($names)" $((names + 1))

done_testing
