#!/bin/bash
# S16 under load: names are exchanged as fast as they can be while two stepdowns at once walk the volume again and again; in
# directories of the application's, in root's own, and in one that is now the one and now the other.
#
# An inode that is not in the volume never changes owner, whether a symbolic link leads to it, a hard link of it lies in the volume, or a
# directory is moved out to beside it while it is walked. Whatever has all its names in the volume may be given to the application.
#
# quick: left out, because it attacks for a minute.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands setpriv strace
source "$e2e_directory/storm.bash"

starts=$(sample 24 1000 20)
# shellcheck disable=SC2034 # used by storm.bash
held_up=yes

# Outside is on the volume's file system, for else there were no hard links.
fresh() {
	rm -rf "$tree/data" "$tree/outside" "$tree/free"
	mkdir -p "$tree/data/sub" "$tree/outside/dir" "$tree/free/sentinel"
	touch "$tree/outside/secret" "$tree/outside/dir/file" "$tree/free/sentinel/file"
	chown 1000:1000 "$tree/free"
	make_files "$tree/data/sub" 60
}

# attack NAME MOOD COUNT DIRECTORY PAIR...: COUNT is how many exchanges there must have been for the test to mean anything.
attack() {
	besiege "$1" "$2" "$4" "$3" "--own /data" -- "${@:5}"
	# One more start without the attacker puts all right, but for what is linked from outside.
	capture in_tree "$tree" stepdown --user app --own /data probe uid
	is "$refused $status $(find "$tree/data" ! -user 1000 ! -samefile "$tree/outside/secret" ! -samefile "$tree/outside/dir/file" | head -n 3) $(stolen)" \
		'0 0  ' "$1: every walk ended well, and in the end all of the volume is right, and nothing outside"
}

# Pairs for the directory $1: every kind of thing that can stand in the place of another.
bait() {
	local directory=$tree$1 i

	touch "$directory"/{1,2,3,4} && mkdir "$directory"/{d1,d2,d3} && touch "$directory"/d{1,2,3}/file
	ln "$tree/outside/secret" "$directory/linked" && ln "$tree/outside/secret" "$directory/linked-too"
	ln -s /outside/secret "$directory/link" && ln -s /outside "$directory/link-to-directory" && ln -s / "$directory/link-to-root"
	pairs=("$1/1" "$1/linked" "$1/2" "$1/link" "$1/d1" "$1/link-to-directory" "$1/d2" "$1/linked-too" "$1/d3" "$1/link-to-root"
		"$1/3" "$1/4" "$1/f7" "$1/linked")
	for i in {10..20}; do
		ln "$tree/outside/dir/file" "$directory/linked.$i" && pairs+=("$1/f$i" "$1/linked.$i")
	done
}
declare -a pairs

fresh && bait /data/sub && chown 1000:1000 "$tree/data" "$tree/data/sub"
attack "S16_directory_of_the_application" quiet 5000 /data/sub "${pairs[@]}"

# stepdown with so few capabilities enters the directory as its owner.
launcher=(setpriv --bounding-set '-all,+chown,+setuid,+setgid,+sys_chroot')
fresh && bait /data/sub && chmod 700 "$tree/data/sub" && chown 1000:1000 "$tree/data" "$tree/data/sub"
attack "S16_private_directory_of_the_application" quiet 5000 /data/sub "${pairs[@]}"
launcher=()

# Nobody but root can write to it, until one of the two walks is through with it: the other may still be in it.
fresh && bait /data/sub
attack "S16_directory_of_root_that_the_other_walk_gives_away" roots 100 /data/sub "${pairs[@]}"

# The same, but it is given to the application and taken from it all the time.
fresh && bait /data/sub
attack "S16_directory_that_is_now_roots_and_now_the_applications" restless 1000 /data/sub "${pairs[@]}"

# The same for all that is above: the directory that is turned has root's directories in it, with names that nobody can exchange,
# but each of them can be exchanged for another.
fresh && mkdir "$tree/data/sub"/{a,b} && touch "$tree/data/sub"/{a,b}/{1,2,3} && ln "$tree/outside/secret" "$tree/data/sub/b/1.linked" &&
	ln "$tree/outside/secret" "$tree/data/sub/a/2.linked" && ln -s /outside "$tree/data/sub/link" && ln -s /outside/dir "$tree/data/sub/b/dir"
attack "S16_directories_exchanged_in_one_that_is_turned" restless 1000 /data/sub /data/sub/a /data/sub/b /data/sub/a /data/sub/link

# Moved out and in while the walk is far below: the way back up leads to beside the sentinel.
fresh && path=$(printf '/d%.0s' {1..40}) && mkdir -p "$tree/data/sub/deep$path" "$tree/free/deep$path" &&
	touch "$tree/data/sub/deep$path/file" "$tree/free/deep$path/file" && chown -R 1000:1000 "$tree/data/sub/deep" "$tree/free/deep"
chown 1000:1000 "$tree/data" "$tree/data/sub"
attack "S16_directory_moved_out_while_the_walk_is_in_it" quiet 5000 "/data/sub/deep$path" \
	/data/sub/deep /free/deep /data/sub/deep/d/d /free/deep/d/d

done_testing
