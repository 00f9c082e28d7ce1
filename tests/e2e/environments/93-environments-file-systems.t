#!/bin/bash
# Environments by the file system that a volume is on. Where it cannot be written to, the container starts and it is told.
#
# quick: left out, because it makes file systems.

# shellcheck disable=SC2016 # the dollars are for the shells inside
# shellcheck source-path=SCRIPTDIR source=../environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_environments
need_slowfs
need_commands mkfs.ext4 mkfs.xfs mkfs.btrfs setpriv

tree=$(copy_tree file-systems) || exit
mkdir "$tree/data"

# An empty volume is under /data, and the account files are the image's.
fresh() {
	rm -rf "${tree:?}/etc" && cp -a "$shared/busybox/etc" "$tree/etc"
}

enter() {
	in_tree "$tree" "$@"
}

# on NAME: the environment, and nothing of the volume or of what it was is left behind.
on() {
	fresh
	environment "$1" enter
	umount --recursive "$tree/data"
}

# --- disks --------------------------------------------------------------------------------------------------------------------

# make_disk NAME SIZE: mounts it under /data; xfs and btrfs want some space.
make_disk() {
	truncate -s "$2" "$work/$1.disk" && "mkfs.$1" -q "$work/$1.disk" >/dev/null && mount -o loop "$work/$1.disk" "$tree/data"
}
for disk in ext4:8M xfs:300M btrfs:110M; do
	name=${disk%:*}
	if ! make_disk "$name" "${disk#*:}" 2>"$work/log"; then
		if grep -qw "$name" /proc/filesystems; then
			fail "environment $name: can be entered" "$(<"$work/log")"
		else
			absent "$name" "this kernel has none"
		fi
		continue
	fi
	defer umount --lazy "$tree/data"
	rm -rf "$tree/data/lost+found"
	on "$name"
	rm -f "$work/$name.disk"
done

mount -t tmpfs -o mode=755 tmpfs "$tree/data" && on "tmpfs"

# --- overlays -----------------------------------------------------------------------------------------------------------------

# What the environment wants to find is in the lower layer, so that the start has it copied up.
lower='cd "$1/data" && mkdir -p lower/sub upper work && touch lower/file lower/sub/file && ln -s /etc/passwd lower/sub/link'

# layers DIRECTORY: the options of such a mount.
layers() {
	printf 'lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work' "$1" "$1" "$1"
}
mount -t tmpfs tmpfs "$tree/data" && sh -c "$lower" sh "$tree" && mount -t overlay -o "$(layers "$tree/data")" overlay "$tree/data" &&
	on "overlayfs"
chown -hR 100000:100000 "$tree"
# An unprivileged one, as rootless engines make it.
fresh && chown -R 100000:100000 "$tree/etc"
environment "overlayfs in a user namespace" "$shared/tools/userns" "0 100000 65536" "0 100000 65536" allow unshare --mount sh -c '
	tree=$1 options=$2 PATH=$3
	mount -t tmpfs tmpfs "$tree/data" && ('"$lower"') && mount -t overlay -o "$options" overlay "$tree/data" && shift 3 &&
		exec chroot "$tree" "$@"' sh "$tree" "$(layers "$tree/data")" "$image_path:$PATH"
chown -hR 0:0 "$tree"

# --- FUSE ---------------------------------------------------------------------------------------------------------------------

# It knows no mkdir: what is needed is there.
backing=$work/backing
mkdir -p "$backing/sub" && touch "$backing/file" "$backing/sub/file" && ln -s /etc/passwd "$backing/sub/link"
fresh
mount_slowfs "$backing" "$tree/data" 0
environment "FUSE" enter
unmount_slowfs "$tree/data"

# --- read-only, and with other ids --------------------------------------------------------------------------------------------

mount --bind -o ro "$backing" "$tree/data" && mount -o remount,bind,ro "$tree/data"
for ids in 0:0 5000:5000; do
	umount "$tree/data"
	chown -hR "$ids" "$backing"
	mount --bind "$backing" "$tree/data" && mount -o remount,bind,ro "$tree/data"
	capture enter stepdown --user "$ids" --allow-root --own /data probe uid
	result "environment a read-only bind mount of $ids: nothing is wrong, and only that it cannot be written to is told" 0 \
		"$(identity "${ids%:*}" 0 0 | head -n 1)" "^stepdown: checking that the user can write: '/data': Read-only file system[^"$'\n'"]*\$"
	capture enter stepdown --user 1000:1001 --own /data probe uid
	result "environment a read-only bind mount of $ids: what is wrong is counted, and the command runs" 0 \
		'uid 1000 1000 1000 1000' "'/data': entries skipped: 5 of 5, the first is '/data[^']*': Read-only file system \(a read-only mount\)"
	capture enter stepdown --user 1000:1001 --own /data --strict probe uid
	result "environment a read-only bind mount of $ids: an error with --strict" 125 '' "skipped.*Read-only file system"
	is "$(find "$backing" -printf '%U:%G\n' | sort -u)" "$ids" "environment a read-only bind mount of $ids: nothing has changed"
done
umount "$tree/data"

# The ids 0 to 65535 of the disk are 200000 and so on there; whoever has none of these ids is nobody, and cannot be given anything.
chown -hR 0:0 "$backing"
mkdir "$work/disk" && truncate -s 8M "$work/idmapped.disk" && mkfs.ext4 -q "$work/idmapped.disk" && mount -o loop "$work/idmapped.disk" "$work/disk"
defer umount --lazy "$work/disk"
rmdir "$work/disk/lost+found"
# show_disk COUNT: that many ids are mapped.
show_disk() {
	"$shared/tools/userns" "100000 0 $1" "100000 0 $1" mount "$work/disk" "$tree/data"
}
if show_disk 65536 2>"$work/log"; then
	chown 0:0 "$tree/data"
	on "an idmapped mount"
	is "$(find "$work/disk" -printf '%U:%G\n' | sort -u)" 110001:110002 "environment an idmapped mount: on the disk they are other ids"
	chown -hR 100000:100000 "$work/disk"
	show_disk 5
	capture enter stepdown --user 1000:1001 --own /data probe uid
	result "environment an idmapped mount with few ids: what is wrong is counted, and the command runs" 0 \
		'uid 1000 1000 1000 1000' "'/data': entries skipped: 5 of 5.*\(not mapped on that mount or in this namespace\)"
	capture enter stepdown --user 1000:1001 --own /data --strict probe uid
	result "environment an idmapped mount with few ids: an error with --strict" 125 '' 'not mapped on that mount'
	is "$(find "$work/disk" -printf '%U:%G\n' | sort -u)" 100000:100000 "environment an idmapped mount with few ids: nothing has changed"
	umount "$tree/data"
elif grep -Eq 'not implemented|Invalid argument' "$work/log"; then
	absent "an idmapped mount" "$(<"$work/log")"
else
	fail "environment an idmapped mount: it can be made" "$(<"$work/log")"
fi

grep -qw nfs4 /proc/filesystems || absent "NFS" "this kernel has no client for it; tests/e2e/nfs has it in a machine of its own"
done_testing
