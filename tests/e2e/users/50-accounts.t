#!/bin/bash
# /etc/passwd and /etc/group: damaged, hostile, shared, not there; and how they are written.

# shellcheck disable=SC2016 # the dollars are for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines

# S6, S7: a line counts with all its fields and ids in range, or it does not exist. tests/unit/test_accounts.c has every damage.
tree=$(copy_tree damaged)
cat >>"$tree/etc/passwd" <<-'END'
	emptyuid:x::1000::/:/bin/sh
	hexuid:x:0x0:1000::/:/bin/sh
	biggid:x:1500:4294967296::/:/bin/sh
	short:x:1500:1500
	+::::::
	nameonly
	twice:x::0::/root:/bin/sh
	twice:x:1502:1502::/twice:/bin/sh
END
printf 'crlf:x:1501:1501::/crlf:/bin/sh\r\nlast:x:1503:1503::/last:/bin/sh' >>"$tree/etc/passwd"
printf 'nogid:x::app\nbig:x:4294967296:app\nhex:x:0x0:app\nshort:x:0\n+:::app' >>"$tree/etc/group"
for name in emptyuid hexuid biggid short + nameonly; do
	capture in_tree "$tree" stepdown --user "$name" probe uid
	result "S6_damaged_line_does_not_exist: $name" 125 '' "^stepdown: .*'${name/+/[+]}'"
done
capture in_tree "$tree" stepdown --user twice probe uid env.HOME
result "S6_sound_line_after_a_damaged_one" 0 $'uid 1502 1502 1502 1502\nenv.HOME /twice'
capture in_tree "$tree" stepdown --user crlf probe uid env.HOME
result "S6_line_with_crlf" 0 $'uid 1501 1501 1501 1501\nenv.HOME /crlf'
capture in_tree "$tree" stepdown --user last probe uid env.HOME
result "S6_last_line_without_a_newline" 0 $'uid 1503 1503 1503 1503\nenv.HOME /last'
capture in_tree --groups=0 "$tree" stepdown --user app probe groups
result "S7_damaged_group_lines_grant_nothing" 0 'groups 33 44 1000'
for name in nogid big hex short; do
	capture in_tree "$tree" stepdown --user "app:$name" probe uid
	result "S7_damaged_group_line_does_not_exist: $name" 125 '' "^stepdown: .*'(app:)?$name'"
done

# S28: files that are none.
declare -A not_a_file=([fifo]='Invalid argument' [directory]='Invalid argument' [huge]='File too large' [zero]='Invalid argument')
for kind in fifo directory huge zero; do
	for file in passwd group; do
		tree=$(copy_tree "$kind.$file")
		rm "$tree/etc/$file"
		case $kind in
		fifo) mkfifo "$tree/etc/$file" ;;
		directory) mkdir "$tree/etc/$file" ;;
		huge) { cat "$shared/busybox/etc/$file"; head -c 17M /dev/zero | tr '\0' '#'; } >"$tree/etc/$file" ;;
		zero) mknod -m 644 "$tree/etc/$file" c 1 5 ;;
		esac
		capture timeout -k 1 10 env -i PATH="$image_path" chroot "$tree" stepdown --user app probe uid
		result "S28_etc_${file}_is_a_$kind" 125 '' "^stepdown: reading the accounts: '/etc/$file': ${not_a_file[$kind]}"
		remove_tree "$tree"
	done
done
tree=$(copy_tree long)
printf 'long:x:4000:%sapp\n' "$(printf 'member%d,' {1..20000})" >>"$tree/etc/group"
capture in_tree "$tree" stepdown --user app probe groups
result "S28_long_lines_are_fine" 0 'groups 33 44 1000 4000'

# No files at all, with and without /etc.
make_tree scratch && cp -a "$shared/scratch" "$work/nothing"
in_nothing() {
	capture in_tree --groups=0 "$work/nothing" /stepdown "$@" /probe uid gid groups env.HOME env.USER
}
in_nothing --user app
result "no_passwd_no_user" 125 '' "^stepdown: .*'app'"
in_nothing --user 1000:1001
result "no_etc_at_all" 0 "$(identity 1000 1001 1001)"$'\nenv.USER (unset)\nenv.HOME /'
mkdir "$work/nothing/etc"
in_nothing --user svc=10001:10002
result "no_passwd_and_an_account" 0 "$(identity 10001 10002 10002)"$'\nenv.HOME /\nenv.USER svc'

