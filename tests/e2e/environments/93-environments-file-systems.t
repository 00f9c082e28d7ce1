#!/bin/bash
# Environments by the file system that a volume is on. Where it cannot be written to, the container starts and it is told.
#
# quick: left out, because it makes file systems.

# shellcheck source-path=SCRIPTDIR source=../environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_tools
need_slowfs
need_commands mkfs.ext4 mkfs.xfs mkfs.btrfs

tree=$(copy_tree file-systems) || exit
mkdir "$tree/data"
defer umount --recursive "$tree/data"

# fresh [OWNER]: the account files are the image's.
fresh() {
	rm -rf "${tree:?}/etc" && cp -a "$shared/busybox/etc" "$tree/etc" && chown -R "${1:-0:0}" "$tree/etc"
}

# on NAME: the environment with what is mounted on /data, which is taken away.
on() {
	fresh
	environment "$1" in_tree "$tree"
	umount --recursive "$tree/data"
}

# data_is WANTED-OWNERS DIRECTORY NAME
data_is() {
	is "$(find "$2" -printf '%U:%G\n' | sort -u)" "$1" "environment $3"
}

# cannot_change NAME MESSAGE: the five entries of /data.
cannot_change() {
	local words=(stepdown --user 1000:1001 --own /data)

	capture in_tree "$tree" "${words[@]}" probe uid
	result "environment $1: what is wrong is counted, and the command runs" 0 'uid 1000 1000 1000 1000' \
		"'/data': entries skipped: 5 of 5, the first is '/data[^']*': $2"
	capture in_tree "$tree" "${words[@]}" --strict probe uid
	result "environment $1: an error with --strict" 125 '' "skipped.*: $2"
}

# --- disks --------------------------------------------------------------------------------------------------------------------

# make_disk NAME SIZE PLACE
make_disk() {
	truncate -s "$2" "$work/$1.disk" && "mkfs.$1" -q "$work/$1.disk" >/dev/null && mount -o loop "$work/$1.disk" "$3" && rm -rf "$3/lost+found"
}
# xfs and btrfs want some space.
for disk in ext4:8M xfs:300M btrfs:110M; do
	name=${disk%:*}
	if make_disk "$name" "${disk#*:}" "$tree/data" 2>"$work/log"; then
		on "$name"
		rm -f "$work/$name.disk"
	elif grep -qw "$name" /proc/filesystems; then
		fail "environment $name: can be entered" "$(<"$work/log")"
	else
		absent "$name" "this kernel has none"
	fi
done

mount -t tmpfs -o mode=755 tmpfs "$tree/data" && on "tmpfs"

# --- overlays -----------------------------------------------------------------------------------------------------------------

# What the environment wants to find is in the lower layer, so that the start has it copied up.
# shellcheck disable=SC2016 # the dollars are for the shell inside
overlay='mount -t tmpfs tmpfs "$0" && cd "$0" && mkdir -p lower/sub upper work && touch lower/file lower/sub/file &&
	ln -s /etc/passwd lower/sub/link && mount -t overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" overlay "$0"'
sh -c "$overlay" "$tree/data" && on "overlayfs"
# An unprivileged one, as rootless engines make it.
chown -hR 100000:100000 "$tree" && fresh 100000:100000
environment "overlayfs in a user namespace" in_tree_under "$tree" "$shared/tools/userns" "0 100000 65536" "0 100000 65536" allow \
	unshare --mount sh -c "$overlay"' && exec "$@"' "$tree/data" --
chown -hR 0:0 "$tree"

# --- FUSE ---------------------------------------------------------------------------------------------------------------------

# It knows no mkdir: what is needed is there.
backing=$work/backing
mkdir -p "$backing/sub" && touch "$backing/file" "$backing/sub/file" && ln -s /etc/passwd "$backing/sub/link"
fresh
mount_slowfs "$backing" "$tree/data" 0
environment "FUSE" in_tree "$tree"
unmount_slowfs "$tree/data"

# --- read-only, and with other ids --------------------------------------------------------------------------------------------

for ids in 0:0 5000:5000; do
	name="a read-only bind mount of $ids"
	chown -hR "$ids" "$backing"
	mount --bind "$backing" "$tree/data" && mount -o remount,bind,ro "$tree/data"
	capture in_tree "$tree" stepdown --user "$ids" --allow-root --own /data probe uid
	result "environment $name: nothing is wrong, and only that it cannot be written to is told" 0 \
		"$(identity "${ids%:*}" 0 0 | head -n 1)" "^stepdown: checking that the user can write: '/data': Read-only file system[^"$'\n'"]*\$"
	cannot_change "$name" 'Read-only file system \(a read-only mount\)'
	data_is "$ids" "$backing" "$name: nothing has changed"
	umount "$tree/data"
done

# The ids 0 to 65535 are 100000 and so on on the disk; whoever has none of these ids is nobody, and cannot be given anything.
# show_disk COUNT: that many ids are mapped.
show_disk() {
	"$shared/tools/userns" "100000 0 $1" "100000 0 $1" mount "$work/disk" "$tree/data"
}
mkdir "$work/disk" && make_disk ext4 8M "$work/disk" && defer umount --lazy "$work/disk"
if show_disk 65536 2>"$work/log"; then
	chown 0:0 "$tree/data"
	on "an idmapped mount"
	data_is 110001:110002 "$work/disk" "an idmapped mount: on the disk they are other ids"
	chown -hR 100000:100000 "$work/disk"
	show_disk 5
	cannot_change "an idmapped mount with few ids" '[^:]*\(not mapped on that mount or in this namespace\)'
	data_is 100000:100000 "$work/disk" "an idmapped mount with few ids: nothing has changed"
elif grep -Eq 'not implemented|Invalid argument' "$work/log"; then
	absent "an idmapped mount" "$(<"$work/log")"
else
	fail "environment an idmapped mount: it can be made" "$(<"$work/log")"
fi

grep -qw nfs4 /proc/filesystems || absent "NFS" "this kernel has no client for it; tests/e2e/nfs has it in a machine of its own"
done_testing
