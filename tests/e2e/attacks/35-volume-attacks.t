#!/bin/bash
# Ownership of the volumes: what must never change owner. In a tree without an engine; $tree/outside is what an attacker wants.
#
# quick: left out, because it has an attacker beside many starts.

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

# own NAME STATUS PATTERN OPTION...: runs it, and nothing outside has changed.
own() {
	capture in_tree "$tree" stepdown --user app "${@:4}" probe uid
	if [[ $2 == 125 ]]; then
		result "$1" 125 '' "$3"
	else
		result "$1" 0 'uid 1000 1000 1000 1000' "$3"
	fi
	is "$(find "$tree/outside" ! -user 0 -o ! -group 0)" '' "$1, outside"
}

owner_of() {
	(cd "$tree" && stat -c '%n %u:%g' "$@")
}

fresh
ln -s /outside "$tree/data/directory" && ln -s /outside/secret "$tree/data/file" && ln -s /nowhere "$tree/data/sub/dangling"
own "S14_links_in_the_tree_are_not_followed" 0 '' --own /data
is "$(owner_of data/directory data/file data/sub/dangling data/sub/file)" "data/directory 1000:1000
data/file 1000:1000
data/sub/dangling 1000:1000
data/sub/file 1000:1000" "S14_links_themselves_are_owned"

fresh
chown 1000:1000 "$tree/data" && ln -s /outside "$tree/data/link" && ln -s ../outside/dir "$tree/data/relative"
for path in /data/link /data/link/ /data/link/dir /data/relative /data/relative/file; do
	own "S15_link_of_the_user_on_the_way: --own $path" 125 "'/data/" --own "$path"
	own "S15_link_of_the_user_on_the_way: --own-top $path" 125 "'/data/" --own-top "$path"
done
own "S15_link_of_the_user_on_the_way: --mkdir" 125 "'/data/link" --mkdir /data/link/new/deep
ok "S15_nothing_is_made_behind_it" test ! -e "$tree/outside/new"
# A link that root made counts as the user's when the directory is the user's; he may have put it there by a rename.
ln -s /outside "$tree/data/rootlink" && chown -h 0:0 "$tree/data/rootlink"
own "S15_link_of_root_in_a_directory_of_the_user" 125 "'/data/rootlink'" --own /data/rootlink
mkdir -m 1777 "$tree/data/tmp" && chown 0:0 "$tree/data" "$tree/data/tmp" && ln -s /outside "$tree/data/tmp/link"
own "S15_link_in_a_directory_that_all_may_write_to" 125 "'/data/tmp/link'" --own /data/tmp/link
# The same by a rename further up: a directory of root's, with root's link in it, takes the place of another one.
fresh
mkdir -p "$tree"/data/app/{now/volume,old} && ln -s /outside "$tree/data/app/old/volume" && chown 1000:1000 "$tree/data/app"
own "S15_directory_of_root_below_the_users: the first start" 0 '' --own /data/app/now/volume
mv "$tree/data/app/now" "$tree/data/app/then" && mv "$tree/data/app/old" "$tree/data/app/now"
own "S15_directory_of_root_below_the_users: moved" 125 "'/data/app/now/volume'" --own /data/app/now/volume
mkdir -p "$tree/run/app/sub"
own "S15_link_of_root_is_followed" 0 '' --own /var/run/app
is "$(owner_of run run/app run/app/sub)" $'run 0:0\nrun/app 1000:1000\nrun/app/sub 1000:1000' "S15_link_of_root_is_followed, to its target"

touch "$tree/file"
own "S20_a_file_in_the_root_directory" 125 "'/file': it is a file of the system" --own-top /file
for option in --own --own-once --own-top --mkdir; do
	own "S20_the_directory_of_programs: $option" 125 "'/usr/local/bin', which belongs to the system" "$option" /usr/local/../local/bin/
done

fresh
mkdir -p "$tree/data/made" && own "what_mkdir_makes_is_owned_with_the_tree_it_lies_in" 0 '' --own /data --mkdir /data/made/by/mkdir
is "$(owner_of data/made data/made/by data/made/by/mkdir)" $'data/made 1000:1000\ndata/made/by 1000:1000\ndata/made/by/mkdir 1000:1000' \
	"what_mkdir_makes_is_owned_with_the_tree_it_lies_in, its parents too"

fresh
own "own_a_single_file" 0 '' --own /data/sub/file
is "$(owner_of data/sub data/sub/file)" $'data/sub 0:0\ndata/sub/file 1000:1000' "own_a_single_file_and_nothing_else"