# S29: how it is written. Odd bytes of others are theirs.
tree=$(copy_tree written)
printf '# a comment\n\n\t odd\xff:bytes\nlast:x:1500:1500::/:/bin/sh' >>"$tree/etc/passwd"
printf 'oddgroup:x\n\nlast:x:1500:' >>"$tree/etc/group"
chown 0:33 "$tree/etc/passwd" && chmod 640 "$tree/etc/passwd"
setfattr -n user.note -v kept "$tree/etc/passwd" 2>/dev/null
setfacl -m u:1001:r "$tree/etc/group" 2>/dev/null
cp "$tree/etc/passwd" "$tree/etc/group" "$work"
before=$(cd "$tree/etc" && stat -c '%n %a %u:%g' passwd group && getfattr -d -m - passwd && getfacl -c group)
names=$(find "$tree/etc" | sort)
capture in_tree "$tree" stepdown --user svc=10001:10002 probe uid gid
result "S29_account_is_added" 0 "$(identity 10001 10002 '' | head -n 2)" svc
for file in passwd group; do
	ok "S29_every_other_byte_of_$file" cmp -n "$(stat -c %s "$work/$file")" "$work/$file" "$tree/etc/$file"
	is "$(tail -n 1 "$tree/etc/$file" | cut -d: -f1,3)" "$([[ $file == passwd ]] && echo svc:10001 || echo svc:10002)" \
		"S29_a_line_of_its_own_in_$file"
done
is "$(cd "$tree/etc" && stat -c '%n %a %u:%g' passwd group && getfattr -d -m - passwd && getfacl -c group)" "$before" \
	"S29_mode_owner_and_attributes_are_kept"
is "$(find "$tree/etc" ! -name .pwd.lock | sort)" "$names" "S29_nothing_is_left_over"
capture in_tree "$tree" stepdown --user last=1600:1601 probe uid
is "$(tail -n 1 "$tree/etc/passwd" | cut -d: -f1,3) $(grep -c '^last:' "$tree/etc/passwd")" "svc:10001 1" "S29_renumbered_in_place"

# Bind-mounted files cannot be renamed over.
for engine in $engines; do
	for file in passwd group; do
		"${file}_lines" >"$work/$file.$engine"
	done
	before=$(stat -c '%i %a %u' "$work/passwd.$engine")
	shared_files=(--volume "$work/passwd.$engine:/etc/passwd" --volume "$work/group.$engine:/etc/group")
	capture run_in "$engine" sd-busybox "${shared_files[@]}" -- stepdown --user svc=10001:10001 id -un
	result "S29_bind_mounted_passwd: $engine" 0 svc svc
	is "$(stat -c '%i %a %u' "$work/passwd.$engine")" "$before" "S29_bind_mounted_passwd_is_the_same_file: $engine"
	ok "S29_bind_mounted_passwd_is_appended_to: $engine" cmp -n "$(passwd_lines | wc -c)" <(passwd_lines) "$work/passwd.$engine"
	capture run_in "$engine" sd-busybox --volume "$work/passwd.$engine:/etc/passwd:ro" -- stepdown --user new=10002:10002 probe uid
	result "S29_bind_mounted_read_only_is_used_by_number: $engine" 0 'uid 10002 10002 10002 10002' "'new': Read-only"
	like "$errors" "'/etc/group': added the line 'new:" "S29_the_line_that_was_written_all_the_same_is_told: $engine"
done

