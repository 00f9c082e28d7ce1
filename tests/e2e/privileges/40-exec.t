#!/bin/bash
# Becoming the command: exit status, PATH, arguments, environment, descriptors, signals, terminal.

# shellcheck disable=SC2016 # the dollars are for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_commands setcap setpriv

gives "it_is_the_first_process" 0 $'pid 1\nppid 0' '^$' -- stepdown --user app probe pid ppid
for code in 0 1 42 125 255; do
	gives "exit_status_is_the_commands_own: $code" "$code" '' '^$' -- stepdown --user app sh -c "exit $code"
done
gives "exit_status_125_is_its_own_failure" 125 '' '^stepdown: ' -- stepdown --user bogus true
gives "exit_status_126_cannot_be_run" 126 '' "^stepdown: .*'/etc/passwd'" -- stepdown --user app /etc/passwd
gives "exit_status_126_directory" 126 '' "^stepdown: .*'/tmp'" -- stepdown --user app /tmp
gives "exit_status_127_not_found" 127 '' "^stepdown: .*'no-such-command'" -- stepdown --user app no-such-command
gives "exit_status_127_not_found_with_a_slash" 127 '' "^stepdown: .*'/no/such/command'" -- stepdown --user app /no/such/command

gives "S32_command_that_only_root_may_run" 126 '' "^stepdown: .*'/opt/tool'" -- sh -c '
	printf "#!/bin/sh\necho ran\n" >/opt/tool; chmod 700 /opt/tool; exec stepdown --user app /opt/tool'
gives "S32_command_in_path_that_only_root_may_run" 126 '' "^stepdown: .*'/usr/local/bin/tool'" -- sh -c '
	printf "#!/bin/sh\necho ran\n" >/usr/local/bin/tool; chmod 700 /usr/local/bin/tool; exec stepdown --user app tool'
gives "S32_path_is_searched_with_the_users_rights" 0 'the right one' '^$' -- sh -c '
	mkdir -p -m 700 /root/bin; mkdir -p /usr/local/sbin; printf "#!/bin/sh\necho of root\n" >/root/bin/tool; chmod 755 /root/bin/tool
	printf "#!/bin/sh\necho of root\n" >/usr/local/sbin/tool; chmod 700 /usr/local/sbin/tool
	printf "#!/bin/sh\necho the right one\n" >/usr/local/bin/tool; chmod 755 /usr/local/bin/tool
	PATH=/root/bin:$PATH exec stepdown --user app tool'

gives "options_end_at_the_first_word" 0 $'argv.0 probe\nargv.1 argv\nargv.2 --user\nargv.3 root\nargv.4 -v' '' \
	-- stepdown --user app probe argv --user root -v
gives "options_end_at_two_dashes" 0 $'argv.0 probe\nargv.1 argv\nargv.2 --' '' -- stepdown --user app -- probe argv --
gives "two_dashes_and_then_a_command_that_looks_like_an_option" 127 '' "'--version'" -- stepdown --user app -- --version
gives "working_directory" 0 'cwd /home' '' --workdir /home -- stepdown --user app probe cwd

# What the command is given through it, and without it; but for the three variables that it sets.
strange=(probe '' 'a b' $'new\nline' $'\xff\xfe' -x -- '${HOME}' '$$')
tree=$(copy_tree exec)
# shellcheck disable=SC2317 # it is called, by capture
through() {
	timeout -k 5 60 env -i PATH="$image_path" EMPTY= "SPACE=a b" $'LINE=a\nb' $'BYTES=\xff' IFS=x \
		STEPDOWN_USER=root STEPDOWN_ALLOW_ROOT=1 UID=0 "$@"
}
capture through chroot "$tree" "${strange[@]}" env argv
direct=$(grep -vE '^env\.(HOME|USER|LOGNAME) ' <<<"$output")
capture through chroot "$tree" stepdown --user app "${strange[@]}" env argv
is "$(grep -vE '^env\.(HOME|USER|LOGNAME) ' <<<"$output")" "$direct" "arguments_and_environment_pass_untouched"
is "$(grep -cE '^argv\.[0-9]+ ' <<<"$output")" 11 "arguments_are_all_there"

# Commands with file capabilities. A dry run ends as the start does.
files=$tree/opt/capable
mkdir "$files" "$files/first" "$files/nosuid"
for name in both bind high inheritable loaded first/bind; do
	cp "$shared/tools/probe" "$files/$name"
