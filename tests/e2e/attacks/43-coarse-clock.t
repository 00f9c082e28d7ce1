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
# shellcheck source-path=SCRIPTDIR source=../storm.bash
source "$e2e_directory/storm.bash"

server=$work/server
starts=$(sample 35 5000 10)

# The server serves the whole volume. The other link of the secret lies beside the volume.
mkdir -p "$server/volume"/{a,b} "$server"/{outside,free} "$tree"/{data,server}
touch "$server/outside/secret" "$server/free/sentinel" "$server/volume/a/own"
ln "$server/outside/secret" "$server/volume/b/linked"
chown 1000:1000 "$server/volume" "$server/volume"/{a,b} "$server/volume/a/own"
mount_slowfs "$server/volume" "$tree/data" 0 10
# The attacker sees the server without slowfs.
mount --bind "$server" "$tree/server" && defer umount "$tree/server"
place=/server
besiege "S43_coarse_clock" quiet /server/free 1000 "--own /data" -- /server/volume/a/own /server/volume/b/linked

# The price: a pair that is whole in the volume is left as well, until it has lain still for a minute.
rm "$server/volume/b/linked" "$server/volume/a/own" && touch "$server/volume/a/pair" && ln "$server/volume/a/pair" "$server/volume/b/pair"
capture in_tree "$tree" stepdown --user app --own /data true
result "S43_a_young_pair_is_left_and_told" 0 '' 'skipped: 2 of 5'
is "$(stat -c %u "$server/volume/a/pair")" 0 "S43_a_young_pair_is_left"

done_testing
