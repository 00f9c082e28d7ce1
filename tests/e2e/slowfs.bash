# slowfs.c, built and mounted, for whoever has $work (a directory that goes away), `defer` and `wait_until`: engine.bash gives them.

: "${work:?}" "${e2e_directory:?}"

# The numbers of one mount after the other, set by unmount_slowfs for whoever asks.
# shellcheck disable=SC2034
slow_calls='' slow_most='' slow_mean='' slow_report=''
declare -A slowfs_pids=()

# build_slowfs: with the system's libc, because libfuse3 is its.
build_slowfs() {
	gcc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -isystem /usr/include/fuse3 -o "$work/slowfs" "$e2e_directory/../tools/slowfs.c" -lfuse3 -lpthread
}

slowfs_is_mounted() {
	grep -qF " $1 " /proc/self/mountinfo
}

# mount_slowfs SOURCE MOUNTPOINT MICROSECONDS
mount_slowfs() {
	"$work/slowfs" "$@" >"$work/slowfs.report" 2>"$work/slowfs.log" </dev/null &
	slowfs_pids[$2]=$!
	defer unmount_slowfs "$2"
	# Not by a look at it, which would be a call.
	wait_until 10 slowfs_is_mounted "$2"
}

# No more delay from now on.
hurry_slowfs() {
	kill -USR1 "${slowfs_pids[$1]}"
}

# unmount_slowfs MOUNTPOINT
# shellcheck disable=SC2034
unmount_slowfs() {
	local pid=${slowfs_pids[$1]:-}

	[[ -n $pid ]] || return 0
	unset "slowfs_pids[$1]"
	kill "$pid" && wait "$pid"
	! slowfs_is_mounted "$1" || umount --lazy "$1"
	slow_report=$(<"$work/slowfs.report")
	slow_calls=$(slow_count calls)
	slow_most=$(slow_count most)
	slow_mean=$(slow_count mean)
}

# slow_count NAME: what the last report says of it.
slow_count() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$slow_report"
}

# need_slowfs: for a test file.
need_slowfs() {
	[[ -c /dev/fuse ]] || skip_all "needs /dev/fuse"
	build_slowfs 2>"$work/slowfs.log" || { fail "slowfs can be built" "$(<"$work/slowfs.log")"; done_testing; }
}
