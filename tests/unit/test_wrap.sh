#!/bin/sh
# The decisions of stepdown-wrap without an engine: which options of --run it refuses, what the old container's writes and a traced trial
# mean, and how it reads listings. The program is made by src/wrap/join, and all but its last line is a library.
#
# usage: test_wrap.sh SOURCE-DIRECTORY
set -u

root=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-wrap-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
# shellcheck source=tap.sh
. "$root/tests/unit/tap.sh"
"$root/src/wrap/join" >"$work/stepdown-wrap"
sed '$d' "$work/stepdown-wrap" >"$work/library"
# shellcheck disable=SC1091 # made just now
. "$work/library"

same_text() {
	[ "$1" = "$2" ] || { printf 'wanted:\n%s\ngot:\n%s\n' "$1" "$2" && return 1; }
}

# --- --run ------------------------------------------------------------------------------------------------------------------------

# fails_with PATTERN ARGUMENT...: the program ends with 125, and its first message has the pattern.
fails_with() {
	pattern=$1
	shift
	said=$(DOCKER=/nonexistent/engine TMPDIR=$work sh "$work/stepdown-wrap" "$@" 2>&1)
	[ $? = 125 ] && printf '%s\n' "$said" | head -n 1 | grep -e "$pattern" && return
	printf '%s\n' "$said"
	return 1
}

while IFS= read -r options; do
	ok "wrap: --run refuses: $options" fails_with "^stepdown-wrap: --run: '.*': refused, because " image --run "$options"
done <<END
-v data:/data
-v/srv/data:/data
--volume=/srv/data:/data
-v data
--mount type=bind,source=/srv,target=/data
--mount type=volume,src=data,dst=/data
--volumes-from other
--privileged
--pid host
--network host
--network container:other
--device /dev/sda
--cap-add SYS_ADMIN
--security-opt systempaths=unconfined
--user 5
--entrypoint sh
another-image
--some-new-option x
-e "A=1 2" --privileged
END
# The options were taken if the engine is what is missing.
while IFS= read -r options; do
	ok "wrap: --run takes: $options" fails_with 'finding the engine' image --run "$options"
done <<END
-e A="two words" --env B='c d' -eC=1
-v /scratch --tmpfs /run -p 8080:80
--mount type=tmpfs,dst=/x --read-only --init -it --rm -d
--cap-add NET_RAW --cap-add=cap_sys_nice --cap-drop MKNOD
--network some-network --name ignored --restart always
END
ok 'wrap: a wrong option is told' fails_with 'no such option' image --wrong
ok 'wrap: no image is told' fails_with 'an image must be named'
ok 'wrap: a value that is missing is told' fails_with 'a value is missing' image --check
ok 'wrap: a quote that is not closed is told' fails_with 'a quote is not closed' image --run "'x"
ok 'wrap: an engine that is missing is told' fails_with 'no such command' image
ok 'wrap: --version names the version of meson.build' \
	same_text "stepdown-wrap $(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")" "$(sh "$work/stepdown-wrap" --version)"
is_made() {
	"$root/src/wrap/join" 1.2.3 "$work/made" && same_text 'stepdown-wrap 1.2.3' "$("$work/made" --version)"
}
ok 'wrap: the build makes an executable' is_made
ok 'wrap: no temporary directory is left' test -z "$(find "$work" -name 'stepdown-wrap.*' -print)"

# --- listings ---------------------------------------------------------------------------------------------------------------------

archive_is_listed() {
	mkdir -p "$work/tree/a b" && : >"$work/tree/a b/file" && ln -sf /target "$work/tree/link" && chmod 2750 "$work/tree/a b" &&
		chmod 640 "$work/tree/a b/file" || return 1
	same_text '-|rw-r-----|7|8|/a b/file|
d|rwxr-s---|7|8|/a b|
l|rwxrwxrwx|7|8|/link|/target' "$(tar -C "$work/tree" --owner=7 --group=8 -cf - . | list_archive / | tr '\t' '|' | grep -v '|/|' | sort)"
}
ok 'wrap: an archive is listed with owners, modes, links and blanks' archive_is_listed
ok 'wrap: names of a capability set' same_text 'chown,dac_override,setgid,setuid,net_bind_service,setfcap' "$(capability_names 00000000800004c3)"
ok 'wrap: names of the empty set' same_text '' "$(capability_names 0000000000000000)"

# --- grants -----------------------------------------------------------------------------------------------------------------------

