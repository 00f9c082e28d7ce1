# A directory behind slow storage, by tools/slowfs.c.

: "${work:?}" "${e2e_directory:?}" # a part of engine.bash

declare -A slowfs_pids=()

# build_slowfs: with the system's libc, because libfuse3 is its.
build_slowfs() {
	gcc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -isystem /usr/include/fuse3 -o "$work/slowfs" "$e2e_directory/../tools/slowfs.c" -lfuse3 -lpthread
}

need_slowfs() {
	[[ -c /dev/fuse ]] || skip_all "needs /dev/fuse"
	build_slowfs 2>"$work/slowfs.log" || { fail "slowfs can be built" "$(<"$work/slowfs.log")"; done_testing; }
}

slowfs_is_mounted() {
	grep -qF " $1 " /proc/self/mountinfo
}

# mount_slowfs SOURCE MOUNTPOINT MICROSECONDS
mount_slowfs() {
	setpriv --pdeathsig TERM "$work/slowfs" "$@" >"$work/slowfs.report" 2>"$work/slowfs.log" </dev/null &
	slowfs_pids[$2]=$!
	# The mount is looked for in mountinfo, because a look at it would be a call.
	wait_until slowfs_is_mounted "$2" || diag "slowfs: $(<"$work/slowfs.log")"
}

# hurry_slowfs MOUNTPOINT: no more delay from now on.
hurry_slowfs() {
	kill -USR1 "${slowfs_pids[$1]}"
}

# unmount_slowfs MOUNTPOINT: sets the numbers that slowfs.c explains.
# shellcheck disable=SC2034 # used by the test files
unmount_slowfs() {
	kill "${slowfs_pids[$1]}" && wait "${slowfs_pids[$1]}"
	! slowfs_is_mounted "$1" || umount --lazy "$1"
	read -r slow_calls slow_chowns slow_most slow_mean < <(awk '{ print $2 }' "$work/slowfs.report" | xargs)
}
