#!/bin/bash
# Environments that need no engine: user namespaces of every shape, a tree without /proc or with another's, no_new_privs, few
# capabilities.
#
# quick: left out, because it takes a quarter of the time of quick.

# shellcheck disable=SC2016 # the dollars are for the shells inside
# shellcheck source-path=SCRIPTDIR source=../environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_environments
need_commands setpriv unshare

tree=$(copy_tree environment) || exit
mkdir "$tree/proc" 2>/dev/null
owner=0

# For the next environment: an empty volume and the account files of the image; all of the tree belongs to OWNER, who is root inside.
# fresh [OWNER]
fresh() {
	rm -rf "$tree/data" "${tree:?}/etc" && mkdir "$tree/data" && cp -a "$shared/busybox/etc" "$tree/etc" || exit
	if ((${1:-0} != owner)); then
		owner=${1:-0}
		chown -hR "$owner:$owner" "$tree"
	elif ((owner != 0)); then
		chown -R "$owner:$owner" "$tree/data" "$tree/etc"
	fi
}

# launch COMMAND... -- COMMAND...: what makes the environment stands in front, and the root is changed behind it.
launch() {
	local -a maker=()

	while [[ $1 != -- ]]; do
		maker+=("$1")
		shift
	done
	shift
	timeout -k 5 60 env -i HOME=/root PATH="$image_path:$PATH" "${maker[@]}" chroot "$tree" "$@"
}

# The same, with the /proc of this process's PID namespace.
with_proc() {
	launch unshare --mount --propagation private sh -c 'mount --bind /proc "$0/proc" && exec "$@"' "$tree" "$@"
}

userns=$shared/tools/userns

fresh
environment "a chroot without /proc" launch --

fresh
environment "a PID namespace of its own with its /proc" launch unshare --mount --propagation private --pid --fork \
	--mount-proc="$tree/proc" --

# In the new namespace the numbers in /proc mean other processes, or none.
fresh
environment "a PID namespace with a foreign /proc" with_proc unshare --pid --fork --

fresh
environment "a PID namespace without /proc" launch unshare --pid --fork --

fresh
environment "no_new_privs is set already" with_proc setpriv --no-new-privs --

# Without CAP_SETPCAP the bounding set stays. CAP_SYS_CHROOT is for chroot.
fresh
bounding=00000000000400c1
environment "three capabilities" with_proc setpriv --bounding-set=-all,+chown,+setuid,+setgid,+sys_chroot --

# --- user namespaces ----------------------------------------------------------------------------------------------------------

fresh
environment "a user namespace that maps every id to itself" with_proc "$userns" "0 0 4294967295" "0 0 4294967295" allow --

fresh 100000
environment "a user namespace with 65536 ids" with_proc "$userns" "0 100000 65536" "0 100000 65536" allow --

fresh 100000
number=1000:1000
told[account]="the uid: '10001': not mapped"
environment "a user namespace with few ids" with_proc "$userns" "0 100000 10,1000 101000 1" "0 100000 10,1000 101000 1" allow --

fresh 100000
told[number]="'1001': not mapped"
told[account]="'10002': not mapped"
environment "a user namespace with one gid" with_proc "$userns" "0 100000 65536" "0 100000 1" allow --

fresh 100000
number=1000:0
account=''
environment "a user namespace with one gid, which is asked for" with_proc "$userns" "0 100000 65536" "0 100000 1" allow --

fresh 100000
told[number]="the uid: '1000': not mapped"
told[account]="the uid: '10001': not mapped"
environment "a user namespace with one uid" with_proc "$userns" "0 100000 1" "0 100000 65536" allow --

fresh 65534
told[number]="the uid: '1000': not mapped"
told[account]="the uid: '10001': not mapped"
environment "unshare --map-root-user" with_proc setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --

fresh 100000
told[number]="the uid: '1000': not mapped"
told[account]="the uid: '10001': not mapped"
environment "a user namespace in a user namespace" with_proc "$userns" "0 100000 65536" "0 100000 65536" allow unshare --user --map-root-user --

# Nothing of that is read in /proc.
fresh 100000
capture launch "$userns" "0 100000 65536" "0 100000 1" allow -- stepdown --user svc=10001:10002 --own /data probe uid
result "environment a user namespace with one gid and no /proc: is refused, no command has run" 125 '' "'10002': not mapped"
unlike "$(<"$tree/etc/passwd")" svc "environment a user namespace with one gid and no /proc: no account is made"

# setgroups is denied: with groups of root's that is fatal, with none there is nothing to give up.
fresh 100000
told[number]='setgroups is denied'
told[account]='setgroups is denied'
environment "a user namespace with setgroups denied" with_proc setpriv --groups 6 "$userns" "0 100000 65536" "0 100000 65536" deny --

fresh 100000
groups=-
hint[number]='the groups stay.*setgroups is denied'
hint[account]='the groups stay.*setgroups is denied'
environment "a user namespace with setgroups denied, and no groups" \
	launch setpriv --clear-groups "$userns" "0 100000 65536" "0 100000 65536" deny --

# The groups that were asked for cannot be given, and no other is there.
forbidden=(launch setpriv --clear-groups "$shared/tools/forbid" 1 setgroups -- stepdown --user 10001 --group 5 --group 44)
fresh
capture "${forbidden[@]}" probe groups
result "S10_groups_that_cannot_be_given_are_named" 0 'groups -' '^stepdown: stepping down: the groups stay: setgroups is denied; missing: 5,44$'
capture "${forbidden[@]}" --strict probe groups
result "S10_groups_that_cannot_be_given_and_strict" 125 '' '; missing: 5,44$'
capture launch setpriv --groups 5,44 "$shared/tools/forbid" 1 setgroups -- stepdown --strict --user 10001 --group 5 --group 44 probe groups
result "S10_groups_that_are_there_need_not_be_given" 0 'groups 5 44' 'the groups stay: setgroups is denied$'

done_testing
