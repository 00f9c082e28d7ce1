#!/bin/bash
# /etc/passwd and /etc/group that are not there, or mounted. tests/unit has every damage and how they are written (test_accounts.c,
# test_etc*.c), and tests/faults has starts at once (part_together.c).

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands strace

# test_etcfile.c has files that are missing in an /etc.
nothing=$work/nothing
mkdir "$nothing" && install_stepdown "$nothing" "$nothing/stepdown" && cp "$shared/tools/probe" "$nothing"
runs no_etc_at_all 0 "$(identity 1000 1001 1001)"$'\nenv.HOME /' '' \
	in_tree --groups=0 "$nothing" /stepdown --user 1000:1001 /probe uid gid groups env.HOME env.USER

# A bind-mounted file cannot be renamed over. test_etcfile.c and the faults have those that can be appended to.
mount --bind "$tree/etc/passwd" "$tree/etc/passwd" && mount -o remount,bind,ro "$tree/etc/passwd"
tree_gives S29_bind_mounted_read_only_is_used_by_number 0 'uid 10002 10002 10002 10002' "'/etc/group': added the line 'new:.*'new': Read-only" \
	-- stepdown --user new=10002:10002 probe uid
umount "$tree/etc/passwd"

# The program's own files would have the numbers 0 to 2 that are closed, and its messages would go there. The program fills the numbers
# by the root directory first.
strace -qq -e trace=execve,openat,openat2 -o "$work/calls" sh -c 'exec "$@" <&- >&- 2>&-' sh \
	chroot "$tree" /usr/local/bin/stepdown --user svc=10001 true
is "$(awk '/^execve/ { ours = $1 ~ /stepdown/ }
	ours && /^open/ && !/\.so|\/proc\// { if (/"\/",.*O_PATH/) filled++; else if ($NF < 3) print; else count++ }
	END { print (filled > 0 && count > 1) }' "$work/calls")" 1 "no file of the program takes the place of a stream"

done_testing