# The image: the user 33 is www, and a member of adm (4).
echo 'www:x:33:33::/var/www:/bin/sh' >"$work/passwd"
printf 'adm:x:4:www\nwww:x:33:\n' >"$work/group"
printf '/usr/sbin/server\n/app/run.sh\n' >"$work/command"
: >"$work/grants"
# shellcheck disable=SC2034 # the library uses them
user_uid=33 user_gid=33 image_directory=/app
awk '{ printf "%s\t%s\t%s\t%s\t%s\t%s\n", substr($1, 1, 1), substr($1, 2), $2, $3, $4, $5 }' >"$work/files" <<END
drwxr-xr-x 0 0 /run
drwxr-xr-x 0 0 /var
lrwxrwxrwx 0 0 /var/run /run
drwxr-xr-x 0 0 /var/log
drwxr-xr-x 0 0 /var/lib
drwxr-x--- 0 4 /var/log/web
-rw-r----- 0 4 /var/log/web/access
drwx------ 0 0 /var/log/closed
-rw-r--r-- 0 0 /var/log/closed/log
drwxr-xr-x 33 33 /var/lib/mine
drwxr-xr-x 0 0 /var/lib/other
drwxrwxrwt 0 0 /tmp
drwxr-xr-x 0 0 /etc
drwxr-xr-x 0 0 /etc/web
-rw-r--r-- 0 0 /etc/web/conf
-rw-r----- 0 42 /etc/shadow
drwxr-xr-x 0 0 /app
-rw-r--r-- 0 0 /app/data.db
drwx------ 0 0 /root
drwxr-xr-x 0 0 /data
END

# kinds_and_paths: the first two columns, which are separated by tabs, as "kind path, kind path".
kinds_and_paths() {
	cut -f 1,2 | tr '\t' ' ' | paste -sd , | sed 's/,/, /g'
}

# decides DIFF WANTED: "A /path, C /path" (those of new directories have a slash behind them), and "kind path" for each grant.
decides() {
	printf '%s\n' "$1" | sed 's/, /\n/g' >"$work/lines"
	sed -n 's,^A \(.*\)/$,d	rwxr-xr-x	0	0	\1,p' "$work/lines" >"$work/added"
	sed 's,/$,,; s/ /	/' "$work/lines" >"$work/diff"
	same_text "$2" "$(with_files "$(decide_awk)" "$work/added" "$work/diff" | kinds_and_paths)"
}
ok 'wrap: a pid file: the top of the shared directory' decides 'A /run/x.pid' 'own-top /run'
ok 'wrap: a new directory in a shared one is made' decides 'A /run/web/, A /run/web/socket' 'mkdir /run/web'
ok 'wrap: a new directory of several packages stays root'\''s' decides 'A /var/cache/, A /var/cache/web/, A /var/cache/web/file' 'mkdir /var/cache/web'
ok 'wrap: what the user may write needs nothing' decides 'C /var/lib/mine, A /var/lib/mine/file' ''
ok 'wrap: a file in a directory of root'\''s' decides 'C /var/lib/other, A /var/lib/other/file' 'own /var/lib/other'
ok 'wrap: a file that is written behind a closed directory' decides 'C /var/log/closed/log' 'own /var/log/closed'
ok 'wrap: a group gives the way, but not the right to write' decides 'C /var/log/web/access' 'own /var/log/web/access'
ok 'wrap: programs and configuration: the top only' decides 'A /etc/web/new' 'own-top /etc/web'
ok 'wrap: the directory of the command: the top and the file' decides 'C /app, C /app/data.db, A /app/data.db-journal' 'own /app/data.db, own-top /app'
ok 'wrap: everybody'\''s directories and the kernel'\''s need nothing' decides 'A /tmp/x, A /dev/x, A /proc/x' ''
ok 'wrap: the home of root becomes a home' decides 'A /root/.cache/' 'home /root'
ok 'wrap: a removed file needs its directory' decides 'D /data/old' 'own /data'
ok 'wrap: a directory that is touched, but where nothing is left' decides 'C /data' 'own /data'
ok 'wrap: a colon in a name is left to a person' decides 'A /run/a:b/' 'left /run/a:b'

