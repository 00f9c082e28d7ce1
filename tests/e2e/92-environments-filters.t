#!/bin/bash
# Environments in which system calls are answered by a filter: kernels that are older than a call, profiles that forbid it.
#
# First the calls that the program can do without: whichever way they are missing, everything must come out right. Then every call
# that it makes at all, as the kernel itself counts them: each is forbidden (EPERM) and unknown (ENOSYS) throughout, and either all
# is right, or the command has not run, the status is 125 and a message says what failed.

# shellcheck source-path=SCRIPTDIR source=environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/environment.bash"
need_environments
need_commands setpriv strace

EPERM=1 ENOSYS=38
tree=$(copy_tree filters) || exit
mkdir "$tree/data" && install -m 755 "$shared/tools/forbid" "$tree/usr/local/bin/forbid"

fresh() {
	rm -rf "${tree:?}/etc" "$tree/data" && cp -a "$shared/busybox/etc" "$tree/etc" && mkdir "$tree/data"
}

# forbidding ERRNO CALLS COMMAND...: only the program itself is under the filter, not the shell that looks.
# shellcheck disable=SC2016 # the dollars are for that shell
forbidding() {
	printf '#!/bin/sh\nexec forbid %s %s /usr/local/bin/stepdown "$@"\n' "$1" "$2" >"$tree/usr/local/sbin/stepdown"
	chmod 755 "$tree/usr/local/sbin/stepdown"
	# With a group that must not stay behind.
	timeout -k 5 60 env -i HOME=/root PATH="$image_path:$PATH" setpriv --groups 6 chroot "$tree" "${@:3}"
}
mkdir -p "$tree/usr/local/sbin"

# --- what can be done without -------------------------------------------------------------------------------------------------

for call in openat2 statx openat2,statx flock renameat2 flock,renameat2 clone,clone3 sched_getaffinity prlimit64 clock_gettime \
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

# --- every call ---------------------------------------------------------------------------------------------------------------

fill() {
	fresh && mkdir -p "$tree/data/sub" && touch "$tree/data/file" "$tree/data/sub/file" && ln -s /etc/passwd "$tree/data/sub/link"
}

# The old bytes, or these and the new line; and no other file than before.
whole_files() {
	local file

	for file in passwd group; do
		cmp -s "$shared/busybox/etc/$file" <(grep -v '^svc:\*:1000[12]:[^:]*' "$tree/etc/$file") || return
	done
	[[ $(cd "$tree/etc" && find . ! -name .pwd.lock | sort) == "$(cd "$shared/busybox/etc" && find . | sort)" ]]
}

# Those between the program's own beginning and the command's. Not execve, for then there would be no program; nor what the C library
# does before main(), where nobody can say anything yet; nor writev, without which neither the program nor the probe can say anything.
fill
start=(stepdown --user svc=10001:10002 --own /data --mkdir /data/new probe cap gid groups no_new_privs uid)
rm -f "$tree/usr/local/sbin/stepdown"
capture timeout -k 5 60 strace -f -qq -e signal=none -o "$work/calls" env -i PATH="$image_path" chroot "$tree" "${start[@]}"
right=$output
calls=$(sed -nE 's/^[0-9]+ +//; /^execve\("[^"]*\/stepdown".* = 0$/,/^execve\("[^"]*\/probe".* = 0$/ s/^([a-z0-9_]+)\(.*/\1/p' "$work/calls" |
	grep -vxE 'execve|exit|exit_group|arch_prctl|set_tid_address|writev' | sort -u)
declare -i tried=0 stood=0 refused=0
for call in $calls; do
	for errno in $EPERM $ENOSYS; do
		fill
		capture forbidding "$errno" "$call" "${start[@]}"
		tried+=1
		owners=$(cd "$tree" && find data -printf '%U:%G\n' | sort -u)
		if ! whole_files; then
			fail "$call with errno $errno: the account files are the old ones or the new ones" "$(ls -la "$tree/etc"; cat "$tree/etc/passwd")"
		elif ((status == 0)) && [[ $output == "$right" && ($owners == 10001:10002 || $errors == *'left as they are'*) ]]; then
			stood+=1
		elif ((status == 125)) && [[ -z $output && $errors =~ ^(.*$'\n')?'stepdown: ' ]]; then
			refused+=1
		else
			fail "$call with errno $errno: all is right, or nothing has run" "status $status" "$output" "$errors" "$owners"
		fi
	done
done
diag "calls that were answered by a filter: $tried, all right: $stood, refused with a message: $refused"
is $((stood + refused)) $tried "environment every call in turn: all is right, or no command has run and why is said"
ok "environment every call in turn: forty calls at least" test $tried -ge 80
done_testing
