#!/bin/bash
# S14 to S17 on each file system: processes of the application's change the whole volume at random while root's starts walk it. In it
# are hard links of root's files outside; those, and what the attackers' links lead to, never change owner. 86 and 94 aim at single
# moments, on one file system.
#
# quick: left out, because it makes file systems for a minute.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools
need_commands mkfs.ext4 mkfs.xfs mkfs.btrfs
tree=$(copy_tree storms) || exit
# shellcheck source-path=SCRIPTDIR source=../storm.bash
source "$e2e_directory/storm.bash"

place=/place
starts=$(sample 9 5000 2)
mkdir "$tree/place"
defer umount --lazy "$tree/place"

# mount_place KIND
mount_place() {
	local kind=$1 size

	case $kind in
	tmpfs) mount -t tmpfs -o mode=755 tmpfs "$tree/place" ;;
	overlay)
		mkdir -p "$work/layers" && mount -t tmpfs tmpfs "$work/layers" && defer umount --lazy "$work/layers" &&
			mkdir "$work/layers"/{lower,upper,work} && fill "$work/layers/lower" &&
			mount -t overlay -o "lowerdir=$work/layers/lower,upperdir=$work/layers/upper,workdir=$work/layers/work" overlay "$tree/place"
		;;
	*)
		size=$(case $kind in ext4) echo 16M ;; xfs) echo 300M ;; btrfs) echo 110M ;; esac)
		truncate -s "$size" "$work/disk.$kind" && "mkfs.$kind" -q "$work/disk.$kind" >/dev/null && mount -o loop "$work/disk.$kind" "$tree/place"
		;;
	esac
}

# fill DIRECTORY: the volume, what is outside, and links of that in the volume.
fill() {
	local i

	mkdir -p "$1"/data/{d0,d1,d2,d3} "$1/outside/d0" "$1/free"
	touch "$1"/outside/{secret,n0,n1,n2,n3} "$1/outside/d0/n0" "$1/free/sentinel"
	for i in 0 1 2 3; do
		ln "$1/outside/secret" "$1/data/d$i/n$i" && ln "$1/outside/n$i" "$1/data/n$i" || return
	done
	chown 1000:1000 "$1/data" "$1"/data/d? "$1/free"
}

for kind in tmpfs ext4 xfs btrfs overlay; do
	if ! mount_place "$kind" 2>"$work/log"; then
		if grep -qw "$kind" /proc/filesystems; then
			fail "S14_S15_S16_S17_storm: $kind: it can be mounted" "$(<"$work/log")"
		else
			skip "S14_S15_S16_S17_storm: $kind" "this kernel has none"
		fi
		continue
	fi
	[[ $kind == overlay ]] || fill "$tree/place"
	besiege "S14_S15_S16_S17_storm: $kind" random /place 100 "--own /place/data" "--own /place/data" \
		"--own /place/data/d1:/place/data/n2" "--own-once /place/data" "--mkdir /place/data/d2/d3" \
		"--own-top /place/data/d0/n1:/place/data/d3" -- "$seed"
	umount "$tree/place"
	rm -f "$work/disk.$kind"
done

done_testing
