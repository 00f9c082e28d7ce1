#!/bin/bash
# What a new user does wrong, and the exact line that answers: what was being done, to what, why not, and what to do about it.

# shellcheck disable=SC2016 # the dollars are for stepdown
# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
need_tools

tree=$(copy_tree mistakes)
mkdir "$tree/data" "$tree/cache" "$tree/read-only"
mkdir -m 200 "$tree/not-searchable" && chown 1000:1000 "$tree/not-searchable"
mount -t tmpfs -o mode=755 tmpfs "$tree/read-only" && defer umount "$tree/read-only"
touch "$tree/read-only/file" && mount -o remount,ro "$tree/read-only"
printf 'echo a script\n' >"$tree/opt/no-hash-bang"
printf '#!/bin/bash\necho a script\n' >"$tree/opt/no-bash"
# The head of a program for 64-bit ARM or, there, for s390x.
machine='\267\0'
[[ $(uname -m) != aarch64 ]] || machine='\26\0'
{ printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0%b\1\0\0\0' "$machine"; head -c 100 /dev/zero; } >"$tree/opt/other-machine"
chmod 755 "$tree"/opt/{no-hash-bang,no-bash,other-machine}
printf '#!/bin/sh\n' >"$tree/opt/not-executable"
declare -i answers=0

# mistake NAME STATUS LINE [WORD]...: in the tree, as root with everything that the machine gives.
mistake() {
	local name=$1 wanted_status=$2 line=$3

	capture in_tree "$tree" "${@:4}"
	answer "$name" "$wanted_status" "$line"
}

# The same, started by a program outside of the tree: mistake_under NAME STATUS LINE PROGRAM [WORD]... -- [WORD]...
mistake_under() {
	local name=$1 wanted_status=$2 line=$3
	local -a program=()

	shift 3
	while [[ $1 != -- ]]; do
		program+=("$1")
		shift
	done
	capture timeout -k 5 60 env -i HOME=/root "PATH=$image_path" "${program[@]}" chroot "$tree" "${@:2}"
	answer "$name" "$wanted_status" "$line"
}

# The whole answer is this, and its last word is what to do.
answer() {
	if [[ $errors != *\) ]]; then
		fail "mistake: $1" "it does not say what to do: $errors"
	elif [[ $status == "$2" && $errors == "$3" ]]; then
		pass "mistake: $1"
		answers+=1
	else
		fail "mistake: $1" "wanted: status $2" "$3" "got: status $status" "$errors"
	fi
}

# --- who ----------------------------------------------------------------------------------------------------------------------

mistake "no --user" 125 \
	"stepdown: reading the options: no --user is given (say who runs the command: --user NAME or UID:GID)" \
	stepdown probe uid
mistake "as with gosu, but under its own name" 125 \
	"stepdown: reading the options: no --user is given (say who runs the command: --user NAME or UID:GID)" \
	stepdown app probe uid
mistake "no such user" 125 \
	"stepdown: looking up the user: 'redis': no such user in /etc/passwd (NAME=UID makes one, a numeric uid needs no entry)" \
	stepdown --user redis probe uid
mistake "no such group" 125 \
	"stepdown: looking up the group: 'docker': no such group in /etc/group (a numeric gid needs no entry)" \
	stepdown --user app --group docker probe uid
mistake "root by name" 125 \
	"stepdown: stepping down: 'root': it is uid 0 (name another user, or see --allow-root)" \
	stepdown --user=root probe uid
mistake "S26: PUID=0" 125 \
	"stepdown: stepping down: 'app=0': it is uid 0 (name another user, or see --allow-root; PUID is '0')" \
	env PUID=0 stepdown '--user=app=${PUID:-1000}' probe uid
ids='ids are 0 to 2147483647, in decimal digits'
while IFS='|' read -r value odd; do
	mistake "a variable with an odd value: $value" 125 \
		"stepdown: reading the user: '$value': neither a name nor an id ($ids; PUID is '$value': $odd)" \
		env "PUID=$(printf %b "$value")" stepdown '--user=${PUID:-1000}' probe uid
done <<'END'
1000\r|a carriage return stands at its end
 1000|white space stands at its beginning
1000 |white space stands at its end
1000 # the user of my NAS|a comment stands in it
+1000|a sign stands at its beginning
END
mistake "quotes that an env file keeps" 125 \
	"stepdown: reading the user: 'app=\"1000\"': the uid is not a number ($ids; PUID is '\"1000\"': the quotes are a part of it)" \
	env 'PUID="1000"' stepdown '--user=app=${PUID:-1000}' probe uid
mistake "a variable that is empty" 125 \
	"stepdown: reading the user: '': neither a name nor an id ($ids; PUID is '': it is empty)" \
	env PUID= stepdown '--user=${PUID}' probe uid
