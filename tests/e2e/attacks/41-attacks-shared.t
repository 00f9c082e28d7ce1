#!/bin/bash
# Root shares things with a command that it starts: the terminal and the pipes of its streams (S41), groups that a user namespace
# hides (S45), and keys (S46). A setuid start gives root's rights to another caller (S50).

# shellcheck disable=SC2016 # the dollars are for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_real_engines
need_commands script setcap setpriv
take_turns

tools=(--volume "$shared/tools:/tools:ro")

# --- S41: streams ---------------------------------------------------------------------------------------------------------------

# in_terminal COMMAND [ARG]...: COMMAND may be a function of engine.bash. It has a terminal, on which nobody types. Captured, the
# output has no carriage returns.
mkfifo "$work/keyboard" && exec {keyboard}<>"$work/keyboard"
export shared
export -f docker podman run_in
# shellcheck disable=SC2317 # it is called, by capture
in_terminal() {
	local command

	printf -v command '%q ' "$@"
	SHELL=$BASH script --quiet --return --flush --command "$command" /dev/null <&"$keyboard" | tr -d '\r'
}

# A container in which the application runs, and root may start something beside it: $container.
# start_application ENGINE [ENGINE OPTION]...
start_application() {
	container=sd-$$-$1-$RANDOM
	defer "$1" rm --force --time 0 "$container"
	"$1" run --detach --network none --name "$container" "${@:2}" sd-busybox stepdown --user app sleep 1000 >/dev/null &&
		wait_until 30 application_runs "$1"
}
# shellcheck disable=SC2317 # it is called, by wait_until
application_runs() {
	"$1" exec "$container" grep -q '^Uid:.1000' /proc/1/status
}

# In a container, orphan COMMAND [ARG]...: the command is a child of process 1, because its parent has ended.
cat >"$work/orphan" <<'END'
#!/bin/sh
if [ "$1" != --alone ]; then
	"$0" --alone "$@" &
	exit
fi
shift
until grep -q '^PPid:.1$' /proc/$$/status; do
	sleep 0.1
done
exec "$@"
END
chmod 755 "$work/orphan"
orphan=(--volume "$work/orphan:/usr/local/bin/orphan:ro")
start_orphan='orphan stepdown --user app touch /tmp/over; until test -e /tmp/over; do sleep 0.1; done'

open_again='echo out >/dev/stdout && echo err >/dev/stderr && echo fd >/proc/self/fd/1 && stat -L -c %u /proc/self/fd/1'
opened=$'out\nfd\n1000'
opened_in_terminal=$'out\nerr\nfd\n1000\ntty'

gives "S41_streams_of_the_first_process_are_given" 0 "$opened" '^err$' -- stepdown --user app sh -c "$open_again"

# The second service is root's, and its log goes into the same pipe. Others start later.
gives "S41_a_pipe_that_a_supervisor_shares_stays_roots" 0 $'EACCES\n0' '' -- sh -c '
	test -p /proc/self/fd/1 || echo "no pipe"
	sleep 1000 &
	stepdown --user app probe open /proc/self/fd/1
	stat -L -c %u /proc/self/fd/1
	kill $!'
gives "S41_a_pipe_that_a_supervisor_shares_later_stays_roots" 0 $'EACCES\n0' '' -- sh -c '
	test -p /proc/self/fd/1 || echo "no pipe"
	stepdown --user app probe open /proc/self/fd/1
	stat -L -c %u /proc/self/fd/1'

