#!/bin/bash
# S14 to S17 on each file system: a swarm of processes of the application's changes the whole volume at random while root's starts
# walk it. In it are hard links of root's files outside; those, and what the swarm's links lead to, never change owner. 86 and 94
# aim at single moments, on one file system.
#
# quick: left out, because it makes file systems for a minute.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools
need_commands mkfs.ext4 mkfs.xfs mkfs.btrfs

tree=$(copy_tree storms) || exit
declare -i starts seed
starts=$(sample 9 5000 2)
seed=$(random_seed)
mkdir "$tree/place"
install -m 755 "$shared/tools/swarm" "$tree/swarm"
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

stolen() {
	(cd "$tree/place" && find outside free/sentinel '(' ! -user 0 -o ! -group 0 ')' -printf '%p %U:%G\n')
}

declare -a options=("--own /place/data" "--own /place/data" "--own /place/data/d1:/place/data/n2" "--own-once /place/data"
	"--mkdir /place/data/d2/d3" "--own-top /place/data/d0/n1:/place/data/d3")

storm() {
	local kind=$1 swarm
	local -i well=0 refused=0 strange=0 thefts=0
	local -a words

	"$tree/swarm" "$tree/place" 1000 2 "$seed" >"$work/swarm" 2>&1 </dev/null &
	swarm=$!
	defer kill "$swarm"
	wait_until 10 grep -q ready "$work/swarm"
	while ((well + refused + strange < starts)); do
		read -ra words <<<"${options[(well + refused + strange) % ${#options[@]}]}"
		start_beside_attackers "$tree" "${words[@]}"
		[[ -z $(stolen) ]] || { thefts+=1 && break; }
	done
	kill "$swarm" && wait "$swarm"
	status=$?
	diag "$kind: seed $seed, starts that ended well $well, that refused $refused; $(tail -n 1 "$work/swarm")"
	ok "S14_S15_S16_S17_storm: $kind: the swarm was there, and so was stepdown" test "$status" -eq 0 -a "$well" -gt 0 -a \
		"$(awk '/^renamed/ { print ($2 > 0 && $4 > 0 && $6 > 0 && $8 > 0 && $16 > 0) }' "$work/swarm")" = 1
	is "$strange" 0 "S14_S15_S16_S17_storm: $kind: every start ended well or refused"
	is "$thefts $(stolen)" '0 ' "S14_S15_S16_S17_storm: $kind: nothing outside has changed owner"
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
	storm "$kind"
	umount "$tree/place"
	rm -f "$work/disk.$kind"
done

done_testing
