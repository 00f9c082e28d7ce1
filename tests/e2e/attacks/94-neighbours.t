#!/bin/bash
# Attackers on the way to a volume and around its mounts, while it is fixed over and over; those in the volume are in 86.
#
# quick: left out, because it attacks for a minute.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands mkfs.xfs
source "$e2e_directory/storm.bash"

starts=$(sample 12 650 10)

# outside is root's and what an attacker wants; the volume beside it is the application's.
fresh() {
	local root=$tree$place

	rm -rf "$root/data" "$root/outside"
	mkdir -p "$root/data" "$root/free" "$root/outside/inner/deep"
	touch "$root/outside/secret" "$root/outside/inner/secret" "$root/outside/inner/deep/secret" "$root/free/sentinel"
}

# A directory on the way is exchanged for a link: whatever of the two is met, what is behind the link is left.
fresh && mkdir -p "$tree/data/way/deep" && touch "$tree/data/way/secret" "$tree/data/way/deep/secret" && ln -s /outside/inner "$tree/data/link"
chown -hR 1000:1000 "$tree/data" && chown -R 0:0 "$tree/data/way/deep"
besiege "S15_directory_on_the_way_and_link_exchanged" quiet /data/way/deep 5000 "--own /data/way/deep" -- /data/way /data/link
fresh && mkdir -p "$tree/data/way" && touch "$tree/data/way/secret" && ln -s /outside "$tree/data/link" && chown -hR 1000:1000 "$tree/data"
besiege "S15_directory_for_mkdir_and_link_exchanged" quiet /data/way 5000 "--mkdir /data/way/new --own-top /data/way/secret" -- /data/way /data/link
is "$(find "$tree/outside" -name new)" '' "S15_directory_for_mkdir_and_link_exchanged: nothing is made outside"

# The name of a file that has another link outside wanders from one directory to the other, so that a walk may meet it twice: that is as
# many as it has links, but not all of them. On XFS the exchange does not even change the ctime of the file.
place=/xfs data=$tree/xfs/data
mkdir "$tree/xfs"
make_disk xfs 300M "$tree/xfs" || skip S17_linked_name_that_wanders "xfs cannot be mounted, so the file system is another"
fresh && mkdir "$data"/{a,b,c} && touch "$data"/{a,b,c}/{1,2,3,4} && ln "$tree/xfs/outside/secret" "$data/a/linked"
ln "$tree/xfs/outside/inner/secret" "$data/b/linked" && chown 1000:1000 "$data" "$data"/{a,b,c}
wandering=(a/linked b/1 b/1 c/2 b/linked a/3 a/3 c/4)
besiege "S17_linked_name_that_wanders" quiet /xfs/data/b 5000 "--own /xfs/data" -- "${wandering[@]/#//xfs/data/}"
umount "$tree/xfs"
place=''

# Directories are exchanged of which one has a mount in it, of the same file system.
fresh && mkdir -p "$tree/data"/{a,b}/{mount,sub} && touch "$tree/data"/{a,b}/sub/file "$tree/data/b/mount/file"
mount --bind "$tree/outside" "$tree/data/a/mount"
chown 1000:1000 "$tree/data" "$tree/data"/{a,b}
besiege "S19_directories_with_and_without_a_mount_exchanged" quiet /data/a/sub 5000 "--own /data" -- /data/a /data/b
umount "$tree/data/a/mount" 2>/dev/null || umount "$tree/data/b/mount"

# A mount that comes and goes, as a mount of a neighbour's does that is shared with this one.
# The attacker is root's own tool here, and has no interest in the owner.
fresh && mkdir -p "$tree/data/sub/mount" && touch "$tree/data/sub/file"
come_and_go() {
	local -i times=0

	until [[ -e $work/gone ]]; do
		mount --bind "$tree/outside" "$tree/data/sub/mount" && umount --lazy "$tree/data/sub/mount" && times+=1
	done
	echo "$times" >"$work/times"
}
come_and_go >/dev/null 2>&1 &
comer=$!
declare -i failures=0
for ((walks = 0; walks < starts; walks++)); do
	chown 0:0 "$tree/data" "$tree/data/sub" "$tree/data/sub/file"
	start "--own /data" || failures+=1
done
touch "$work/gone"
wait "$comer"
ok "S19_the_mount_has_come_and_gone" test "$(<"$work/times")" -gt 1
is "$failures $(stolen)" '0 ' "S19_mount_that_comes_and_goes: nothing outside has changed owner"

done_testing