for engine in $engines; do
	[[ $engine != tree ]] || continue
	capture run_in "$engine" sd-busybox --init -- stepdown --user app sh -c "$open_again"
	result "S41_streams_of_a_process_below_an_init_are_given: $engine" 0 "$opened" '^err$'
	capture run_in "$engine" sd-busybox --init "${orphan[@]}" -- sh -c "$start_orphan"'; stat -L -c %u /proc/self/fd/1'
	result "S41_a_pipe_that_an_init_shares_stays_roots: $engine" 0 0
	capture in_terminal run_in "$engine" sd-busybox --interactive --tty -- stepdown --user app sh -c "$open_again && echo tty >/dev/tty"
	result "S41_a_terminal_of_the_first_process_is_given: $engine" 0 "$opened_in_terminal"
	capture in_terminal run_in "$engine" sd-busybox --init --interactive --tty -- stepdown --user app sh -c "$open_again && echo tty >/dev/tty"
	result "S41_a_terminal_of_a_process_below_an_init_is_given: $engine" 0 "$opened_in_terminal"

	start_application "$engine" "${orphan[@]}" || fail "the application runs: $engine"
	capture "$engine" exec "$container" stepdown --user app sh -c "$open_again"
	result "S41_streams_of_a_process_beside_are_given: $engine" 0 "$opened" '^err$'
	capture in_terminal "$engine" exec --interactive --tty "$container" stepdown --user app sh -c "$open_again && echo tty >/dev/tty"
	result "S41_a_terminal_of_a_process_beside_is_given: $engine" 0 "$opened_in_terminal"

	# Debian's gosu changes no owner: it shows what the application may do when the start is over.
	look='stat -c %u "$(tty)" && /opt/real/gosu app probe open "$(tty)"'
	capture in_terminal "$engine" exec --interactive --tty "$container" sh -c "stepdown --user app true; $look"
	result "S41_the_terminal_of_a_shell_beside_stays_roots: $engine" 0 $'0\nEACCES'
	capture in_terminal "$engine" exec --interactive --tty "$container" sh -c "$start_orphan; $look"
	result "S41_the_terminal_of_a_shell_beside_stays_roots_after_an_orphan: $engine" 0 $'0\nEACCES'
	capture in_terminal run_in "$engine" sd-busybox --interactive --tty -- sh -c "stepdown --user app true; $look"
	result "S41_the_terminal_of_a_shell_that_is_process_1_stays_roots: $engine" 0 $'0\nEACCES'
done

# Root's shell on a terminal makes a PID namespace: the program's parent is outside, as an engine is.
look='stat -c %u "$(tty)"'
capture in_terminal sh -c "unshare --pid --fork --mount-proc $STEPDOWN --user 10001 true; $look"
result "S41_the_terminal_of_a_shell_that_makes_a_PID_namespace_stays_roots" 0 0

# --- S45: a group that is not mapped ----------------------------------------------------------------------------------------------

tree=$(copy_tree hiding) || exit
install -m 640 /dev/null "$tree/hidden" && chown 0:4242 "$tree/hidden"

# in_userns allow|deny|keep COMMAND [ARG]...: getgroups shows 65534 in place of the group 4242.
in_userns() {
	capture in_tree / setpriv --groups 4242 "$shared/tools/userns" '0 0 1,65534 65534 1' '0 0 1,65534 65534 1' "$1" chroot "$tree" "${@:2}"
}
in_userns keep probe groups
result "S45_a_group_is_hidden" 0 'groups 65534'
in_userns keep stepdown --user 65534 probe open /hidden
result "S45_a_file_of_a_hidden_group_stays_closed" 0 EACCES
in_userns deny stepdown --user 65534 probe open /hidden
result "S45_a_hidden_group_that_cannot_be_given_up_is_told" 125 '' '^stepdown: [^:]*: .65534.: setgroups is denied in this user namespace'

# Other users may not be able to reach the program where it was built.
reachable=$work/stepdown
cp "$STEPDOWN" "$reachable"

# The same for whoever is not root at the start: 65534 is shown for the ids of the caller, who may be root outside.
# as_unmapped NAME STATUS OUTPUT PATTERN UID:GID GROUPS [UNSHARE OPTION]... -- ARG...
as_unmapped() {
	local name=$1 ids=$5
	local -a expected=("${@:2:3}") maps=() caller=(--reuid "${5%:*}" --regid "${5#*:}")

	[[ -n $6 ]] && caller+=(--groups "$6") || caller+=(--clear-groups)
	shift 6
	while [[ $1 != -- ]]; do
		maps+=("$1")
		shift
	done
	capture in_tree / setpriv "${caller[@]}" unshare --user "${maps[@]}" "$reachable" "${@:2}"
	result "S45_$name: $ids" "${expected[@]}"
}
unmapped="^stepdown: checking the [ug]id: '65534': not mapped in this user namespace"
kept="^stepdown: stepping down: '65534': a group may not be mapped"
for caller in 0:0 1000:1000; do
	as_unmapped a_uid_that_is_not_mapped_is_not_nobodys 125 '' "$unmapped" $caller '' -- --strict --user 65534:65534 id -u
	as_unmapped a_gid_that_is_not_mapped_is_not_nobodys 125 '' "$unmapped" $caller '' --map-user=1000 -- --user 1000:65534 id -u
	as_unmapped a_group_that_is_not_mapped_is_told 0 1000 "$kept" $caller 4242 --map-user=1000 --map-group=1000 -- \
		--user 1000:1000 id -u
	as_unmapped a_group_that_is_not_mapped_and_strict 125 '' "$kept" $caller 4242 --map-user=1000 --map-group=1000 -- \
		--strict --user 1000:1000 id -u