mistake "a user that a variable names" 125 \
	"stepdown: looking up the user: 'redis': no such user in /etc/passwd (NAME=UID makes one, a numeric uid needs no entry; RUN_AS is 'redis')" \
	env RUN_AS=redis stepdown '--user=${RUN_AS}' probe uid
mistake "a variable that is not set" 125 \
	"stepdown: --user: 'PUID': the variable is not set (set it, or write \${VAR:-text})" \
	stepdown '--user=app=${PUID}' probe uid
mistake "a variable as a shell has it" 125 \
	"stepdown: --user: '\$PUID': not a variable that can be filled in (write \${VAR}, \${VAR-text}, \${VAR:-text} or \$\$)" \
	stepdown '--user=$PUID' probe uid
mistake "two users" 125 \
	"stepdown: --user: '1001': given twice (one identity only)" \
	stepdown -u 1000 -u 1001 probe uid
mistake "S1: a number that is too large" 125 \
	"stepdown: reading the user: '4294967296': the id is out of range (ids are 0 to 2147483647, in decimal digits)" \
	stepdown --user 4294967296 probe uid

# --- where --------------------------------------------------------------------------------------------------------------------

mistake "a relative path" 125 \
	"stepdown: finding the path: 'data': it is not absolute (start it with '/')" \
	stepdown --user app --own data probe uid
mistake "S20: the root directory" 125 \
	"stepdown: checking the volume: '/': it is '/', which belongs to the system (declare a directory of its own)" \
	stepdown --user app --own / probe uid
mistake "S20: a directory of the system" 125 \
	"stepdown: checking the volume: '/etc': it is '/etc', which belongs to the system (declare a directory of its own)" \
	stepdown --user app --own /etc probe uid
mistake "a path that is not there" 125 \
	"stepdown: finding the path: '/srv/none': it does not exist (--mkdir makes it; ':' stands between paths)" \
	stepdown --user app --own /srv/none probe uid
mistake "a comma between two paths" 125 \
	"stepdown: finding the path: '/data,/cache': it does not exist (--mkdir makes it; ':' stands between paths)" \
	stepdown --user app --own /data,/cache probe uid
mistake "blanks between the paths of a variable" 0 \
	"stepdown: owning: '/srv/a /srv/b': new, entries changed: 1 of 1
stepdown: making the volume: '/srv/a /srv/b': white space stands in it (':' stands between paths; VOLUMES is '/srv/a /srv/b': white space stands in it)" \
	env 'VOLUMES=/srv/a /srv/b' stepdown --user app '--mkdir=${VOLUMES:-}' probe uid
mistake "a path of a variable that is not there" 125 \
	"stepdown: finding the path: '/srv/c,/data': it does not exist (--mkdir makes it; ':' stands between paths; VOLUMES is '/srv/c,/data')" \
	env VOLUMES=/srv/c,/data stepdown --user app '--own=${VOLUMES}' probe uid
mistake "a carriage return behind the paths of a variable" 125 \
	"stepdown: --mkdir: '/srv/c\r': a control character stands in it (VOLUMES is '/srv/c\r': a carriage return stands at its end)" \
	env $'VOLUMES=/srv/c\r' stepdown --user app '--mkdir=${VOLUMES:-}' probe uid
mistake "a read-only volume" 0 \
	"stepdown: owning: '/read-only': entries skipped: 2 of 2, the first is '/read-only/file': Read-only file system (a read-only mount)
stepdown: checking that the user can write: '/read-only': Read-only file system (see its owner and mode, and the mount)" \
	stepdown --user app --own /read-only probe uid
mistake "a directory that cannot be searched" 0 \
	"stepdown: checking that the user can write: '/not-searchable': Permission denied (see its owner and mode, and the mount)" \
	stepdown --user app --own-top /not-searchable probe uid

# --- the options themselves -----------------------------------------------------------------------------------------------------

mistake "nothing at all" 125 \
	"stepdown: reading the options: nothing is given (write stepdown --user NAME COMMAND, or see stepdown --help)" \
	stepdown
mistake "one dash before a long option" 125 \
	"stepdown: reading the options: '-own': a long option has two dashes (write --own)" \
	stepdown --user app -own /data probe uid
mistake "an equals sign behind a letter" 125 \
	"stepdown: reading the options: '-u=app': the value of a letter has no '=' before it (write -u app, or --user=app)" \
	stepdown -u=app probe uid
mistake "a command beside --setup-only" 125 \
	"stepdown: reading the options: 'probe': --setup-only runs no command (leave out the command, or --setup-only)" \
	stepdown --user app --setup-only probe uid
for tool in setpriv s6-setuidgid chpst; do
	ln -sf stepdown "$tree/usr/local/bin/$tool"
	mistake "a link by the name of a tool that is not imitated: $tool" 125 \
		"stepdown: starting: '$tool': of other tools only gosu and su-exec are imitated (write stepdown --user NAME COMMAND)" \
		"$tool" app probe uid