done
setcap cap_net_bind_service,cap_net_raw=ep "$files/both" && setcap cap_net_bind_service=ep "$files/bind"
setcap cap_net_bind_service=ei "$files/inheritable" && setcap cap_net_bind_service=p "$files/loaded"
setcap cap_checkpoint_restore=ep "$files/high"
setcap cap_net_raw=ep "$files/first/bind" && chmod 700 "$files/first/bind"
printf '#! \t/opt/capable/bind uid\n' >"$files/script"
printf '#!/opt/capable/script' >"$files/script-of-script"
printf '#!/usr/local/bin/probe uid\n' >"$files/plain"
chmod 755 "$files"/{script,script-of-script,plain} && setcap cap_net_raw=ep "$files/plain"
mount -t tmpfs -o nosuid,mode=755 tmpfs "$files/nosuid" && defer umount "$files/nosuid"
cp "$shared/tools/probe" "$files/nosuid" && setcap cap_net_raw=ep "$files/nosuid/probe"

# capable NAME STATUS MESSAGE BOUNDING-SET WORD...: MESSAGE is what stands behind "Operation not permitted: ".
capable() {
	local start message=${3:+stepdown: running: $3}

	for start in --umask=022 --dry-run; do
		capture timeout -k 5 60 env -i "PATH=/opt/capable/first:/opt/capable:$image_path" setpriv "--bounding-set=$4" \
			chroot "$tree" /usr/local/bin/stepdown "$start" --user "${@:5}" uid
		is "$status $errors" "$2 $message" "file_capabilities: $1${start/--umask=022}"
	done
}

lacks='the bounding set lacks the file capabilities of'
bind="'/opt/capable/bind': Operation not permitted: $lacks the program: cap_net_bind_service"
ways='(--cap net_bind_service, or setcap -r /opt/capable/bind)'
capable one 126 "$bind $ways" +all app /opt/capable/bind
# The first one in PATH is root's alone.
capable in_PATH 126 "$bind $ways" +all app bind
capable kept 0 '' +all app --cap net_bind_service bind
capable kept_another 126 "$bind $ways" +all app --cap net_raw bind
capable two 126 "${bind//bind\'/both\'},cap_net_raw (--cap net_bind_service,net_raw, or setcap -r /opt/capable/both)" +all app both
capable the_last_of_all 126 "'/opt/capable/high': Operation not permitted: $lacks the program: cap_checkpoint_restore (--cap checkpoint_restore, or setcap -r /opt/capable/high)" \
	+all app high
capable two_of_which_one_is_kept 126 "'/opt/capable/both': Operation not permitted: $lacks the program: cap_net_raw (--cap net_raw, or setcap -r /opt/capable/both)" \
	+all app --cap net_bind_service both
capable of_the_interpreter 126 "'/opt/capable/script': Operation not permitted: $lacks its interpreter: cap_net_bind_service $ways" +all app script
capable of_the_interpreters_interpreter 126 "'/opt/capable/script-of-script': Operation not permitted: $lacks its interpreter: cap_net_bind_service $ways" \
	+all app script-of-script
capable uid_0 126 "$bind $ways" +all root:app --allow-root /opt/capable/bind
capable that_the_engine_did_not_give 126 \
	"$bind (start the container with --cap-add of these and --cap net_bind_service, or setcap -r /opt/capable/bind)" -net_bind_service app bind
capable that_the_engine_did_not_give_with_allow_new_privs 126 "$bind (start the container with --cap-add of these, or setcap -r /opt/capable/bind)" \
	-net_bind_service app --allow-new-privs bind
# These run: with new privileges, with a bounding set that stays and no_new_privs, and where the kernel asks for nothing.
capable with_allow_new_privs 0 '' +all app --allow-new-privs bind
capable without_setpcap 0 '' -setpcap app both
capable not_effective 0 '' +all app loaded
capable not_permitted 0 '' +all app inheritable
capable of_a_script 0 '' +all app plain
capable nosuid 0 '' +all app /opt/capable/nosuid/probe
capture timeout -k 5 60 env -i "PATH=$image_path" setpriv --bounding-set=-net_bind_service chroot "$tree" /opt/link/gosu app /opt/capable/bind uid
is "$status $errors" "1 gosu: running: $bind (start the container with --cap-add of these, or setcap -r /opt/capable/bind)" "file_capabilities: gosu"

