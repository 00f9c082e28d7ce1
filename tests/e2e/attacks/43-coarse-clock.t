#!/bin/bash
# S43: a server whose clock ticks every 10 ms gives two renames of a file within one tick the same ctime, so that one name of it, which
# wanders, is met twice and nothing tells. The file has as many links as were met, but the other one is outside. Another client of the
# server renames, so no lock of this one's holds him up.
#
# quick: left out, because it waits for a clock.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_tools
need_slowfs

tree=$(copy_tree coarse) || exit
server=$work/server
declare -i starts well=0 thefts=0
starts=$(sample 35 5000 10)

# The server serves the whole volume. The other link of the secret lies beside the volume.
mkdir -p "$server/volume"/{a,b} "$server/outside" "$work/free" "$tree/data"
touch "$server/outside/secret" "$server/volume/a/own"
ln "$server/outside/secret" "$server/volume/b/linked"
chown 1000:1000 "$server/volume" "$server/volume"/{a,b} "$server/volume/a/own"
mount_slowfs "$server/volume" "$tree/data" 0 10

# He comes again until there were enough starts.
attack() {
	until [[ -e $work/over ]]; do
		timeout -k 5 100 "$shared/tools/storm" quiet "$work/free" 1000 1000000 2 "$server/volume/a/own" "$server/volume/b/linked" || return
	done
}
attack >"$work/storm" 2>&1 </dev/null &
attacker=$!
wait_until 10 grep -q ready "$work/storm"
for ((start = 0; start < starts && thefts == 0; start++)); do
	capture in_tree "$tree" stepdown --user app --own /data -q true
	((status != 0)) || well+=1
	[[ $(stat -c %u:%g "$server/outside/secret") == 0:0 ]] || thefts+=1
done
touch "$work/over"
wait "$attacker"
status=$?
exchanged=$(awk '$1 == "exchanged" { sum += $2 } END { print sum + 0 }' "$work/storm")
diag "names exchanged $exchanged, starts that ended well $well of $start"
ok "S43_coarse_clock: the attacker was there, and so was stepdown" test "$status" -eq 0 -a "$exchanged" -gt "$starts" -a "$well" -gt 0
is "$thefts $(stat -c %u:%g "$server/outside/secret")" '0 0:0' "S43_coarse_clock: a name that wanders within a tick is not taken for two"

# The price: a pair that is whole in the volume is left as well, until it has lain still for a minute.
rm "$server/volume/b/linked" "$server/volume/a/own" && touch "$server/volume/a/pair" && ln "$server/volume/a/pair" "$server/volume/b/pair"
capture in_tree "$tree" stepdown --user app --own /data true
result "S43_a_young_pair_is_left_and_told" 0 '' 'skipped: 2 of 5'
is "$(stat -c %u "$server/volume/a/pair")" 0 "S43_a_young_pair_is_left"

done_testing
