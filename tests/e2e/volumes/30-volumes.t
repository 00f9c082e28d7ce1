#!/bin/bash
# Whole starts with --own and --own-once, in a tree without an engine; then the volumes that engines make. unit/test_walk.c
# and unit/test_start.c have the walks.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_commands strace

need_tree
started='uid 1000 1000 1000 1000'

# Seven entries, all root's.
fresh() {
	rm -rf "$tree/data"
	mkdir -p "$tree/data/"{a/b,c} && touch "$tree/data/"{1,a/2,a/b/3}
}

# owns NAME PATTERN LEFT OPTION...: the command runs, the message matches, and LEFT are the entries that are not app's.
owns() {
	capture in_tree "$tree" stepdown --user app "${@:4}" probe uid
	output+=$'\n'$(cd "$tree" && find data '(' ! -user 1000 -o ! -group 1000 ')' -print | sort | xargs)
	result "$1" 0 "$started"$'\n'"$3" "$2"
}

# --- entries that stay as they are -----------------------------------------------------------------------------------------------

mkdir "$tree/outside" && touch "$tree/outside/secret"
fresh && ln -s /outside "$tree/data/link" && ln "$tree/outside/secret" "$tree/data/linked" && mknod "$tree/data/block" b 7 0
mkfifo "$tree/data/fifo" && chown 0:42 "$tree/data/fifo"
owns S14_S17_S22_only_the_entries_of_the_volume_are_given 'skipped: 2 of 11' 'data/block data/linked' --own /data --group @/data/fifo
is "$(find "$tree/outside" ! -user 0)" '' "S14_S17_S22_only_the_entries_of_the_volume_are_given: nothing outside"

# S21: an entry that is right is not touched. On overlayfs every touch would copy a file up; a chown would strip the setuid bit, too.
layers=$work/layers
mkdir "$layers" && mount -t tmpfs -o size=16m tmpfs "$layers"
mkdir -p "$layers"/{lower/sub,upper,work} && touch "$layers/lower/file" "$layers/lower/sub/file"
chown -R 1000:1000 "$layers/lower" "$layers/upper" && chown 0:0 "$layers/lower/sub/file" && chmod 4755 "$layers/lower/file" "$layers/lower/sub/file"
if mount -t overlay -o "lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work" overlay "$tree/data"; then
	owns S21_overlay_with_one_wrong '' '' --own /data
	is "$(find "$layers/upper" -mindepth 1 -printf '%P %U %m\n' | sort)" $'sub 1000 755\nsub/file 1000 755' \
		"S21_overlay_copies_up_only_that_one, and its setuid bit is not put back"
	umount "$tree/data"
else
	skip "S21_overlay" "overlayfs cannot be mounted"
fi

# The volume is app's, and a start for 2000 is killed when it is about to change an owner. The part "kills" of the faults has root's volume.
changes=chown,fchown,fchownat,lchown
for when in 2 5 8; do
	fresh && chown -R 1000:1000 "$tree/data"
	capture strace -f -qq -o /dev/null -e "trace=$changes" -e "inject=$changes:signal=KILL:when=$when" \
		env -i PATH="$image_path" chroot "$tree" stepdown --own-jobs 1 --user 2000 --own-once /data true 2>/dev/null
	is "$status $(stat -c %u "$tree/data")" '137 0' "S18_cut_off_on_the_way_to_somebody_else, change $when: the path is root's"
	owns "S18_cut_off_on_the_way_to_somebody_else, change $when: the next start" '' '' --own-once /data
done

# --- engines --------------------------------------------------------------------------------------------------------------------

for engine in $engines; do
	at=$work/$engine
	mkdir -p "$at"/{bind/sub,outer/inner,inner,read-only} && touch "$at"/{bind/sub,inner,read-only}/file
	capture run_in "$engine" sd-busybox --tmpfs /tmpfs --volume sd-named:/named --volume "$at/bind:/bind" --volume "$at/read-only:/read-only:ro" \
		-- sh -c 'touch /tmpfs/file /named/file
			stepdown --user app --own /tmpfs:/named:/bind:/read-only touch /bind/new; echo $?; stat -c "%u:%g" /tmpfs/* /named/*'
	"$engine" volume rm sd-named >/dev/null
	result "own_volumes_of_an_engine: $engine" 0 $'0\n1000:1000\n1000:1000'
	is "$(find "$at/bind" -printf '%P %U:%G\n' | sort)" $' 1000:1000\nnew 1000:1000\nsub 1000:1000\nsub/file 1000:1000' "own_bind_mount_all_below: $engine"
	is "$(grep -E "'/read-only'.*(skipped|Read-only)" <<<"$errors" | grep -c "skipped: 2 of 2, .*Read-only file system")" 1 \
		"S36_read_only_volume_is_told_in_one_line: $engine"

	# Only the capabilities that a start with volumes needs.
	mkdir -p "$at/private/"{own,other} && touch "$at/private/"{file,own/file,other/file} && chmod 700 "$at/private"{,/own,/other}
	chown 1000:1000 "$at/private"{,/own} && chown 1001:1001 "$at/private/other"
	capture run_in "$engine" sd-busybox --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID --volume "$at/private:/data" \
		--volume "$at/outer:/outer" --volume "$at/inner:/outer/inner" -- stepdown --strict --user app --own /data:/outer:/outer/inner probe uid
	result "S35_private_directory_is_entered_as_its_owner: $engine" 0 "$started" "'/data': entries changed: 4 of 6"
	is "$(find "$at/private" "$at/inner" ! -user 1000)" '' "S35_all_is_fixed, S19_declared_volume_in_a_volume: $engine"
done

done_testing
