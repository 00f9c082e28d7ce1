#!/bin/bash
# --own-from: only what belongs to these users is changed, the path itself too; other people's files stay theirs.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree

started='uid 1000 1000 1000 1000'

# A file and a directory for each of several owners; the path and one more file in each directory are root's, or TOP is the path's owner.
# fresh [TOP]
fresh() {
	local owner

	rm -rf "$tree/data"
	for owner in 0:0 0:33 1001:1001 5000:5000 65534:65534 1000:1000 1000:0; do
		mkdir -p "$tree/data/dir.$owner" && touch "$tree/data/$owner" "$tree/data/dir.$owner/"{same,root}
		ln -s nowhere "$tree/data/link.$owner"
		chown -h "$owner" "$tree/data/$owner" "$tree/data/dir.$owner" "$tree/data/dir.$owner/same" "$tree/data/link.$owner"
	done
	chown "${1:-0:0}" "$tree/data"
}

owners() {
	(cd "$tree" && find data -printf '%p %U:%G\n' | sort)
}

# What is to come of what is there: what belongs to UID... becomes 1000:1000, and no more.
expected() {
	owners | awk -v uids=" $* " '{ split($NF, id, ":"); if (index(uids, " " id[1] " ")) $NF = "1000:1000"; print }'
}

run() {
	capture in_tree "$tree" env OWNER=other stepdown --user app "$@" probe uid
	output+=$'\n'$(owners)
}

# from NAME UIDS PATTERN OPTION...: what belongs to UIDS (words) is changed, and no more; the message matches. The next start has nothing
# to change, and nothing left to tell.
from() {
	local name=own_from_$1 wanted

	wanted=$started$'\n'$(expected "$2")
	run "${@:4}"
	result "$name" 0 "$wanted" "$3"
	run "${@:4}"
	result "$name: again" 0 "$wanted" '^(|stepdown: checking that the user can write[^'$'\n'']*)$'
}

fresh
capture in_tree "$tree" stepdown --user app --own-from root --own /data --dry-run probe uid
like "$output" "'/data': entries wrong: 16 of 36" own_from_dry_run_counts_the_same
from root 0 "'/data': entries changed: 16 of 36: root 12, root:www 4\$" --own-from root --own /data
from a_variable_after_own 1001 'entries changed: 4 of 36' --own /data --own-from 'root,${OWNER}'
# His own files are right, or have the wrong group: they are his.
from the_user_himself 1000 'entries changed: 4 of 36' --own-from app --own /data
fresh
from several_and_strict_is_content '0 1001 5000' 'entries changed: 24 of 36' --own-from root,other,5000 --own /data --strict
fresh
from own_once 0 'entries changed: 16 of 36' --own-from root --own-once /data
fresh
run --own-from root,bogus --own /data
result own_from_bad_users 125 $'\n'"$(fresh && owners)" "^stepdown: looking up the user: 'bogus'"

# The path itself: it stays somebody else's, and with --own-once it never becomes right, so what is below is looked at each time.
fresh 1001:1001
from a_path_of_somebody_else 0 'entries changed: 15 of 36' --own-from root --own /data
touch "$tree/data/late"
from own_once_of_a_path_of_somebody_else 0 'entries changed: 1 of 37' --own-from root --own-once /data
fresh
from own_top_of_somebody_else '' '' --own-from other --own-top /data
touch "$tree/data/single" && chown 7777:7777 "$tree/data/single"
from a_file_of_somebody_else '' '' --own-from root --own /data/single
from a_file 7777 'entries changed: 1 of 1' --own-from other,7777 --own /data/single
run --own-from root --own-top /data
is "$status $(stat -c %u "$tree/data" "$tree/data/0:0" | xargs)" '0 1000 0' own_from_own_top

# A hard link of a file outside.
fresh && mkdir "$tree/outside" && install -o 5000 /dev/null "$tree/outside/secret" && ln "$tree/outside/secret" "$tree/data/linked"
run --own-from root --own /data --strict
is "$status $(stat -c %u "$tree/outside/secret")" '0 5000' "own_from: a hard link of somebody else is none of its business"

# A file with a name below each of two declared paths.
rm -rf "$tree/data" && mkdir -p "$tree/data/"{media,torrents} && touch "$tree/data/media/film" && ln "$tree/data/media/film" "$tree/data/torrents/"
run --strict --own /data/media:/data/torrents
is "$status $(stat -c %u "$tree/data/media/film")" '0 1000' own_judges_hard_links_over_all_declared_paths

done_testing
