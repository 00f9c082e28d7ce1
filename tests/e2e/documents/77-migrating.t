#!/bin/bash
# The lines of src/doc/migrating.md, those before and those after, in a Debian tree with a volume of root's: the same user and group, the
# same owner of the volume, and after stepdown nothing else.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../documents.bash
source "$e2e_directory/documents.bash"
need_tools
read_document src/doc/migrating.md

tree=$(copy_tree migrating debian) || skip_all "needs a mirror of Debian"
mount -t proc proc "$tree/proc" && defer umount "$tree/proc"
install -m 755 "$shared/tools/probe" "$tree/usr/local/bin/server"
# Debian has no su-exec; the one that the benchmark has does what it does.
ok "su-exec's stand-in can be built" musl-gcc -static -O1 -std=c11 -D_GNU_SOURCE -o "$tree/opt/real/su-exec" "$e2e_directory/../bench/su-exec.c"
none=0000000000000000

# lines NAME [VARIABLE=VALUE]...: runs a block of the page as a script, with the volumes as an old release left them.
lines() {
	rm -rf "$tree/data" "$tree/config"
	mkdir -p "$tree/data/directory" "$tree/config"
	touch "$tree/data/old" "$tree/data/directory/old" "$tree/config/old" "$tree/home/app/old"
	chown 3000:1000 "$tree/data/directory/old"
	chown -R 0:0 "$tree/home/app"
	capture timeout -k 5 60 env -i HOME=/root "PATH=/opt/real:$image_path" "${@:2}" chroot "$tree" sh -e -c "$(block "$1")"
}

owners() {
	find "$tree/$1" -printf '%U:%G\n' | sort -u | xargs
}

ids() {
	grep -E '^[ug]id ' <<<"$output" | cut -d ' ' -f 2 | xargs
}

# after NAME UID GID GROUPS [CAPABILITIES]: what the lines that ran last must have given.
after() {
	is "$(grep -E '^(uid|gid|groups|cap|no_new_privs)[. ]' <<<"$output" | sort)" \
		"$({ identity "$2" "$3" "$4"; capabilities "${5:-$none}"; echo no_new_privs 1; } | sort)" "$1: the user, and nothing else"
}

# pair NAME UID GID GROUPS DIRECTORY: the lines before and the lines after.
pair() {
	local name
	for name in before after; do
		lines "$1-$name"
		is "$status $(ids)" "0 $2 $3" "$1: $name: the server is started as that user and group"
		[[ -z ${5:-} ]] || is "$(owners "$5")" 1000:1000 "$1: $name: the volume is the user's"
	done
	after "$1" "$2" "$3" "$4" "${6:-}"
}

pair gosu 1000 1000 '1000 3333' data
pair setpriv 1000 1000 '1000 3333'
pair setpriv-cap 10001 10001 10001 '' 0000000000000400

lines su-exec-before
is "$status $(ids) $(owners data)" '0 1000 3333 1000:1000' "su-exec: before: the server is started, and the volume the user's"
lines su-exec-after
is "$status $(ids) $(owners data)" '0 1000 3333 1000:3333' "su-exec: after: the server is started, and the volume the user's"
after su-exec 1000 3333 3333
for user in 4294967296 ''; do
	capture in_tree "$tree" /opt/real/su-exec "$user" server uid
	is "$output" 'uid 0 0 0 0' "su-exec: before: S1_S5_root_by_mistake: '$user'"
	capture in_tree "$tree" stepdown --user "$user" server uid
	result "su-exec: after: S1_S5_root_by_mistake: '$user'" 125 '' '^stepdown: reading the user: '
done

lines find-before
is "$status $(owners data)" '0 1000:1000' "find: before: the volume is the user's"
lines find-after
is "$status $(owners data)" '0 1000:1000' "find: after: the volume is the user's"
# The same with a link in the volume to a file of root's.
for name in before after; do
	touch "$tree/srv/outside" && chown 0:0 "$tree/srv/outside"
	rm -f "$tree/data/link" && ln -s /srv/outside "$tree/data/link"
	chown -h 0:0 "$tree/data/link"
	capture in_tree "$tree" sh -e -c "$(block "find-$name")"
	printf '%s %s %s\n' "$name" "$status" "$(stat -c %u "$tree/srv/outside")"
done >"$work/link"
is "$(xargs <"$work/link")" 'before 0 1000 after 0 0' "S14_find: chown follows a link out of the volume, stepdown does not"

mkdir "$tree/work" && chown 1234:2345 "$tree/work"
lines fixuid-after
is "$status $(ids) $(owners home/app)" '0 1234 2345 1234:2345' "fixuid: after: the server is started with those ids, and its home has them"
after fixuid 1234 2345 2345
is "$(grep ^app: "$tree/etc/passwd")" 'app:x:1234:2345:The app:/home/app:/bin/sh' "fixuid: after: the account has them"

chown 0:0 "$tree/work"
lines fixuid-after
result "fixuid: after: S26_a_directory_of_roots_is_refused" 125 ''
capture in_tree "$tree" stepdown --user app=@/work,1000 server uid
result "fixuid: after: a directory of root's, and an alternative" 0 'uid 1000 1000 1000 1000'

# Debian's s6, for the lines of images that bring their own.
while read -r file; do
	install -D -m 755 "$file" "$tree$file"
done < <(command -v s6-setuidgid s6-envuidgid s6-applyuidgid &&
	ldd "$(command -v s6-envuidgid)" | sed -nE 's|.*=> (/[^ ]*skarnet[^ ]*).*|\1|p')
lines puid-before PUID=1004 PGID=1005
is "$status $(ids) $(owners config)" "0 1004 1005 1004:1005" "PUID: before: the server is started with those ids, and the volume has them"
lines puid-after PUID=1002 PGID=1003
is "$status $(ids) $(owners config)" '0 1002 1003 1002:1003' "PUID: after: the server is started with those ids, and the volume has them"
after puid 1002 1003 1003
lines puid-after PUID=0
result "PUID: after: S26_PUID_0_is_refused" 125 '' 'it is uid 0'
lines puid-after
is "$status $(ids)" '0 911 911' "PUID: after: the default"

# Last, because afterwards gosu is another.
lines gosu-link
capture timeout -k 5 60 env -i HOME=/root "PATH=$image_path" chroot "$tree" sh -e -c "$(block gosu-before)"
is "$status $(ids) $(tr '\0' ' ' <"$work/stderr")" '0 911 911 ' "gosu: the link takes the lines as they are"
is "$(readlink "$tree/usr/local/bin/gosu")" stepdown "gosu: the link is there"

done_document
