#!/bin/bash
# Kernels that are older than several calls, and profiles that forbid them, by a seccomp filter. tests/faults forbids each call alone.
#
# quick: left out, because tests/faults is a part of it.

# shellcheck source-path=SCRIPTDIR source=../environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_environments
need_commands setpriv
# shellcheck source-path=SCRIPTDIR source=../forbid.bash
source "$e2e_directory/forbid.bash"

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

done_testing