done
mistake "no command" 125 \
	"stepdown: reading the options: either a command or --setup-only must be given (the command stands last)" \
	stepdown --user app --own /data
mistake "an option with a typing error" 125 \
	"stepdown: reading the options: '--usr': no such option (see stepdown --help)" \
	stepdown --usr app probe uid
mistake "an abbreviated option" 125 \
	"stepdown: reading the options: '--umas': no such option (see stepdown --help)" \
	stepdown --user app --umas 0027 probe uid
mistake "an option and its value in one word of the ENTRYPOINT" 125 \
	"stepdown: reading the options: '--user app': no such option (see stepdown --help)" \
	stepdown '--user app' probe uid
mistake "an option without its value" 125 \
	"stepdown: reading the options: '--user': a value is missing (see stepdown --help)" \
	stepdown --user
mistake "a umask that is not octal" 125 \
	"stepdown: --umask: '999': not an octal mode (0 to 0777)" \
	stepdown --user app --umask 999 probe uid
mistake "a capability with a typing error" 125 \
	"stepdown: --cap: 'net_bind': there is no such capability (name them one by one, see capabilities(7))" \
	stepdown --user app --cap net_bind probe uid

# --- the command ----------------------------------------------------------------------------------------------------------------

mistake "no such command" 127 \
	"stepdown: running: 'serve': not found in PATH ($image_path)" \
	stepdown --user app serve
mistake "the command and its words in one word" 127 \
	"stepdown: running: 'probe uid': not found in PATH ($image_path)" \
	stepdown --user app 'probe uid'
mistake "a command that is not executable" 126 \
	"stepdown: running: '/opt/not-executable': Permission denied (see its mode, its interpreter's, and the mount)" \
	stepdown --user app /opt/not-executable
mistake "a script without #!" 126 \
	"stepdown: running: '/opt/no-hash-bang': Exec format error (not for this machine, or a script without #!)" \
	stepdown --user app /opt/no-hash-bang
mistake "a script for a shell that the image lacks" 126 \
	"stepdown: running: '/opt/no-bash': No such file or directory (its interpreter or loader is missing)" \
	stepdown --user app /opt/no-bash
mistake "a program for another machine" 126 \
	"stepdown: running: '/opt/other-machine': Exec format error (not for this machine, or a script without #!)" \
	stepdown --user app /opt/other-machine

# --- the container ----------------------------------------------------------------------------------------------------------------

mistake_under "no CAP_SETUID and CAP_SETGID" 125 \
	"stepdown: stepping down: 'cap_setgid,cap_setuid': missing in the container (start it as root with --cap-add of these, or do without)" \
	setpriv --bounding-set=-setuid,-setgid -- stepdown --user app probe uid
mistake_under "no CAP_CHOWN" 0 \
	"stepdown: owning: '/data': entries skipped: 1 of 1, the first is '/data': Operation not permitted (start the container with --cap-add CHOWN)
stepdown: checking that the user can write: '/data': Permission denied (see its owner and mode, and the mount)" \
	setpriv --bounding-set=-chown -- stepdown --user app --own /data probe uid
mistake_under "a capability to keep that the container lacks" 125 \
	"stepdown: keeping capabilities: 'cap_net_admin': missing in the container (start it as root with --cap-add of these, or do without)" \
	setpriv --bounding-set=-net_admin -- stepdown --user app --cap NET_ADMIN probe uid
mistake_under "a capability to keep that the bounding set lacks" 125 \
	"stepdown: keeping capabilities: 'cap_net_admin': missing in the container (start it as root with --cap-add of these, or do without)" \
	setpriv --inh-caps=+net_admin setpriv --bounding-set=-net_admin -- stepdown --user app --cap NET_ADMIN probe uid
mistake_under "an id that the user namespace lacks" 125 \
	"stepdown: setting the groups: '100000': not mapped in this user namespace (choose one that /proc/self/uid_map and gid_map hold, or map more ids)" \
	"$shared/tools/userns" "0 100000 65536" "0 100000 65536" allow -- stepdown --user 100000 probe uid
mistake_under "--setup-only by another user" 125 \
	"stepdown: setting up: not root (run it as root)" \
	setpriv --reuid=1001 --regid=1001 --clear-groups --inh-caps=+sys_chroot --ambient-caps=+sys_chroot -- stepdown --user app --setup-only
mistake_under "another user at the start" 0 \
	"stepdown: stepping down: 'app': not root at the start, but uid 1001 gid 1001 (start the container as root, or as that user and group)" \
	setpriv --reuid=1001 --regid=1001 --clear-groups --inh-caps=+sys_chroot --ambient-caps=+sys_chroot -- stepdown --user app probe uid

diag "mistakes: $test_count tried, $answers answered by the line that is written here"
done_testing
