#!/bin/bash
# Ownership of the volumes: what must never change owner, whatever the option. In a tree without an engine; $tree/outside is what an
# attacker wants. unit/test_resolve.c, unit/test_volume*.c and unit/test_walk*.c have all cases of each rule.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree

# own NAME PATTERN LEFT OPTION...: the command runs, the message matches, and LEFT are the entries of the volume that are not app's. Nothing
# outside has changed.
own() {
	capture in_tree "$tree" timeout 20 stepdown --user app "${@:4}" probe uid
	output+=$'\n'$(cd "$tree" && find data '(' ! -user 1000 -o ! -group 1000 ')' -printf '%p %U:%G\n' | sort)
	output+=$'\n'$(find "$tree/outside" ! -user 0 -o ! -group 0)
	result "$1" 0 $'uid 1000 1000 1000 1000\n'"$3"$'\n' "$2"
}

# refuse NAME PATTERN OPTION...: the start ends, and nothing has changed owner.
refuse() {
	local before

	before=$(find "$tree" -xdev -printf '%P %U:%G\n' | sort)
	capture in_tree "$tree" stepdown --user app "${@:3}" probe uid
	output+=$(diff <(printf '%s\n' "$before") <(find "$tree" -xdev -printf '%P %U:%G\n' | sort))
	result "$1" 125 '' "^stepdown: .*$2"
}

mkdir -p "$tree/data/sub" "$tree/outside/dir"
touch "$tree/file" "$tree/data/sub/file" "$tree/outside/secret" "$tree/outside/dir/file"
ln -s /outside "$tree/data/link" && ln -s /outside/secret "$tree/data/file" && ln -s /etc "$tree/linked-etc"
chown 1000:1000 "$tree/data"
for option in --own --own-once --own-top --mkdir; do
	refuse "S15_link_of_the_user_on_the_way: $option" "'/data/link'" "$option" /data/link/dir
	refuse "S20_refused: $option /linked-etc" "it is '/etc', which belongs to the system" "$option" /linked-etc/
	refuse "S20_refused: $option of a file in the root directory" "'/file': (it is a file of the system|it is not a directory)" "$option" /file
done
refuse "S15_link_of_the_user_on_the_way: --group" "'/data/link'" --group @/data/link

ln "$tree/outside/secret" "$tree/data/linked" && mknod "$tree/data/block" b 7 0 && mknod "$tree/data/sub/null" c 1 3
mkfifo "$tree/data/fifo" && chown 0:42 "$tree/data/fifo"
own "S14_S17_S22_only_the_entries_of_the_volume_are_given" 'skipped: 3 of 9' \
	$'data/block 0:0\ndata/linked 0:0\ndata/sub/null 0:0' --own /data --group @/data/fifo

# S21: an entry that is right is not touched. On overlayfs every touch would copy a file up; a chown would strip the setuid bit, too.
layers=$work/layers
mkdir "$layers" && mount -t tmpfs -o size=16m tmpfs "$layers"
mkdir -p "$layers"/{lower/sub,upper,work} && touch "$layers/lower/file" "$layers/lower/sub/file"
chown -R 1000:1000 "$layers/lower" "$layers/upper" && chown 0:0 "$layers/lower/sub/file" && chmod 4755 "$layers/lower/file" "$layers/lower/sub/file"
if mount -t overlay -o "lowerdir=$layers/lower,upperdir=$layers/upper,workdir=$layers/work" overlay "$tree/data"; then
	own "S21_overlay_with_one_wrong" '' '' --own /data
	is "$(find "$layers/upper" -mindepth 1 -printf '%P %U %m\n' | sort)" $'sub 1000 755\nsub/file 1000 755' \
		"S21_overlay_copies_up_only_that_one, and its setuid bit is not put back"
	umount "$tree/data"
else
	skip "S21_overlay" "overlayfs cannot be mounted"
fi

done_testing