capture in_tree "$tree" stepdown --user app sh -c 'kill -TERM $$'
is "$status" 143 "death_by_a_signal_is_passed_on"
signals=$(timeout -k 5 60 env --block-signal=USR1 --ignore-signal=INT --ignore-signal=PIPE chroot "$tree" /usr/local/bin/probe signals)
capture timeout -k 5 60 env --block-signal=USR1 --ignore-signal=INT --ignore-signal=PIPE chroot "$tree" /usr/local/bin/stepdown --user app \
	/usr/local/bin/probe signals
result "signal_mask_and_ignored_signals_pass_untouched" 0 "$signals"
like "$signals" 'blocked 0000000000000200.*ignored 0000000000001002' "signals_of_the_caller_were_set"

gives "S27_no_descriptor_leaks" 0 'fds -' '' --tmpfs /data -- stepdown --user svc=10001:10001 --own /data probe fds
touch "$work/inherited"
inherits() {
	in_tree "$tree" "$@" 7<"$work/inherited"
}
direct=$(inherits probe fds)
capture inherits stepdown --user app probe fds
result "S27_inherited_descriptors_stay" 0 "$direct"
like "$direct" ' 7( |$)' "S27_descriptor_7_was_inherited"

# Standard input, output and error.
if [[ $engines == tree ]]; then
	skip "standard_output_can_be_opened_again" "the streams of a container are an engine's"
else
	gives "standard_output_can_be_opened_again" 0 'out' '^err$' -- stepdown --user app sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
	gives "standard_output_can_be_opened_again_by_a_uid_without_entry" 0 'out' '' -- stepdown --user 5000 sh -c 'echo out >/dev/stdout'
	for engine in $engines; do
		capture run_in "$engine" sd-busybox --tty -- stepdown --user app sh -c 'echo out >/dev/stdout; echo err >/dev/stderr; stat -L -c %u /dev/fd/1'
		is "$(tr -d '\r' <<<"$output")" $'out\nerr\n1000' "terminal_can_be_opened_again: $engine"
		capture run_in "$engine" sd-busybox --tty -- sh -c '
			exec stepdown --user app sh -c "test $(stat -L -c %g /dev/fd/2) = \$(stat -L -c %g /dev/fd/2) && stat -L -c %u /dev/fd/2"'
		is "$(tr -d '\r' <<<"$output")" 1000 "terminal_keeps_its_group: $engine"
	done
fi
gives "S23_dev_null_is_left" 0 0 '' -- sh -c 'exec stepdown --user app stat -c %u /dev/null </dev/null 2>/dev/null'
# As a container's first process, because only that gives anything.
as_first() {
	in_tree / unshare --pid --fork --kill-child chroot "$tree" "$@"
}
touch "$work/out" && chown 7:7 "$work/out"
as_first stepdown --user app probe ppid >"$work/out" 2>&1 <"$work/inherited"
is "$(stat -c %u:%g "$work/out" "$work/inherited" | xargs)" '7:7 0:0' "S23_regular_files_keep_their_owner"
is "$(<"$work/out")" 'ppid 0' "S23_regular_files_keep_their_owner: it was the first process"
in_tree "$tree" stepdown --user app sh -c 'echo through >/proc/self/fd/1 || echo "no proc"' </dev/null 2>/dev/null | cat >"$work/piped"
is "$(cat "$work/piped")" 'no proc' "a_pipe_still_works"
in_tree "$tree" stepdown --user app probe uid >&- 2>&- </dev/null
is $? 0 "closed_standard_streams_are_no_failure"

mkfifo -m 600 "$work/fifo" && exec {fifo}<>"$work/fifo"
as_first stepdown --user app probe uid <"$work/fifo" >/dev/null
is "$(stat -c %u:%g "$work/fifo")" 0:0 "S23_a_pipe_that_has_a_name_keeps_its_owner"
exec {fifo}>&-

# Messages.
capture in_tree "$tree" stepdown --user svc=10001:10001 -v probe uid
is "$(cut -d ' ' -f 2-3 <<<"$errors")" $'making the\nmaking the\nhand over\nstepping down:\nbecome ' "verbose_tells_each_step"
is "$(grep -v '^stepdown: ' <<<"$errors")" '' "every_line_begins_with_the_name"
is "$output" 'uid 10001 10001 10001 10001' "verbose_does_not_write_to_stdout"
capture in_tree "$tree" stepdown --user svc2=10002:10002 -q probe uid
result "quiet_says_nothing_but_errors" 0 'uid 10002 10002 10002 10002' '^$'
capture in_tree "$tree" stepdown -q --user bogus probe uid
result "quiet_still_says_errors" 125 '' '^stepdown: '

done_testing