done
capture in_tree / setpriv --reuid 65534 --regid 65534 --groups 65534 "$reachable" --strict --user 65534:65534 id -u
result "S45_nobody_who_is_mapped_has_nothing_to_complain_of" 0 65534 '^$'

# --- S46: keys --------------------------------------------------------------------------------------------------------------------

# The usual filter of an engine forbids keyctl.
keys=("${tools[@]}" --security-opt seccomp=unconfined --)
gives "S46_root_possesses_its_key" 0 secret '^$' "${keys[@]}" /tools/keyring add secret /tools/keyring read
gives "S46_a_key_of_root_is_not_the_commands" 0 EACCES '^$' "${keys[@]}" \
	/tools/keyring add secret stepdown --user app /tools/keyring read
gives "S46_the_new_keyring_is_the_commands" 0 mine '^$' "${keys[@]}" \
	/tools/keyring add secret stepdown --user app /tools/keyring own
# The quota is the machine's, for each uid.
user=$((1000000 + BASHPID))
gives "S46_a_key_of_root_is_not_the_commands_though_its_quota_is_used_up" 0 EACCES '^$' "${keys[@]}" \
	/tools/keyring add secret /tools/keyring fill $user stepdown --user $user /tools/keyring read

# A filter that refuses all of keyctl is usual. One that refuses only to join leaves the key to the command.
keys_forbidden() {
	capture in_tree / "$shared/tools/keyring" add secret "$shared/tools/forbid" "$1" "$2" "$STEPDOWN" --user 1000 "${@:4}" "$3"
}
for errno in 1 13 38; do
	keys_forbidden $errno keyctl true --strict
	result "S46_a_filter_that_refuses_keyctl_is_no_failure: $errno" 0 '' '^$'
	keys_forbidden $errno keyctl true --verbose
	result "S46_a_filter_that_refuses_keyctl_is_told: $errno" 0 '' 'stepping down: the session keyring stays: a filter refuses keyctl'
	keys_forbidden $errno keyctl:1 true
	result "S46_roots_keyring_that_cannot_be_left_ends_the_start: $errno" 125 '' "^stepdown: giving up privileges: 'session keyring': "
done
keys_forbidden 0 keyctl true
result "S46_a_keyring_that_has_not_changed_ends_the_start" 125 '' "'session keyring': it has not changed"

# --- S50: secure starts -----------------------------------------------------------------------------------------------------------

installed='^stepdown: starting: installed setuid, setgid or with file capabilities'
gives "S50_roots_start_works_though_the_host_asks_for_a_secure_one" 0 'uid 1000 1000 1000 1000' '^$' "${tools[@]}" -- \
	/tools/secure stepdown --user app probe uid
gives "S50_a_secure_start_of_another_user_is_refused" 125 '' "$installed" "${tools[@]}" --user 1000:1000 -- \
	/tools/secure stepdown --user app probe uid

# The options are wrong, because nothing may be looked at before.
for name in setuid setgid capable; do
	install -m 755 "$tree/usr/local/bin/stepdown" "$tree/usr/local/bin/stepdown-$name"
done
chmod u+s "$tree/usr/local/bin/stepdown-setuid"
chgrp 33 "$tree/usr/local/bin/stepdown-setgid" && chmod g+s "$tree/usr/local/bin/stepdown-setgid"
setcap cap_setuid,cap_setgid+ep "$tree/usr/local/bin/stepdown-capable"
for name in setuid setgid capable; do
	capture in_tree --userspec=1000:1000 "$tree" "stepdown-$name" --no-such-option
	result "S50_an_installed_copy_is_refused_first: $name" 125 '' "$installed"
done
chown 1000 "$tree/usr/local/bin/stepdown-setuid" && chmod u+s "$tree/usr/local/bin/stepdown-setuid"
capture in_tree "$tree" stepdown-setuid --user app probe uid
result "S50_root_does_not_start_as_whoever_owns_a_setuid_copy" 125 '' "$installed"
capture in_tree / setpriv --securebits=+noroot "$shared/tools/secure" "$tree/usr/local/bin/stepdown" --user 1000:1000 true
result "S50_root_that_is_no_root_is_refused_a_secure_start" 125 '' "$installed"

done_testing
