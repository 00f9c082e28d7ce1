#!/bin/bash
# Environments in which system calls are answered by a filter: kernels that are older than a call, profiles that forbid it. What the
# program can do without may be missing in whichever way, and everything comes out right; what it cannot is an error that says so.
#
# quick: left out, because it makes a hundred starts with filters.

# shellcheck source-path=SCRIPTDIR source=environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/environment.bash"
need_environments
need_commands setpriv
# shellcheck source-path=SCRIPTDIR source=forbid.bash
source "$e2e_directory/forbid.bash"

# --- what can be done without -------------------------------------------------------------------------------------------------

for call in openat2 statx openat2,statx renameat2 clone,clone3 sched_getaffinity prlimit64 clock_gettime \
	fremovexattr ioctl close_range,faccessat2,fchmodat2,getrandom,membarrier; do
	for errno in $EPERM $ENOSYS; do
		fresh
		environment "$call is $([[ $errno == "$EPERM" ]] && printf forbidden || printf unknown)" forbidding "$errno" "$call"
	done
done
fresh
environment "a kernel that is older than openat2, statx, faccessat2, close_range, renameat2, clone3" \
	forbidding $ENOSYS openat2,statx,faccessat2,close_range,renameat2,clone3,fchmodat2,getrandom,membarrier
fresh
environment "ambient capabilities are unknown" forbidding 22 prctl:47

# Without /proc nothing is left that tells where another mount begins (S40).
for errno in $EPERM $ENOSYS; do
	fresh
	mkdir -p "$tree/data/mount" "$tree/outside" && touch "$tree/outside/secret" && mount --bind "$tree/outside" "$tree/data/mount"
	defer umount "$tree/data/mount"
	capture forbidding "$errno" openat2,statx,name_to_handle_at stepdown --user 1000:1001 --own /data probe uid
	result "S40_nothing_tells_of_mounts, $errno: that is told" 0 'uid 1000 1000 1000 1000' \
		"'/data': no system call tells where another mount begins \\(mount /proc, or allow openat2 or statx\\)"
	is "$(find "$tree/outside" "$tree/data/mount" ! -user 0)" '' "S40_nothing_tells_of_mounts, $errno: no directory is entered"
	umount "$tree/data/mount"
done

# --- what cannot --------------------------------------------------------------------------------------------------------------

# without CALLS MESSAGE
without() {
	local errno

	for errno in $EPERM $ENOSYS; do
		fresh
		capture forbidding "$errno" "$1" stepdown --user 1000:1001 probe uid
		result "environment $1 is $([[ $errno == "$EPERM" ]] && printf forbidden || printf unknown): no command has run, and why is said" \
			125 '' "^stepdown: [^"$'\n'"]*($2)[^"$'\n'"]*\$"
	done
}
without capset "giving up privileges: 'capabilities'"
without setgroups "setting the groups: '1001'"
without setresgid "changing the gid: '1001'"
without setresuid "changing the uid: '1000'"
without prctl:24 "giving up privileges: 'bounding set'"
without prctl:38 "giving up privileges: 'no_new_privs'"
without prctl:39 "reading the credentials"
without capget "reading the credentials"
without getgroups "reading the credentials"

done_testing
