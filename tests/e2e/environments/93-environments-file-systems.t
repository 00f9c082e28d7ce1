#!/bin/bash
# Environments by the file system that a volume is on. Where it cannot be written to, the container starts and it is told. On each that can
# be: a storm (S14 to S17). Processes of the application's change the whole volume at random while root's starts walk it. In it are hard
# links of root's files outside; those, and what the attackers' links lead to, never change owner. attacks/86 and 94 aim at single moments.
#
# quick: left out, because it makes file systems.

source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_tree
need_slowfs
need_commands mkfs.ext4 mkfs.xfs mkfs.btrfs

source "$e2e_directory/storm.bash"
place=/place
starts=$(sample 9 5000 2)
mkdir "$tree"/{data,place}

# fresh [OWNER]: the account files are the image's.
fresh() {
	rm -rf "${tree:?}/etc" && cp -a "$shared/busybox/etc" "$tree/etc" && chown -R "${1:-0:0}" "$tree/etc"
}

# The volume of an environment, in DIRECTORY.
fill() {
	mkdir -p "$1/sub" && touch "$1/file" "$1/sub/file" && ln -s /etc/passwd "$1/sub/link"
}

# on NAME DIRECTORY: the environment whose volume is that directory.
on() {
	fresh
	mount --bind "$2" "$tree/data" && environment "$1" in_tree "$tree"
	umount "$tree/data"
}

# data_is WANTED-OWNERS DIRECTORY NAME
data_is() {
	is "$(find "$2" -printf '%U:%G\n' | sort -u)" "$1" "environment $3"
}

# cannot_change NAME MESSAGE: the five entries of /data.
cannot_change() {
	tree_gives "environment $1: what is wrong is counted, and the command runs" 0 'uid 1000 1000 1000 1000' \
		"'/data': entries skipped: 5 of 5, the first is '/data[^']*': $2" -- stepdown --user 1000:1001 --own /data probe uid
	tree_gives "environment $1: an error with --strict" 125 '' "skipped.*: $2" -- stepdown --user 1000:1001 --own /data --strict true
}

# --- what can be written to -----------------------------------------------------------------------------------------------------

# fill_place DIRECTORY: for a storm the volume, what is outside, and links of that in the volume; and the volume of an environment.
fill_place() {
	local i

	mkdir -p "$1"/data/{d0,d1,d2,d3} "$1/outside/d0" "$1"/{free,environment} && fill "$1/environment"
	touch "$1"/outside/{secret,n0,n1,n2,n3} "$1/outside/d0/n0" "$1/free/sentinel"
	for i in 0 1 2 3; do
		ln "$1/outside/secret" "$1/data/d$i/n$i" && ln "$1/outside/n$i" "$1/data/n$i" || return
	done
	chown 1000:1000 "$1/data" "$1"/data/d? "$1/free"
}

# make_overlay DIRECTORY FILL: what FILL makes is in the lower layer, so that a start has it copied up.
make_overlay() {
	mount -t tmpfs -o mode=755 tmpfs "$1" && mkdir "$1"/{lower,upper,work} && "$2" "$1/lower" &&
		mount -t overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" overlay "$1"
}

# make_place KIND: xfs and btrfs want some space.
make_place() {
	case $1 in
	tmpfs) mount -t tmpfs -o mode=755 tmpfs "$tree/place" ;;
	ext4) make_disk ext4 16M "$tree/place" ;;
	xfs) make_disk xfs 300M "$tree/place" ;;
	btrfs) make_disk btrfs 110M "$tree/place" ;;
	overlay) make_overlay "$tree/place" fill_place && return ;;
	esac && fill_place "$tree/place"
}

for kind in tmpfs ext4 xfs btrfs overlay; do
	if make_place "$kind" 2>"$work/log"; then
		on "$kind" "$tree/place/environment"
		besiege "S14_S15_S16_S17_storm: $kind" random /place 100 "--own /place/data" "--own /place/data" \
			"--own /place/data/d1:/place/data/n2" "--own-once /place/data" "--mkdir /place/data/d2/d3" \
			"--own-top /place/data/d0/n1:/place/data/d3" -- "$seed"
		umount --recursive "$tree/place"
		[[ $kind != overlay ]] || umount "$tree/place"
	elif grep -qw "$kind" /proc/filesystems; then
		fail "environment $kind: it can be mounted" "$(<"$work/log")"
	else
		skip "environment $kind" "this kernel has none"
	fi
done

# An unprivileged overlay, as rootless engines make it.
chown -hR 100000:100000 "$tree" && fresh 100000:100000
environment "overlayfs in a user namespace" in_tree_under "$tree" "$shared/tools/userns" "0 100000 65536" "0 100000 65536" allow \
	unshare --mount bash -c "$(declare -f fill make_overlay)"'; make_overlay "$0" fill && exec "$@"' "$tree/data" --
chown -hR 0:0 "$tree"

# FUSE knows no mkdir: what is needed is there.
backing=$work/backing
mkdir "$backing" && fill "$backing"
fresh
mount_slowfs "$backing" "$tree/data" 0
environment "FUSE" in_tree "$tree"
unmount_slowfs "$tree/data"

# --- read-only, and with other ids --------------------------------------------------------------------------------------------

for ids in 0:0 5000:5000; do
	name="a read-only bind mount of $ids"
	chown -hR "$ids" "$backing"
	mount --bind "$backing" "$tree/data" && mount -o remount,bind,ro "$tree/data"
	tree_gives "environment $name: nothing is wrong, and only that it cannot be written to is told" 0 '' \
		"^stepdown: checking that the user can write: '/data': Read-only file system[^"$'\n'"]*\$" -- stepdown --user "$ids" --allow-root --own /data true
	cannot_change "$name" 'Read-only file system \(a read-only mount\)'
	data_is "$ids" "$backing" "$name: nothing has changed"
	umount "$tree/data"
done

# The ids 0 to 65535 are 100000 and so on on the disk; whoever has none of these ids is nobody, and cannot be given anything.
# show_disk COUNT: that many ids are mapped.
show_disk() {
	"$shared/tools/userns" "100000 0 $1" "100000 0 $1" mount "$work/mounted" "$tree/place"
}
mkdir "$work/mounted"
if { make_disk ext4 8M "$work/mounted" && show_disk 65536; } 2>"$work/log"; then
	chown 0:0 "$tree/place"
	on "an idmapped mount" "$tree/place"
	data_is 110001:110002 "$work/mounted" "an idmapped mount: on the disk they are other ids"
	chown -hR 100000:100000 "$work/mounted"
	umount "$tree/place" && show_disk 5 && mount --bind "$tree/place" "$tree/data"
	cannot_change "an idmapped mount with few ids" '[^:]*\(not mapped on that mount or in this namespace\)'
	data_is 100000:100000 "$work/mounted" "an idmapped mount with few ids: nothing has changed"
elif grep -Eq 'not implemented|Invalid argument' "$work/log"; then
	diag "this machine has no idmapped mounts, which is no failure: $(<"$work/log")"
else
	fail "environment an idmapped mount: it can be made" "$(<"$work/log")"
fi

grep -qw nfs4 /proc/filesystems || diag "this kernel has no client of NFS, which is no failure: tests/e2e/nfs has it in a machine of its own"
done_testing
