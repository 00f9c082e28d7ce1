#!/bin/bash
# Every call that the program makes at all, forbidden (EPERM) and unknown (ENOSYS) throughout: either all is right, or the command has
# not run, the status is 125 and a message says what failed.
#
# quick: left out, because it traces every call.

# shellcheck source-path=SCRIPTDIR source=environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/environment.bash"
need_environments
need_commands setpriv strace
# shellcheck source-path=SCRIPTDIR source=forbid.bash
source "$e2e_directory/forbid.bash"

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
	grep -vxE 'execve|exit|exit_group|arch_prctl|set_tid_address|mprotect|writev' | sort -u)
declare -i tried=0 stood=0 refused=0
for call in $calls; do
	for errno in $EPERM $ENOSYS; do
		fill
		capture forbidding "$errno" "$call" "${start[@]}"
		tried+=1
		owners=$(cd "$tree" && find data -printf '%U:%G\n' | sort -u)
		if ! whole_files; then
			fail "$call with errno $errno: the account files are the old ones or the new ones" "$(ls -la "$tree/etc"; cat "$tree/etc/passwd")"
		elif ((status == 0)) && [[ $output == "$right" && ($owners == 10001:10002 || $errors == *'skipped'*) ]]; then
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
