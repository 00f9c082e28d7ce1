#!/bin/bash
# Root shares things with a command that it starts: the terminal and the pipes of its streams (S41), groups that a user namespace
# hides (S45), and keys (S46).

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_commands keyctl script setpriv

# --- S41: streams ---------------------------------------------------------------------------------------------------------------

# in_terminal COMMAND [ARG]...: COMMAND may be a function of engine.bash. It has a terminal, on which nobody types. Captured, the
# output has no carriage returns.
mkfifo "$work/keyboard" && exec {keyboard}<>"$work/keyboard"
export shared
export -f docker podman run_in split
in_terminal() {
	local command

	printf -v command '%q ' "$@"
	SHELL=$BASH script --quiet --return --flush --command "$command" /dev/null <&"$keyboard" | tr -d '\r'
}

open_again='echo out >/dev/stdout && echo err >/dev/stderr && echo fd >/proc/self/fd/1 && stat -L -c %u /proc/self/fd/1'
opened_in_terminal=$'out\nerr\nfd\n1000\ntty'
# Debian's gosu changes no owner: it shows what the application may do when the start is over.
look='stat -c %u "$(tty)" && /opt/real/gosu app sh -c "id -u; : <$(tty)" 2>/dev/null || echo denied'

# unit/test_handover.c has all processes that may be above the program.
for engine in $engines; do
	[[ $engine != tree ]] || { skip "S41: the streams of containers" "needs docker or podman"; continue; }
	runs "S41_streams_of_the_first_process_are_given: $engine" 0 $'out\nfd\n1000' '^err$' \
		run_in "$engine" sd-busybox -- stepdown --user app sh -c "$open_again"
	# The second service is root's, and its log goes into the same pipe.
	capture run_in "$engine" sd-busybox -- sh -c 'test -p /proc/self/fd/1 || echo "no pipe"
		stepdown --user app sh -c "id -u; : </proc/self/fd/1" 2>/dev/null || echo denied
		stat -L -c %u /proc/self/fd/1'
	result "S41_a_pipe_that_a_supervisor_shares_stays_roots: $engine" 0 $'1000\ndenied\n0'
	capture in_terminal run_in "$engine" sd-busybox --init --interactive --tty -- stepdown --user app sh -c "$open_again && echo tty >/dev/tty"
	result "S41_streams_of_a_process_below_an_init_are_given, a terminal: $engine" 0 "$opened_in_terminal"
	capture in_terminal run_in "$engine" sd-busybox --interactive --tty -- sh -c "stepdown --user app true; $look"
	result "S41_the_terminal_of_a_shell_that_is_process_1_stays_roots: $engine" 0 $'0\n1000\ndenied'

	# The application runs in a container, and root starts something beside it.
	container=sd-$$-$engine-$RANDOM
	defer "$engine" rm --force --time 0 "$container"
	"$engine" run --detach --network none --name "$container" sd-busybox stepdown --user app sleep 1000 >/dev/null
	wait_until "$engine" exec "$container" grep -q '^Uid:.1000' /proc/1/status || fail "the application runs: $engine"
	capture in_terminal "$engine" exec --interactive --tty "$container" stepdown --user app sh -c "$open_again && echo tty >/dev/tty"
	result "S41_a_terminal_of_a_process_beside_is_given: $engine" 0 "$opened_in_terminal"
	capture in_terminal "$engine" exec --interactive --tty "$container" sh -c "stepdown --user app true; $look"
	result "S41_the_terminal_of_a_shell_beside_stays_roots: $engine" 0 $'0\n1000\ndenied'
done

# --- S45: a group that is not mapped ----------------------------------------------------------------------------------------------

need_tree
install -m 640 /dev/null "$tree/hidden" && chown 0:4242 "$tree/hidden"

# in_userns allow|deny|keep COMMAND [ARG]...: getgroups shows 65534 in place of the group 4242.
in_userns() {
	in_tree / setpriv --groups 4242 "$shared/tools/userns" '0 0 1,65534 65534 1' '0 0 1,65534 65534 1' "$1" chroot "$tree" "${@:2}"
}
runs S45_a_group_is_hidden 0 'groups 65534' '' in_userns keep probe groups
runs S45_a_file_of_a_hidden_group_stays_closed 1 '' "can't open '/hidden': Permission denied" in_userns keep stepdown --user 65534 cat /hidden
runs S45_a_hidden_group_that_cannot_be_given_up_is_told 125 '' '^stepdown: [^:]*: .65534.: setgroups is denied in this user namespace' \
	in_userns deny stepdown --user 65534 true

# Other users may not be able to reach the program where it was built.
reachable=$work/stepdown
cp "$STEPDOWN" "$reachable"

# For whoever is not root at the start 65534 is shown for the ids of the caller, who is root outside. unit/test_creds.c has the other ids.
runs S45_a_uid_that_is_not_mapped_is_not_nobodys 125 '' "^stepdown: checking the uid: '65534': not mapped in this user namespace" \
	in_tree / unshare --user "$reachable" --user 65534:65534 id -u

# with_key NAME STATUS OUTPUT MESSAGES SCRIPT: root's keyring has the key KEY. The shell stays in the keyring, because the kernel collects
# the keys of a keyring that is left.
with_key() {
	runs "S46_$1" "$2" "$3" "^Joined session keyring: [0-9]+$4\$" in_tree / keyctl session - \
		sh -c "export KEY=\$(keyctl add user stepdown-e2e secret @s); $5; exit" "$reachable"
}
denied=$'\nkeyctl_read_alloc: Permission denied'
with_key root_possesses_its_key 0 secret '' 'keyctl print $KEY'
with_key a_key_of_root_is_not_the_commands 1 '' "$denied" '"$0" --user 1000 keyctl print $KEY'
with_key the_new_keyring_is_the_commands 0 mine '' '"$0" --user 1000 sh -c "keyctl print \$(keyctl add user own mine @s)"'
# The quota is the machine's, for each uid. Root gives the user keys until the kernel refuses one.
user=$((1000000 + BASHPID))
with_key a_key_of_root_is_not_the_commands_though_its_quota_is_used_up 1 '' $'\nadd_key: Disk quota exceeded'"$denied" \
	'i=0; while keyctl chown $(keyctl add user $i x @s) '"$user"' 2>/dev/null; do i=$((i + 1)); done
	"$0" --user '"$user"' sh -c "keyctl add user more x @s; keyctl print $KEY"'

done_testing