fresh
ln "$tree/outside/secret" "$tree/data/linked"
ln "$tree/data/sub/file" "$tree/data/pair"
own "S17_hard_link_to_a_file_outside_is_left_and_told" 0 "'/data/linked'" --own /data
is "$(owner_of data/pair data/sub/file)" $'data/pair 1000:1000\ndata/sub/file 1000:1000' "S17_a_pair_inside_is_fixed"
own "S17_hard_link_to_a_file_outside_is_an_error_with_strict" 125 "'/data/linked'" --own /data --strict
fresh
mkdir "$tree/data/many" && touch "$tree/data/many/first" &&
	(cd "$tree/data/many" && for ((i = 0; i < 300; i++)); do mkdir "$i" && ln first "$i/file"; done)
ln "$tree/outside/secret" "$tree/data/many/7/secret"
own "S17_many_links_of_one_file" 0 "'/data/many/7/secret'" --own /data
is "$(find "$tree/data" ! -user 1000)" "$tree/data/many/7/secret" "S17_many_links_of_one_file_are_fixed"

fresh
mkdir "$tree/data/mount" && mount --bind "$tree/outside" "$tree/data/mount" && defer umount "$tree/data/mount"
own "S19_bind_mount_of_the_same_file_system_is_not_entered" 0 '' --own /data
is "$(owner_of data/sub/file)" "data/sub/file 1000:1000" "S19_the_rest_is_fixed"
umount "$tree/data/mount"
touch "$tree/data/sub/single" && mount --bind "$tree/outside/secret" "$tree/data/sub/single" && defer umount "$tree/data/sub/single"
chown 0:0 "$tree/data" "$tree/data/sub"
own "S19_bind_mount_of_a_single_file_is_left" 0 '' --own /data
umount "$tree/data/sub/single"

fresh
ln -s /etc "$tree/linked-etc" && ln -s . "$tree/linked-root"
for path in / // /. /data/.. /etc //etc/ /etc/. /data/../etc /linked-etc /linked-etc/ /linked-root /linked-root/usr /usr /bin /sbin /lib \
	/proc /sys /dev /root/../usr/bin; do
	[[ -e $tree$path ]] || mkdir "$tree$path"
	before=$(find "$tree" -xdev ! -user 0 -printf '%P %U\n' | sort)
	own "S20_refused: $path" 125 "^stepdown: " --own "$path"
	is "$(find "$tree" -xdev ! -user 0 -printf '%P %U\n' | sort)" "$before" "S20_refused: $path, nothing changed"
done
capture in_tree "$tree" sh -c 'cd / && exec stepdown --user app --own etc probe uid'
result "S20_refused: a relative path" 125 '' '^stepdown: '
for option in --own-top --mkdir; do
	own "S20_refused: $option /etc" 125 "'/etc'" "$option" /etc
done
for option in --own --own-top; do
	own "S20_refused: $option /etc/passwd" 125 "it is a file of the system" "$option" /etc/passwd
done
is "$(owner_of etc etc/passwd)" $'etc 0:0\netc/passwd 0:0' "S20_etc_stays_roots"

fresh
chown -R 1000:1000 "$tree/data"
touch "$tree/data/suid" "$tree/data/suid-of-root" "$tree/data/caps" && chown 1000:1000 "$tree/data/suid" "$tree/data/caps"
chmod 4755 "$tree/data/suid" "$tree/data/suid-of-root"
setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$tree/data/caps"
before=$(cd "$tree/data" && stat -c '%n %a %z' . sub sub/file suid caps)
own "S21_what_is_right_is_not_touched" 0 '' --own /data
is "$(cd "$tree/data" && stat -c '%n %a %z' . sub sub/file suid caps)" "$before" "S21_mode_and_time_stay"
ok "S21_file_capabilities_stay" getfattr -n security.capability "$tree/data/caps"
is "$(stat -c '%u %a' "$tree/data/suid-of-root")" "1000 755" "S21_setuid_bits_that_a_change_strips_are_not_put_back"

