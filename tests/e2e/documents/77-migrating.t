#!/bin/bash
# The lines of src/doc/migrating.md, those before and those after, in a Debian tree with a volume of root's: the same user and group, the
# same owner of the volume, and after stepdown nothing else.
# quick: left out, because it unpacks a tree of Debian.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree debian
read_document src/doc/migrating.md

mount -t proc proc "$tree/proc"
install -m 755 "$shared/tools/probe" "$tree/usr/local/bin/server"
# Debian has no su-exec; the one that the benchmark has does what it does.
ok "su-exec's stand-in can be built" musl-gcc -static -O1 -std=c11 -D_GNU_SOURCE -o "$tree/opt/real/su-exec" "$e2e_directory/../bench/su-exec.c"
# Debian's s6, for the lines of images that bring their own.
while read -r file; do
	install -D -m 755 "$file" "$tree$file"
done < <(command -v s6-setuidgid s6-envuidgid s6-applyuidgid &&
	ldd "$(command -v s6-envuidgid)" | sed -nE 's|.*=> (/[^ ]*skarnet[^ ]*).*|\1|p')
mkdir "$tree/work"

# lines NAME [VARIABLE=VALUE]...: runs a block of the page as a script, with the volumes as an old release left them.
lines() {
	rm -rf "$tree/data" "$tree/config"
	mkdir -p "$tree/data/directory" "$tree/config"
	touch "$tree/data/old" "$tree/data/directory/old" "$tree/config/old" "$tree/home/app/old"
	chown 3000:1000 "$tree/data/directory/old"
	chown -R 0:0 "$tree/home/app"
	capture in_tree "$tree" env "PATH=${path:-/opt/real:$image_path}" "${@:2}" sh -e -c "$(block "$1")"
}

# gives_ids NAME UID GID [DIRECTORY OWNERS]: what the lines that ran last must have given.
gives_ids() {
	is "$(grep -E '^[ug]id ' <<<"$output" | cut -d ' ' -f 2; [[ -z ${4:-} ]] || find "$tree/$4" -printf '%U:%G\n' | sort -u)" \
		"$(printf '%s\n' "${@:2:2}" "${@:5}" | grep .)" "$1: the server is started as that user and group, and the volume is the user's"
}

# nothing_else NAME UID GID GROUPS [CAPABILITIES]
nothing_else() {
	is "$(grep -E '^(uid|gid|groups|cap|no_new_privs)[. ]' <<<"$output")" \
		"$(capabilities "${5:-0000000000000000}"; identity "$2" "$3" "$4"; echo no_new_privs 1)" "$1: after: the user, and nothing else"
}

# pair NAME UID GID GROUPS [DIRECTORY OWNERS-BEFORE OWNERS-AFTER [CAPABILITIES]]: the lines before and the lines after.
pair() {
	lines "$1-before"
	gives_ids "$1: before" "$2" "$3" "${5:-}" "${6:-}"
	lines "$1-after"
	gives_ids "$1: after" "$2" "$3" "${5:-}" "${7:-}"
	nothing_else "$1" "$2" "$3" "$4" "${8:-}"
}

pair gosu 1000 1000 '1000 3333' data 1000:1000 1000:1000
pair setpriv 1000 1000 '1000 3333'
pair setpriv-cap 10001 10001 10001 '' '' '' 0000000000000400
pair su-exec 1000 3333 3333 data 1000:1000 1000:3333

# A link of root's in the volume leads to a file of root's.
for name in before:1000 after:0; do
	lines "find-${name%:*}"
	gives_ids "find: $name" '' '' data 1000:1000
	touch "$tree/srv/outside" && chown 0:0 "$tree/srv/outside" && ln -s /srv/outside "$tree/data/link"
	capture in_tree "$tree" sh -e -c "$(block "find-${name%:*}")"
	is "$status $(stat -c %u "$tree/srv/outside")" "0 ${name#*:}" "S14_find: chown follows a link out of the volume, stepdown does not: $name"
done

chown 1234:2345 "$tree/work"
lines fixuid-after
gives_ids "fixuid: after" 1234 2345 home/app 1234:2345
nothing_else fixuid 1234 2345 2345
is "$(grep ^app: "$tree/etc/passwd")" 'app:x:1234:2345:The app:/home/app:/bin/sh' "fixuid: after: the account has them"
chown 0:0 "$tree/work"
lines fixuid-after
result "fixuid: after: S26_a_directory_of_roots_is_refused" 125 ''

lines puid-before PUID=1004 PGID=1005
gives_ids "PUID: before" 1004 1005 config 1004:1005
lines puid-after PUID=1002 PGID=1003
gives_ids "PUID: after" 1002 1003 config 1002:1003
nothing_else puid 1002 1003 1003
lines puid-after
gives_ids "PUID: after: the default" 911 911

# Last, because afterwards gosu is another.
lines gosu-link
path=$image_path lines gosu-before
gives_ids "gosu: the link takes the lines as they are" 911 911
is "$errors $(readlink "$tree/usr/local/bin/gosu")" ' stepdown' "gosu: the link is there, and has nothing to say"

done_document