# Starts at once that share the two files: replaced in a tree, and mounted, so that they can only be appended to; then all for the same
# account.
at_once() {
	local i
	local -a pids=()

	for ((i = 0; i < 40; i++)); do
		in_tree "$tree" stepdown --user "${1//N/$i}" true >/dev/null 2>&1 </dev/null &
		pids+=($!)
	done
	wait "${pids[@]}"
}
for kind in replaced mounted; do
	tree=$(copy_tree "crowd.$kind")
	for file in passwd group; do
		[[ $kind == replaced ]] || { mount --bind "$tree/etc/$file" "$tree/etc/$file" && defer umount "$tree/etc/$file"; }
	done
	at_once 'pN=2N:2N'
	is "$(grep -cE '^p[0-9]+:[^:]*:2[0-9]+:2[0-9]+:' "$tree/etc/passwd") $(grep -cE '^p[0-9]+:[^:]*:2[0-9]+:' "$tree/etc/group")" "40 40" \
		"S29_forty_at_once_lose_no_lines: $kind"
	ok "S29_and_the_others_lines_are_there: $kind" cmp -n "$(passwd_lines | wc -c)" "$shared/busybox/etc/passwd" "$tree/etc/passwd"
	at_once 'same=3000:3000'
	is "$(grep -c '^same:' "$tree/etc/passwd") $(grep -c '^same:' "$tree/etc/group")" "1 1" "S29_one_account_is_made_once: $kind"
done

# No room for the new line: the old file stays whole.
tree=$(copy_tree full)
mount -t tmpfs -o size=24k,mode=755 tmpfs "$tree/etc" && defer umount "$tree/etc"
cp "$shared/busybox/etc/passwd" "$shared/busybox/etc/group" "$tree/etc"
dd if=/dev/zero of="$tree/etc/filler" bs=4096 count=100 2>/dev/null
capture in_tree "$tree" stepdown --user svc=10001:10001 probe uid
like "$errors" '^stepdown: .*/etc.*No space' "S29_full_disk_is_told"
ok "S29_full_disk_leaves_passwd_whole" cmp "$shared/busybox/etc/passwd" "$tree/etc/passwd"
ok "S29_full_disk_leaves_group_whole" cmp "$shared/busybox/etc/group" "$tree/etc/group"

# --- streams that are closed at the start -------------------------------------------------------------------------------------------

# Without them the program's own files have the numbers 0 to 2, and its messages go there. passwd cannot be replaced, and somebody
# who may read it holds a lock, so the program waits with the file open.
tree=$(copy_tree closed) || exit
cp "$tree/etc/passwd" "$work/passwd.mounted" && touch "$tree/etc/passwd" && mount --bind "$work/passwd.mounted" "$tree/etc/passwd"
defer umount "$tree/etc/passwd"
mkfifo "$work/locked" "$work/unlock"
python3 -c 'import fcntl, sys
passwd = open(sys.argv[1])
fcntl.lockf(passwd, fcntl.LOCK_SH)
open(sys.argv[2], "w").close()
open(sys.argv[3]).close()' "$work/passwd.mounted" "$work/locked" "$work/unlock" &
defer stop_process $!
read -r <"$work/locked"
# shellcheck disable=SC2317 # it is called, by wait_until
waits_for_lock() {
	local number

	for number in /proc/"$1"/fd/*; do
		[[ $number -ef $work/passwd.mounted && $(<"/proc/$1/fdinfo/${number##*/}") == *flags:*1$'\n'mnt_id* ]] && return
	done
	return 1
}
for closed in '<&- >&- 2>&-' '2>&-' '>&- 2>&-'; do
	before=$(<"$work/passwd.mounted")
	eval "env -i PATH=$image_path chroot $tree stepdown --user closed=10001 true $closed &"
	pid=$!
	ok "the program waits for the lock, with $closed" wait_until 30 waits_for_lock $pid
	kill -TERM $pid
	wait $pid
	is "$?" 143 "the start is ended, with $closed"
	is "$(<"$work/passwd.mounted")" "$before" "no message is written to a file of the program, with $closed"
done
capture in_tree / sh -c 'exec "$@" <&- 2>&-' sh "$STEPDOWN" --user 10001 sh -c 'test ! -e /proc/$$/fd/0 && test ! -e /proc/$$/fd/2 && echo closed'
result "the_command_finds_them_closed" 0 closed

done_testing
