#!/bin/bash
# Environments that need no engine: user namespaces of every shape, a tree without /proc or with another's, few
# capabilities.
#
# quick: left out, because it takes a quarter of the time of quick.

source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_tree
need_commands setpriv strace unshare

mkdir -p "$tree/proc"
owner=0

# fresh OWNER: an empty volume and the account files of the image; all of the tree belongs to OWNER, who is root inside.
fresh() {
	rm -rf "$tree/data" "${tree:?}/etc" && mkdir "$tree/data" && cp -a "$shared/busybox/etc" "$tree/etc" || exit
	if (($1 != owner)); then
		owner=$1
		chown -hR "$owner:$owner" "$tree"
	elif ((owner != 0)); then
		chown -R "$owner:$owner" "$tree/data" "$tree/etc"
	fi
}

# behind OWNER NAME PROGRAM...: the environment that PROGRAM makes.
behind() {
	fresh "$1"
	environment "$2" in_tree_under "$tree" "${@:3}" --
}

# Programs that make an environment. In a new PID namespace the numbers in this /proc mean other processes, or none.
with_proc=(unshare --mount --propagation private sh -c 'mount --bind /proc "$0/proc" && exec "$@"' "$tree")
userns=("${with_proc[@]}" "$shared/tools/userns")
all_ids="0 100000 65536"

behind 0 "a chroot without /proc"
behind 0 "a PID namespace with a foreign /proc" "${with_proc[@]}" unshare --pid --fork
behind 0 "a PID namespace without /proc" unshare --pid --fork

# Without CAP_SETPCAP the bounding set stays. CAP_SYS_CHROOT is for chroot.
bounding=00000000000400c1
behind 0 "three capabilities" "${with_proc[@]}" setpriv --bounding-set=-all,+chown,+setuid,+setgid,+sys_chroot

behind 0 "a user namespace that maps every id to itself" "${userns[@]}" "0 0 4294967295" "0 0 4294967295" allow
who=1000:1001
behind 100000 "a user namespace with 65536 ids" "${userns[@]}" "$all_ids" "$all_ids" allow

who=1000:1000
behind 100000 "a user namespace with few ids" "${userns[@]}" "0 100000 10,1000 101000 1" "0 100000 10,1000 101000 1" allow

who=1000:0
behind 100000 "a user namespace with one gid" "${userns[@]}" "$all_ids" "0 100000 1" allow

who=1000:1001 told="the uid: '1000': not mapped"
behind 100000 "a user namespace in a user namespace" "${userns[@]}" "$all_ids" "$all_ids" allow unshare --user --map-root-user
told="the uid: '10001': not mapped"
behind 65534 "unshare --map-root-user" "${with_proc[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user

# setgroups is denied: with groups of root's that is fatal, with none there is nothing to give up.
told='setgroups is denied'
behind 100000 "a user namespace with setgroups denied" "${with_proc[@]}" setpriv --groups 6 "$shared/tools/userns" "$all_ids" "$all_ids" deny
hint='stepdown: stepping down: the groups stay: setgroups is denied' groups=-
behind 100000 "a user namespace with setgroups denied, and no groups" setpriv --clear-groups "$shared/tools/userns" "$all_ids" "$all_ids" deny

# The groups that were asked for cannot be given, and no other is there.
fresh 0
denied=("$shared/tools/userns" "0 0 65536" "0 0 65536" deny -- stepdown --user 10001 --group 5 --group 44)
tree_gives S10_groups_that_cannot_be_given_and_strict 125 '' '; missing: 5,44$' setpriv --clear-groups "${denied[@]}" --strict probe groups
tree_gives S10_groups_that_are_there_need_not_be_given 0 'groups 5 44' 'setgroups is denied$' setpriv --groups 5,44 "${denied[@]}" --strict probe groups

# S49: the end of a thread is known by the kernel's word, and not by the answer of tgkill. A start that frees the memory of a running
# thread ends by a signal now and then. faults/scenario.c has a kernel that is older than several calls.
make_directories "$tree/data" 200
runs S49_a_refused_tgkill_ends_no_start 0 '' '' in_tree_under "$tree" strace -f --seccomp-bpf -o /dev/null -e trace=tgkill -e inject=tgkill:error=EPERM -- sh -c '
	for start in $(seq 30); do
		chown -R 0:0 /data
		stepdown --quiet --user 1000:1000 --own /data --own-jobs 8 true || echo "start $start ended with $?"
	done'

done_testing
