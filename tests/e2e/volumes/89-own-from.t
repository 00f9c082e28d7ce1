#!/bin/bash
# --own-from: only what belongs to these users is changed, the path itself too; other people's files stay theirs.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree

# Three entries of each of several owners; the path is root's, or OWNER's.
# fresh [OWNER]
fresh() {
	local owner

	rm -rf "$tree/data"
	for owner in 0:0 0:33 1001:1001 5000:5000 1000:1000 1000:0; do
		mkdir -p "$tree/data/dir.$owner" && touch "$tree/data/dir.$owner/file" && ln -s nowhere "$tree/data/link.$owner"
		chown -hR "$owner" "$tree/data"/*."$owner"
	done
	chown "${1:-0:0}" "$tree/data"
}

owners() {
	(cd "$tree" && find data -printf '%p %U:%G\n' | sort)
}

# from NAME UIDS PATTERN OPTION...: what belongs to UIDS (words) becomes 1000:1000, and no more; the message matches. The next start has
# nothing to change, and nothing left to tell.
from() {
	local name pattern=$3 wanted

	wanted=$(owners | awk -v uids=" $2 " '{ split($NF, id, ":"); if (index(uids, " " id[1] " ")) $NF = "1000:1000"; print }')
	for name in "own_from_$1" "own_from_$1: again"; do
		runs "$name" 0 'uid 1000 1000 1000 1000' "$pattern" in_tree "$tree" env OWNER=other stepdown --user app "${@:4}" probe uid
		is "$(owners)" "$wanted" "$name: the owners"
		pattern='^(|stepdown: checking that the user can write[^'$'\n'']*)$'
	done
}

fresh
capture in_tree "$tree" stepdown --user app --own-from root --own /data --dry-run probe uid
like "$output" "'/data': entries wrong: 7 of 19" own_from_dry_run_counts_the_same
from root 0 "'/data': entries changed: 7 of 19: root 4, root:www 3\$" --own-from root --own /data
from a_variable_after_own 1001 'entries changed: 3 of 19' --own /data --own-from 'root,${OWNER}'
# His own files are right, or have the wrong group: they are his.
from the_user_himself 1000 'entries changed: 3 of 19' --own-from app --own /data
fresh
from several_and_strict_is_content '0 1001 5000' 'entries changed: 13 of 19' --own-from root,other,5000 --own /data --strict
fresh
before=$(owners)
tree_gives own_from_bad_users 125 '' "^stepdown: looking up the user: 'bogus'" -- stepdown --user app --own-from root,bogus --own /data true
is "$(owners)" "$before" "own_from_bad_users: the owners"

# The path itself: it stays somebody else's, and with --own-once it never becomes right, so what is below is looked at each time.
fresh 1001:1001
from a_path_of_somebody_else 0 'entries changed: 6 of 19' --own-from root --own /data
touch "$tree/data/late"
from own_once_of_a_path_of_somebody_else 0 'entries changed: 1 of 20' --own-from root --own-once /data
from own_top_of_somebody_else '' '' --own-from root --own-top /data
touch "$tree/data/single" && chown 7777:7777 "$tree/data/single"
from a_file_of_somebody_else '' '' --own-from root --own /data/single
from a_file 7777 'entries changed: 1 of 1' --own-from other,7777 --own /data/single

# A hard link of a file outside.
fresh && mkdir "$tree/outside" && install -o 5000 /dev/null "$tree/outside/secret" && ln "$tree/outside/secret" "$tree/data/linked"
from a_hard_link_of_somebody_else_is_none_of_its_business 0 '' --own-from root --own /data --strict
is "$(stat -c %u "$tree/outside/secret")" 5000 "own_from: the file outside"

done_testing
