#!/bin/bash
# Ownership of the volumes: what must never change owner. In a tree without an engine; $tree/outside is what an attacker wants.
# quick: left out, because it starts a hundred times.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree volumes)

# A new volume with something to fix, and the things outside, all root's.
fresh() {
	rm -rf "$tree/data" "$tree/outside"
	mkdir -p "$tree/data/sub" "$tree/outside/dir"
	touch "$tree/data/sub/file" "$tree/outside/secret" "$tree/outside/dir/file"
}

# wrong DIRECTORY...: what in there is not app's.
wrong() {
	(cd "$tree" && find "$@" '(' ! -user 1000 -o ! -group 1000 ')' -printf '%p %U:%G\n' | sort)
}

# own NAME PATTERN LEFT OPTION...: the command runs, and in the volume LEFT is not app's. Nothing outside has changed.
own() {
	capture in_tree "$tree" stepdown --user app "${@:4}" probe uid
	output+=$'\n'$(wrong data)$'\n'$(find "$tree/outside" ! -user 0 -o ! -group 0)
	result "$1" 0 $'uid 1000 1000 1000 1000\n'"$3"$'\n' "$2"
}

# refuse NAME PATTERN OPTION...: the start ends, and nothing has changed owner.
refuse() {
	local before

	before=$(find "$tree" -xdev -printf '%P %U:%G\n' | sort)
	capture in_tree "$tree" stepdown --user app "${@:3}" probe uid
	output+=$(diff <(printf '%s\n' "$before") <(find "$tree" -xdev -printf '%P %U:%G\n' | sort))
	result "$1" 125 '' "^stepdown: .*$2"
}

owner_of() {
	(cd "$tree" && stat -c '%n %u:%g' "$@")
}

# --- links ----------------------------------------------------------------------------------------------------------------------

fresh
ln -s /outside "$tree/data/directory" && ln -s /outside/secret "$tree/data/file" && ln -s /nowhere "$tree/data/sub/dangling"
own "S14_links_in_the_tree_are_not_followed" '' '' --own /data

fresh
chown 1000:1000 "$tree/data" && ln -s /outside "$tree/data/link" && ln -s ../outside/dir "$tree/data/relative"
for path in /data/link /data/link/ /data/link/dir /data/relative /data/relative/file; do
	refuse "S15_link_of_the_user_on_the_way: --own $path" "'/data/" --own "$path"
	refuse "S15_link_of_the_user_on_the_way: --own-top $path" "'/data/" --own-top "$path"
done
refuse "S15_link_of_the_user_on_the_way: --mkdir" "'/data/link" --mkdir /data/link/new/deep
# A link that root made counts as the user's when the directory is the user's; he may have put it there by a rename.
ln -s /outside "$tree/data/rootlink" && chown -h 0:0 "$tree/data/rootlink"
refuse "S15_link_of_root_in_a_directory_of_the_user" "'/data/rootlink'" --own /data/rootlink
mkdir -m 1777 "$tree/data/tmp" && chown 0:0 "$tree/data" "$tree/data/tmp" && ln -s /outside "$tree/data/tmp/link"
refuse "S15_link_in_a_directory_that_all_may_write_to" "'/data/tmp/link'" --own /data/tmp/link
# The same by a rename further up: a directory of root's, with root's link in it, takes the place of another one.
fresh
mkdir -p "$tree"/data/app/{now/volume,old} && ln -s /outside "$tree/data/app/old/volume" && chown 1000:1000 "$tree/data/app"
mv "$tree/data/app/now" "$tree/data/app/then" && mv "$tree/data/app/old" "$tree/data/app/now"
refuse "S15_directory_of_root_below_the_users" "'/data/app/now/volume'" --own /data/app/now/volume
mkdir -p "$tree/run/app/sub" && rm -r "$tree/data/"*
own "S15_link_of_root_is_followed" '' 'data 0:0' --own /var/run/app
is "$(owner_of run run/app run/app/sub)" $'run 0:0\nrun/app 1000:1000\nrun/app/sub 1000:1000' "S15_link_of_root_is_followed, to its target"

fresh
mkdir -p "$tree/data/made" && own "what_mkdir_makes_is_owned_with_the_tree_it_lies_in" '' '' --own /data --mkdir /data/made/by/mkdir
fresh
own "own_a_single_file" '' $'data 0:0\ndata/sub 0:0' --own /data/sub/file

fresh
ln "$tree/outside/secret" "$tree/data/linked"
ln "$tree/data/sub/file" "$tree/data/pair"
own "S17_hard_link_to_a_file_outside_is_left_and_told" "'/data/linked'" 'data/linked 0:0' --own /data
is "$(owner_of data/pair data/sub/file)" $'data/pair 1000:1000\ndata/sub/file 1000:1000' "S17_a_pair_inside_is_fixed"
refuse "S17_hard_link_to_a_file_outside_is_an_error_with_strict" "'/data/linked'" --own /data --strict
fresh
mkdir -p "$tree/data/many/"{1..300} && touch "$tree/data/many/first"
for directory in "$tree/data/many/"*/; do
	ln "$tree/data/many/first" "$directory/file"