# The same on overlayfs, where every touch would copy a file up.
mkdir "$work/overlay" && mount -t tmpfs -o size=16m tmpfs "$work/overlay" && defer umount -l "$work/overlay"
mkdir -p "$work/overlay"/{lower/sub,upper,work} && touch "$work/overlay/lower/file" "$work/overlay/lower/sub/file"
chown -R 1000:1000 "$work/overlay/lower" "$work/overlay/upper"
if mount -t overlay -o "lowerdir=$work/overlay/lower,upperdir=$work/overlay/upper,workdir=$work/overlay/work" overlay "$tree/data"; then
	defer umount "$tree/data"
	own "S21_overlay" 0 '' --own /data
	is "$(find "$work/overlay/upper" -mindepth 1)" '' "S21_overlay_copies_nothing_up"
	chown 0:0 "$tree/data/sub/file"
	own "S21_overlay_with_one_wrong" 0 '' --own /data
	is "$(find "$work/overlay/upper" -mindepth 1 -printf '%P %U\n' | sort)" $'sub 1000\nsub/file 1000' "S21_overlay_only_that_one"
	umount "$tree/data"
else
	skip "S21_overlay" "overlayfs cannot be mounted"
fi

fresh
mkfifo "$tree/data/fifo" && mknod "$tree/data/block" b 7 0 && mknod "$tree/data/sub/null" c 1 3
own "S22_fifo_without_a_reader_and_devices" 0 '' --own /data
is "$(owner_of data/fifo data/block data/sub/null data/sub/file)" "data/fifo 1000:1000
data/block 0:0
data/sub/null 0:0
data/sub/file 1000:1000" "S22_devices_are_not_given_away"
own "S22_a_device_as_the_path" 0 "'/data/block'" --own-top /data/block
is "$(owner_of data/block)" "data/block 0:0" "S22_a_device_as_the_path_is_not_given_away"

# The attacker exchanges two names in his directory, as fast as he can, while the volume is fixed again and again.
# attack NAME DIRECTORY FIRST OTHER [COMMAND…]: the command stands in front of the one under test.
attack() {
	local -i count=100000 rounds=0
	local directory=$tree$2

	chown 1000:1000 "$directory"
	(cd "$directory" && exec chroot --userspec=1000:1000 --skip-chdir / "$shared/tools/swap" "$3" "$4" "$count") >"$work/swaps" 2>&1 </dev/null &
	wait_until 10 grep -q ready "$work/swaps"
	until process_is_gone $!; do
		chown -hR -P 0:0 "$directory"/* 2>/dev/null
		capture timeout -k 5 60 "${@:5}" env -i PATH="$image_path" chroot "$tree" stepdown --user app --own /data true
		rounds+=1
	done
	is "$(tail -n 1 "$work/swaps")" "$count" "$1, the attacker was there"
	ok "$1, for $rounds walks" test "$rounds" -ge 1 -a "$status" -eq 0
	is "$(find "$tree/outside" ! -user 0 -o ! -group 0)" '' "$1"
}
fresh && ln -s /outside "$tree/data/link"
attack "S16_directory_and_link_exchanged" /data sub link
fresh && ln -s /outside/secret "$tree/data/link" && touch "$tree/data/file"
attack "S16_file_and_link_exchanged" /data file link
fresh && ln "$tree/outside/secret" "$tree/data/linked" && touch "$tree/data/file"
attack "S16_file_and_hard_link_exchanged" /data file linked
fresh && ln -s /outside/dir "$tree/data/sub/link" && mkdir "$tree/data/sub/directory" && touch "$tree/data/sub/directory/file"
attack "S16_directory_and_link_exchanged_further_down" /data/sub directory link
fresh && ln -s /outside "$tree/data/link" && chmod 700 "$tree/data" "$tree/data/sub"
attack "S35_private_directory_and_link_exchanged" /data sub link setpriv --bounding-set=-all,+chown,+setuid,+setgid,+sys_chroot

# Depth and width: descriptors and path lengths are bounded.
fresh
# From the bottom up, because the whole path is longer than a path may be.
mkdir "$work/deep" && touch "$work/deep/bottom"
for ((i = 0; i < 8; i++)); do
	path=$work/level.$i$(printf '/a-long-name%.0s' {1..200})
	mkdir -p "$path" && mv "$work/deep" "$path/deep" && mv "$work/level.$i" "$work/deep"
done
mv "$work/deep" "$tree/data/deep"
capture in_tree "$tree" sh -c 'ulimit -n 64; exec stepdown --user app --own /data probe uid'
result "deep_tree_with_few_descriptors" 0 'uid 1000 1000 1000 1000'
is "$(find "$tree/data" ! -user 1000 | wc -l)" 0 "deep_tree_is_fixed_to_the_bottom"

done_testing
