#!/bin/bash
# Attackers on the way to a volume and around its mounts, while it is fixed over and over; S16's own are in 35 and 86.
#
# quick: left out, because it attacks for a minute.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree neighbours)
install -m 755 "$shared/tools/storm" "$tree/storm"
# At least in each case; there is a start for each 750.
declare -i exchanges
exchanges=$(sample 15000 500000 7500)

# What an attacker wants, root's and beside the volume; the volume is the application's.
fresh() {
	rm -rf "$tree/data" "$tree/outside"
	mkdir -p "$tree/data" "$tree/free" "$tree/outside/inner/deep"
	touch "$tree/outside/secret" "$tree/outside/inner/secret" "$tree/outside/inner/deep/secret"
}

stolen() {
	(cd "$tree" && find outside '(' ! -user 0 -o ! -group 0 ')' -printf '%p %U:%G\n')
}

# The attacker comes again until there were enough starts.
attack() {
	until [[ -e $work/over ]]; do
		timeout -k 5 200 chroot "$tree" /storm quiet /free 1000 "$exchanges" 120 "$@" || return
	done
}

# race NAME BELOW OPTION... -- PAIR...: he exchanges the names, while stepdown runs with the options, and before each start what is
# below BELOW becomes root's. A start may end well or refuse what it finds.
race() {
	local name=$1 below=$2
	local -i well=0 refused=0 strange=0 thefts=0 exchanged attacker
	local -a options=()

	shift 2
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	rm -f "$work/over"
	attack "$@" >"$work/storm" 2>&1 </dev/null &
	attacker=$!
	wait_until 10 grep -q ready "$work/storm"
	until ((well + refused + strange >= exchanges / 750)) && grep -q exchanged "$work/storm"; do
		chown -hR -P 0:0 "$tree$below"/* 2>/dev/null
		start_beside_attackers "$tree" "${options[@]}"
		[[ -z $(stolen) ]] || thefts+=1
		! process_is_gone "$attacker" || break
	done
	touch "$work/over"
	wait "$attacker"
	status=$?
	exchanged=$(awk '$1 == "exchanged" { sum += $2 } END { print sum + 0 }' "$work/storm")
	diag "$name: names exchanged $exchanged, starts that ended well $well, that refused $refused"
	ok "$name: the attacker was there, and so was stepdown" test "$status" -eq 0 -a "$exchanged" -ge "$exchanges" -a $((well + refused)) -ge $((exchanges / 750))
	is "$strange" 0 "$name: every start ended well or refused"
	is "$thefts" 0 "$name: nothing outside has changed owner"
}

# A directory on the way is exchanged for a link: whatever of the two is met, what is behind the link is left.
fresh && mkdir -p "$tree/data/way/deep" && touch "$tree/data/way/secret" "$tree/data/way/deep/secret" && ln -s /outside/inner "$tree/data/link"
chown -hR 1000:1000 "$tree/data" && chown -R 0:0 "$tree/data/way/deep"
race "S15_directory_on_the_way_and_link_exchanged" /data/way/deep --own /data/way/deep -- /data/way /data/link
fresh && mkdir -p "$tree/data/way" && touch "$tree/data/way/secret" && ln -s /outside "$tree/data/link" && chown -hR 1000:1000 "$tree/data"
race "S15_directory_for_mkdir_and_link_exchanged" /data/way --mkdir /data/way/new --own-top /data/way/secret -- /data/way /data/link
is "$(find "$tree/outside" -name new)" '' "S15_directory_for_mkdir_and_link_exchanged: nothing is made outside"

# The name of a file that has another link outside wanders from one directory to the other, so that a walk may meet it twice: that is as
# many as it has links, but not all of them.
fresh && mkdir "$tree/data"/{a,b,c} && touch "$tree/data"/{a,b,c}/{1,2,3,4} && ln "$tree/outside/secret" "$tree/data/a/linked"
ln "$tree/outside/inner/secret" "$tree/data/b/linked" && chown 1000:1000 "$tree/data" "$tree/data"/{a,b,c}
race "S17_linked_name_that_wanders" /data/b --own /data -- /data/a/linked /data/b/1 /data/b/1 /data/c/2 /data/b/linked /data/a/3 /data/a/3 /data/c/4

# Directories are exchanged of which one has a mount in it, of the same file system.
fresh && mkdir -p "$tree/data"/{a,b}/{mount,sub} && touch "$tree/data"/{a,b}/sub/file "$tree/data/b/mount/file"
mount --bind "$tree/outside" "$tree/data/a/mount" && defer umount --lazy "$tree/data/a/mount" && defer umount --lazy "$tree/data/b/mount"
chown 1000:1000 "$tree/data" "$tree/data"/{a,b}
race "S19_directories_with_and_without_a_mount_exchanged" /data/a/sub --own /data -- /data/a /data/b
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
declare -i walks=0 failures=0
for ((; walks < exchanges / 750; walks++)); do
	chown 0:0 "$tree/data" "$tree/data/sub" "$tree/data/sub/file"
	capture in_tree "$tree" stepdown --user app --own /data -q true
	((status == 0)) || failures+=1
done
touch "$work/gone"
wait "$comer"
ok "S19_the_mount_has_come_and_gone" test "$(<"$work/times")" -gt 1
is "$failures $(stolen)" '0 ' "S19_mount_that_comes_and_goes: nothing outside has changed owner"

# A read-only mount in the volume is another mount: it stays, and is no failure.
fresh && mkdir "$tree/data/sub" && touch "$tree/data/file" && mount --bind "$tree/outside" "$tree/data/sub" &&
	mount -o remount,bind,ro "$tree/data/sub" && defer umount --lazy "$tree/data/sub"
capture in_tree "$tree" stepdown --user app --own /data probe uid
result "S36_read_only_mount_in_the_volume: the container starts" 0 'uid 1000 1000 1000 1000' "$no_message|changed"
is "$(stat -c %u "$tree/data" "$tree/data/file" "$tree/data/sub" | xargs) $(stolen)" '1000 1000 0 ' \
	"S36_read_only_mount_in_the_volume: the rest is fixed, and it is left"

done_testing