done
ln "$tree/outside/secret" "$tree/data/many/7/secret"
own "S17_many_links_of_one_file" "'/data/many/7/secret'" 'data/many/7/secret 0:0' --own /data

# --- mounts, and what belongs to the system ---------------------------------------------------------------------------------------

fresh
mkdir "$tree/data/mount" && mount --bind "$tree/outside" "$tree/data/mount" && defer umount "$tree/data/mount"
own "S19_bind_mount_of_the_same_file_system_is_not_entered" '' $'data/mount 0:0\ndata/mount/dir 0:0\ndata/mount/dir/file 0:0\ndata/mount/secret 0:0' --own /data
umount "$tree/data/mount"
touch "$tree/data/sub/single" && mount --bind "$tree/outside/secret" "$tree/data/sub/single" && defer umount "$tree/data/sub/single"
chown 0:0 "$tree/data" "$tree/data/sub" "$tree/data/mount"
own "S19_bind_mount_of_a_single_file_is_left" '' 'data/sub/single 0:0' --own /data
umount "$tree/data/sub/single"

fresh
touch "$tree/file"
ln -s /etc "$tree/linked-etc" && ln -s . "$tree/linked-root"
for path in / // /. /data/.. /etc //etc/ /etc/. /data/../etc /linked-etc /linked-etc/ /linked-root /linked-root/usr /usr /bin /sbin /lib \
	/proc /sys /dev /root/../usr/bin; do
	[[ -e $tree$path ]] || mkdir "$tree$path"
	refuse "S20_refused: $path" '' --own "$path"
done
refuse "S20_refused: a relative path" '' --own etc
for option in --own --own-once --own-top --mkdir; do
	refuse "S20_refused: $option /usr/local/bin" "'/usr/local/bin', which belongs to the system" "$option" /usr/local/../local/bin/
done
for option in --own --own-top; do
	refuse "S20_refused: $option of a file" "it is a file of the system" "$option" /etc/passwd
	refuse "S20_refused: $option of a file in the root directory" "'/file': it is a file of the system" "$option" /file
done

# --- what a change takes away ------------------------------------------------------------------------------------------------------

fresh
chown -R 1000:1000 "$tree/data"
touch "$tree/data/suid" "$tree/data/suid-of-root" "$tree/data/caps" && chown 1000:1000 "$tree/data/suid" "$tree/data/caps"
chmod 4755 "$tree/data/suid" "$tree/data/suid-of-root"
setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$tree/data/caps"
before=$(cd "$tree/data" && stat -c '%n %a %z' . sub sub/file suid caps)
own "S21_what_is_right_is_not_touched" '' '' --own /data
is "$(cd "$tree/data" && stat -c '%n %a %z' . sub sub/file suid caps)" "$before" "S21_mode_and_time_stay"
ok "S21_file_capabilities_stay" getfattr -n security.capability "$tree/data/caps"
is "$(stat -c '%u %a' "$tree/data/suid-of-root")" "1000 755" "S21_setuid_bits_that_a_change_strips_are_not_put_back"

# The same on overlayfs, where every touch would copy a file up.
mkdir "$work/overlay" && mount -t tmpfs -o size=16m tmpfs "$work/overlay" && defer umount -l "$work/overlay"
mkdir -p "$work/overlay"/{lower/sub,upper,work} && touch "$work/overlay/lower/file" "$work/overlay/lower/sub/file"
chown -R 1000:1000 "$work/overlay/lower" "$work/overlay/upper"
if mount -t overlay -o "lowerdir=$work/overlay/lower,upperdir=$work/overlay/upper,workdir=$work/overlay/work" overlay "$tree/data"; then
	defer umount "$tree/data"
	own "S21_overlay" '' '' --own /data
	is "$(find "$work/overlay/upper" -mindepth 1)" '' "S21_overlay_copies_nothing_up"
	chown 0:0 "$tree/data/sub/file"
	own "S21_overlay_with_one_wrong" '' '' --own /data
	is "$(find "$work/overlay/upper" -mindepth 1 -printf '%P %U\n' | sort)" $'sub 1000\nsub/file 1000' "S21_overlay_only_that_one"
	umount "$tree/data"
else
	skip "S21_overlay" "overlayfs cannot be mounted"
fi

fresh
mkfifo "$tree/data/fifo" && mknod "$tree/data/block" b 7 0 && mknod "$tree/data/sub/null" c 1 3
own "S22_fifo_without_a_reader_and_devices" '' $'data/block 0:0\ndata/sub/null 0:0' --own /data
is "$(owner_of data/fifo data/block)" $'data/fifo 1000:1000\ndata/block 0:0' "S22_devices_are_not_given_away"
own "S22_a_device_as_the_path" "'/data/block'" $'data/block 0:0\ndata/sub/null 0:0' --own-top /data/block

done_testing
