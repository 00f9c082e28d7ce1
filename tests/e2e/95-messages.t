#!/bin/bash
# What a reader must be able to tell apart: one failure each, what is said of it and what to do about it. Word by word, because
# people search for these words; and no two alike.

# shellcheck source-path=SCRIPTDIR source=environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/environment.bash"
# shellcheck source-path=SCRIPTDIR source=slowfs.bash
source "$e2e_directory/slowfs.bash"
need_environments
need_slowfs "$e2e_directory"
need_commands setpriv

tree=$(copy_tree messages) || exit
mkdir -p "$tree/data"
touch "$tree/data/file"
declare -A said_by=()

# with COMMAND... -- COMMAND...: as the launchers of the environments.
with() {
	local -a maker=()

	while [[ $1 != -- ]]; do
		maker+=("$1")
		shift
	done
	timeout -k 5 60 env -i HOME=/root PATH="$image_path" "${maker[@]}" chroot "$tree" "${@:2}"
}

# says NAME STATUS LINE: the line that begins so is the last one, and nobody else has said it.
says() {
	local line other

	line=$(tail -n 1 <<<"$errors")
	is "$status ${line#stepdown: }" "$2 $3" "text_$1"
	other=${said_by[$line]:-}
	is "$other" '' "text_$1: is another one than all before"
	said_by[$line]=$1
}

# without CAPABILITY...: but with what the others need.
without() {
	local name list=-all

	for name in chown dac_override fowner setgid setpcap setuid sys_chroot; do
		[[ " $* " == *" $name "* ]] || list+=",+$name"
	done
	printf '%s' "--bounding-set=$list"
}

missing='missing in the container (start it as root with --cap-add of these, or do without)'
capture with setpriv "$(without setuid)" -- stepdown --user app probe
says no_cap_setuid 125 "stepping down: 'cap_setuid': $missing"
capture with setpriv "$(without setgid)" -- stepdown --user app probe
says no_cap_setgid 125 "stepping down: 'cap_setgid': $missing"
capture with setpriv "$(without setpcap)" -- stepdown --user 0 --allow-root --allow-new-privs probe
says no_cap_setpcap 125 "allowing new privileges: 'cap_setpcap': $missing"
capture with setpriv "$(without chown)" -- stepdown --user app --own /data --strict probe
says no_cap_chown 125 "owning: '/data': entries skipped: 2 of 2, the first is '/data/file': Operation not permitted (start the container with --cap-add CHOWN)"

map='choose one that /proc/self/uid_map and gid_map hold, or map more ids'
chown -hR 100000:100000 "$tree"
userns=$shared/tools/userns
capture with "$userns" "0 100000 10" "0 100000 65536" allow -- stepdown --user 1000:1001 probe
says uid_not_mapped 125 "changing the uid: '1000': not mapped in this user namespace ($map)"
capture with "$userns" "0 100000 65536" "0 100000 10" allow -- stepdown --user 1000:1001 probe
says gid_not_mapped 125 "setting the groups: '1001': not mapped in this user namespace ($map)"
capture with setpriv --groups 6 "$userns" "0 100000 65536" "0 100000 65536" deny -- stepdown --user 1000:1001 probe
says setgroups_denied 125 "setting the groups: '1001': setgroups is denied in this user namespace (map the gids with newgidmap, or start with no other groups)"
chown -hR 0:0 "$tree"

# read_only DIRECTORY -- COMMAND...
# shellcheck disable=SC2016 # the dollars are for that shell
read_only() {
	with unshare --mount --propagation private sh -c 'mount --bind "$0/$1" "$0/$1" && mount -o remount,bind,ro "$0/$1" && shift && exec "$@"' "$tree" "$@"
}
capture read_only etc -- stepdown --user svc=10001 true
says read_only_root 0 "making the account: 'svc': Read-only file system (the ids are used by number)"
capture read_only etc -- stepdown --user svc=10001 --strict true
says read_only_root_strict 125 "making the account: 'svc': Read-only file system (is /etc read-only, or passwd a mount or a link?)"
capture read_only data -- stepdown --user app --own /data --strict true
says read_only_volume 125 "owning: '/data': entries skipped: 2 of 2, the first is '/data/file': Read-only file system (a read-only mount)"

# A server that squashes root: it may not change owners (EPERM), or not even look (EACCES).
backing=$work/backing
mkdir -p "$backing/list-EACCES" && touch "$backing/EPERM" "$backing/ignored"
mount_slowfs "$backing" "$tree/data" 0
capture with -- stepdown --user app --own /data/EPERM --strict true
says root_squash_on_change 125 "owning: '/data/EPERM': entries skipped: 1 of 1, the first is '/data/EPERM': Operation not permitted (immutable, not mapped, or a root_squash server)"
capture with -- stepdown --user app --own /data/list-EACCES --strict true
says root_squash_on_look 125 "owning: '/data/list-EACCES': entries skipped: 1 of 1, the first is '/data/list-EACCES': Permission denied (a root_squash server, or no CAP_DAC_OVERRIDE)"
# A host that sets the owners itself.
capture with -- stepdown --user app --own /data/ignored --strict true
says chown_ignored 125 "owning: '/data/ignored': entries skipped: 1 of 1, the first is '/data/ignored': the file system ignores chown (a mount option or the host sets the owners there)"
unmount_slowfs "$tree/data"

capture with -- stepdown --user bogus true
says no_such_user 125 "looking up the user: 'bogus': no such user in /etc/passwd (NAME=UID makes one, a numeric uid needs no entry)"
capture with -- stepdown --user app:bogus true
says no_such_group 125 "looking up the group: 'bogus': no such group in /etc/group (a numeric gid needs no entry)"
capture with -- stepdown --user app --own /missing true
says path_missing 125 "finding the path: '/missing': it does not exist (--mkdir makes it; ':' stands between paths)"
capture timeout -k 5 60 env -i PATH=/srv/bin "$(type -P chroot)" "$tree" /usr/local/bin/stepdown --user app no-such-command
says command_not_in_path 127 "running: 'no-such-command': not found in PATH (/srv/bin)"
capture timeout -k 5 60 env -i "$(type -P chroot)" "$tree" /usr/local/bin/stepdown --user app no-such-command
says command_not_found_and_no_path 127 "running: 'no-such-command': not found in PATH ($image_path)"

# chroot needs its capability, so that stays, for it only.
one=-all,+sys_chroot
user=(setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set="$one" --inh-caps="$one" --ambient-caps="$one")
capture with "${user[@]}" -- stepdown --user app --strict true
says not_root 125 "stepping down: 'app': not root at the start, but uid 1001 gid 1001 (start the container as root, or as that user and group)"
capture with "${user[@]}" -- stepdown --user app --setup-only
says not_root_and_setup_only 125 "setting up: not root (run it as root)"

is "${#said_by[@]}" 20 "text: there were 20 of them"
done_testing
