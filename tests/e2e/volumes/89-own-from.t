#!/bin/bash
# --own-from: only what belongs to these users is changed, the path itself too; other people's files stay theirs.

# shellcheck disable=SC2016 # the dollars are for stepdown
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree from)
started='uid 1000 1000 1000 1000'

# A file and a directory for each of several owners; the path and one directory are root's.
fresh() {
	local owner

	rm -rf "$tree/data"
	for owner in 0:0 0:33 1001:1001 5000:5000 65534:65534 1000:1000 1000:0; do
		mkdir -p "$tree/data/dir.$owner" && touch "$tree/data/$owner" "$tree/data/dir.$owner/"{same,root}
		ln -s nowhere "$tree/data/link.$owner"
		chown -h "$owner" "$tree/data/$owner" "$tree/data/dir.$owner" "$tree/data/dir.$owner/same" "$tree/data/link.$owner"
	done
}

run() {
	capture in_tree "$tree" stepdown --user app "$@" probe uid
}

owners() {
	(cd "$tree" && find data -printf '%p %U:%G\n' | sort)
}

# What is to come of what is there: what belongs to UID... becomes 1000:1000, and no more.
expected() {
	owners | awk -v uids=" $* " '{ split($NF, id, ":"); if (index(uids, " " id[1] " ")) $NF = "1000:1000"; print }'
}

# from NAME UIDS PATTERN [VARIABLE=VALUE]... OPTION...: of a fresh volume, or of what the function $volume makes, what belongs to UIDS (words)
# is changed, and no more; the message matches. The next start has nothing to change, and nothing left to tell.
from() {
	local name=own_from_$1 uids=$2 pattern=$3 wanted
	local -a start=()

	shift 3
	while [[ $1 != --* ]]; do
		start+=("$1")
		shift
	done
	start+=(stepdown --user app "$@" probe uid)
	"${volume:-fresh}"
	wanted=$(expected "$uids")
	capture in_tree "$tree" env "${start[@]}"
	output+=$'\n'$(owners)
	result "$name" 0 "$started"$'\n'"$wanted" "$pattern"
	capture in_tree "$tree" env "${start[@]}"
	output+=$'\n'$(owners)
	result "$name: again" 0 "$started"$'\n'"$wanted" '^(|stepdown: checking that the user can write[^'$'\n'']*)$'
}

from root 0 "'/data': entries changed: 16 of 36: root 12, root:www 4\$" --own-from root --own /data
from several '0 1001 5000' 'entries changed: 24 of 36' --own-from root,other,5000 --own /data
# His own files are right, or have the wrong group: they are his.
from the_user_himself 1000 'entries changed: 4 of 36' --own-from app --own /data
from after_own 0 'changed: 16' --own /data --own-from 0
from a_variable '0 1001' 'changed: 20' OWNER=other --own-from 'root,${OWNER}' --own /data
from leaves_on_purpose_and_strict_is_content 0 'changed: 16' --own-from root --own /data --strict
from own_once 0 'changed: 16' --own-from root --own-once /data
fresh
capture in_tree "$tree" env OWNERS=root,other stepdown --user app --own-from='${OWNERS}' --own /data probe uid
result "S26_own_from_takes_no_list_of_a_variable" 125 '' "--own-from: 'OWNERS': the variable's value may not hold a ','"
capture in_tree "$tree" stepdown --user app --own-from root --own /data --dry-run probe uid
like "$output" "'/data': entries wrong: 16 of 36" "own_from_dry_run_counts_the_same"
is "$(owners)" "$(fresh && owners)" "own_from_dry_run_changes_nothing"