# hints LINE WANTED: what a line of strace asks for.
hints() {
	printf '%s\n' "$1" >"$work/trace"
	: >"$work/log"
	same_text "$2" "$(with_files "$(hints_awk)" "$work/log" "$work/trace" | cut -f 1,2 | sort -u | kinds_and_paths)"
}
refused='= -1 EACCES (Permission denied)'
forbidden='= -1 EPERM (Operation not permitted)'
ok 'wrap: a refused pid file, by a link' hints "7 openat(AT_FDCWD</>, \"/var/run/x.pid\", O_RDWR|O_CREAT, 0644) $refused" 'own-top /run'
ok 'wrap: a refused relative name' hints "7 openat(AT_FDCWD</data>, \"x\", O_WRONLY|O_CREAT, 0644) $refused" 'own /data'
ok 'wrap: the passwords are never given' hints "7 openat(AT_FDCWD</>, \"/etc/shadow\", O_RDONLY) $refused" 'secret /etc/shadow'
ok 'wrap: host keys are never given' hints "7 openat(AT_FDCWD</>, \"/etc/ssh/ssh_host_rsa_key\", O_RDONLY) $refused" 'secret /etc/ssh/ssh_host_rsa_key'
ok 'wrap: a secret is not owned by way of chmod' hints "7 chmod(\"/etc/shadow\", 0640) $forbidden" 'secret /etc/shadow'
ok 'wrap: a file that may not be read is told' hints "7 open(\"/var/log/closed/log\", O_RDONLY) $refused" 'read /var/log/closed/log'
ok 'wrap: a refused mkdir' hints "7 mkdir(\"/var/lib/new\", 0755) $refused" 'mkdir /var/lib/new'
ok 'wrap: a refused mkdir in the home of nobody' hints "7 mkdir(\"/.cache\", 0755) $refused" 'home /root'
ok 'wrap: both names of a rename' hints "7 rename(\"/data/a\", \"/var/lib/other/b\") $refused" 'own /data, own /var/lib/other'
ok 'wrap: a low port' hints "7 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, 16) $refused" 'cap net_bind_service'
ok 'wrap: a socket in a directory of root'\''s' hints "7 bind(3, {sa_family=AF_UNIX, sun_path=\"/run/x.sock\"}, 110) $refused" 'own-top /run'
ok 'wrap: a program is never owned' hints "7 openat(AT_FDCWD</>, \"/usr/sbin/server\", O_RDWR) $refused" ''
ok 'wrap: access is no hint' hints "7 access(\"/app/data.db\", W_OK) $refused" ''
ok 'wrap: chroot' hints "7 chroot(\"/run\") $forbidden" 'cap sys_chroot'
ok 'wrap: setgroups' hints "7 setgroups(1, [33]) $forbidden" 'switch setgroups'
ok 'wrap: a chown to the user itself' hints "7 chown(\"/data\", 33, 33) $forbidden" 'own /data'
ok 'wrap: a chown to somebody else is no reason to own' hints "7 chown(\"/data\", 44, 44) $forbidden" 'chown /data'
ok 'wrap: another error is no hint' hints '7 openat(AT_FDCWD</>, "/data/x", O_RDWR|O_CREAT) = -1 ENOENT (No such file or directory)' ''

# candidates WANTED: the accounts that a command, its paths and a process by that name stand for.
candidates() {
	printf '1\t0\t0\t0\t0\t0\t0\t0\t%s\n' "$3" >"$work/processes"
	printf '%s\n' "$2" >"$work/command"
	printf 'redis:x:100:101::/:\ntomcat:x:102:102::/:\nbind:x:103:103::/:\nmail:x:8:8::/:\nmysql:x:104:104::/:\n' >"$work/passwd"
	: >"$work/volumes"
	same_text "$1" "$({ candidates_in_command; candidates_in_paths; } | cut -f 1 | sort -un | xargs)"
}
ok 'wrap: the account of a process behind a script' candidates 100 /entrypoint redis-server
ok 'wrap: the account in a path with a version' candidates 102 /usr/share/tomcat10/bin/catalina.sh java
ok 'wrap: the account that an option names' candidates 104 --user=mysql sh
ok 'wrap: the account that a word names' candidates 103 bind named
ok 'wrap: the account without the d of a daemon' candidates 104 /usr/sbin/mysqld sh
ok 'wrap: an account of every distribution is no hint in a path' candidates '' /usr/lib/mail/server sh

# A grant of an earlier round is known, and one that includes others replaces them.
merging_leaves_out_what_is_included() {
	printf 'own\t/data\tone\nown\t/data/sub\ttwo\nown-top\t/data\tthree\nown-top\t/run\tfour\n' | merge_grants &&
		same_text 'own /data, own-top /run' "$(kinds_and_paths <"$work/grants")" &&
		! printf 'own\t/data/other\tfive\n' | merge_grants && decides 'A /data/x, A /run/x' ''
}
: >"$work/refused_paths"
ok 'wrap: grants that others include are left out' merging_leaves_out_what_is_included
refused_is_left_out() {
	echo /run >"$work/refused_paths"
	merge_grants </dev/null
	same_text 'own /data' "$(kinds_and_paths <"$work/grants")"
}
ok 'wrap: a path that stepdown refuses is left out' refused_is_left_out

# --- processes --------------------------------------------------------------------------------------------------------------------

# seen FIRST OTHER: of the first process and another one, with these no_new_privs, the pids that are looked at.
seen() {
	printf '%s\t100\t100\t100\t100\t0\t0\t%s\tname\n' 1 "$1" 7 "$2" | drop_leftovers | cut -f 1 | tr '\n' ' '
}
ok 'wrap: a process without no_new_privs below a first process that has it is left over from the check' same_text '1 ' "$(seen 1 0)"
ok 'wrap: other processes are all looked at' same_text '1 7 1 7 1 7 ' "$(seen 1 1)$(seen 0 0)$(seen 0 1)"

done_testing