# What the owners were is kept nowhere, so it is told. fresh() makes four entries for each owner, and root's path with one more of
# root's in each directory.
told='32 of 36: root 12, root:www 4, app:root 4, other 4, uid 5000 4, nobody 4'
fresh
run --own /data
result "own_names_the_former_owners" 0 "$started" "owning: '/data': entries changed: $told"
like "$errors" "owning: '/data': this cannot be undone.*--own-from" "own_of_several_owners_cannot_be_undone"
fresh
capture in_tree "$tree" stepdown --user app --own /data --dry-run probe uid
like "$output" "entries wrong: $told; the first is " "own_dry_run_names_the_former_owners"
like "$output" "owning: '/data': this cannot be undone.*--own-from" "own_dry_run_of_several_owners_tells_that_it_could_not_be_undone"
rm -rf "$tree/data" && mkdir "$tree/data" && touch "$tree/data/"{a,b,c} && chown 1001:1001 "$tree/data/c"
run --own /data
result "own_of_two_owners_is_one_line" 0 "$started" "^stepdown: owning: '/data': entries changed: 4 of 4: root 3, other 1\$"

# A file with a name below each of two declared paths, and then with a third name elsewhere.
rm -rf "$tree/data" && mkdir -p "$tree/data/"{media,torrents} && touch "$tree/data/media/film" && ln "$tree/data/media/film" "$tree/data/torrents/"
ln "$tree/data/media/film" "$tree/data/elsewhere"
run --strict --own /data/media:/data/torrents
result "S17_a_name_outside_all_declared_paths" 125 '' \
	"'/data/media': entries skipped: 1 of 2, the first is '/data/media/film': a file with hard links elsewhere \(declare the directories that hold its names\)"
rm "$tree/data/elsewhere"
run --strict --own /data/media:/data/torrents
is "$status $(stat -c %u "$tree/data/media/film")" "0 1000" "own_judges_hard_links_over_all_declared_paths"

# The path itself: it stays somebody else's, and with --own-once it never becomes right, so what is below is looked at each time.
of_somebody_else() {
	fresh && chown 1001:1001 "$tree/data"
}
volume=of_somebody_else from a_path_of_somebody_else 0 'entries changed: 15 of 36' --own-from root --own /data
volume=of_somebody_else from own_once_of_a_path_of_somebody_else 0 'entries changed: 15 of 36' --own-from root --own-once /data
touch "$tree/data/late"
run --own-from root --own-once /data
is "$(stat -c %u "$tree/data/late")" 1000 "own_from_own_once_of_a_path_of_somebody_else: so it is done each time"
fresh
before=$(owners)
run --own-from other --own-top /data
is "$status $(owners)" "0 $before" "own_from_own_top_of_somebody_else: it stays his"
run --own-from root --own-top /data
is "$status $(diff <(printf '%s\n' "$before") <(owners))" $'0 1c1\n< data 0:0\n---\n> data 1000:1000' "own_from_own_top"
mv "$tree/data/5000:5000" "$tree/data/single"
run --own-from root --own /data/single
is "$status $(stat -c %u "$tree/data/single")" "0 5000" "own_from_a_file_of_somebody_else"
run --own-from 5000 --own /data/single
is "$status $(stat -c %u "$tree/data/single")" "0 1000" "own_from_a_file"
chown 0:0 "$tree/data/1000:1000"
before=$(owners)
run --own-from root --own-once /data
is "$status $(owners)" "0 $before" "own_from_own_once_of_a_right_path_looks_at_nothing"

# What else is left alone stays so.
fresh && mkdir "$tree/outside" && touch "$tree/outside/secret" && ln "$tree/outside/secret" "$tree/data/linked"
run --own-from root --own /data
like "$errors" "'/data/linked'" "own_from: S17_hard_link_to_a_file_outside_is_told"
is "$(stat -c %u "$tree/outside/secret")" 0 "own_from: S17_hard_link_to_a_file_outside_is_left"
chown 5000:5000 "$tree/outside/secret"
run --own-from root --own /data --strict
is "$status $(stat -c %u "$tree/outside/secret")" "0 5000" "own_from: a hard link of somebody else is none of its business"

fresh
before=$(owners)
for users in bogus '' 'root,,other' 'root,bogus' -1 2147483648 root:root; do
	run --own-from "$users" --own /data
	output+=$(diff <(owners) <(printf '%s\n' "$before"))
	result "own_from_bad_users: '$users'" 125 '' '^stepdown: '
done

done_testing
