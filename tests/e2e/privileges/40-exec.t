#!/bin/bash
# Becoming the command: exit status, PATH, arguments, environment, descriptors, signals, pipes. unit/test_start.c has what -q and -v print.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_commands setcap
need_tree

gives "it_is_the_first_process_and_ends_as_the_command_does" 125 1 '^$' -- stepdown --user app sh -c 'echo $$; exit 125'
# tests/unit/test_exec.c has the search of PATH; here it comes after the drop.
printf '#!/bin/sh\necho of root\n' >"$tree/opt/tool" && chmod 700 "$tree/opt/tool"
mkdir "$tree/opt/second" && printf '#!/bin/sh\necho the right one\n' >"$tree/opt/second/tool" && chmod 755 "$tree/opt/second/tool"
tree_gives "S32_path_is_searched_with_the_users_rights" 0 'the right one' '^$' env "PATH=/opt:/opt/second:$image_path" -- stepdown --user app tool

# through: what the command is given, with stepdown in front of it or without; but for the three variables that stepdown sets.
through() {
	timeout -k 5 60 env -i PATH="$image_path" EMPTY= "SPACE=a b" $'LINE=a\nb' $'BYTES=\xff' IFS=x \
		STEPDOWN_USER=root STEPDOWN_ALLOW_ROOT=1 UID=0 chroot "$tree" "$@" \
		probe '' 'a b' $'new\nline' $'\xff\xfe' -x -- --user root '${HOME}' '$$' env argv
}
capture through
direct=$(grep -vE '^env\.(HOME|USER|LOGNAME) ' <<<"$output")
capture through stepdown --user app
is "$(grep -vE '^env\.(HOME|USER|LOGNAME) ' <<<"$output")" "$direct" "arguments_and_environment_pass_untouched"
is "$(grep -cE '^argv\.[0-9]+ ' <<<"$output")" 13 "arguments_are_all_there"

# --- commands with file capabilities ----------------------------------------------------------------------------------------------

# unit/test_exec.c has each message and each interpreter. Here the kernel says what it refuses.
files=$tree/opt/capable
mkdir -p "$files/nosuid" && mount -t tmpfs -o nosuid,mode=755 tmpfs "$files/nosuid"
printf '#! \t/opt/capable/bind uid\n' >"$files/script" && chmod 755 "$files/script"
for file in bind=ep nosuid/bind=ep permitted=p inheritable=ei; do
	cp "$shared/tools/probe" "$files/${file%=*}" && setcap "cap_net_bind_service=${file#*=}" "$files/${file%=*}"
done

# A dry run ends as the start does.
for file in script:126 permitted:0 inheritable:0 nosuid/bind:0; do
	for start in --umask=022 --dry-run; do
		capture in_tree "$tree" stepdown "$start" --user app "/opt/capable/${file%:*}" uid
		is "$status" "${file#*:}" "file_capabilities: ${file%:*}: $start"
	done
done

# --- signals and descriptors ------------------------------------------------------------------------------------------------------

signals=$'signals.blocked 0000000000000200\nsignals.ignored 0000000000001002'
tree_gives "signal_mask_and_ignored_signals_pass_untouched" 0 "$signals" '' \
	env --block-signal=USR1 --ignore-signal=INT --ignore-signal=PIPE -- stepdown --user app probe signals

gives "S27_no_descriptor_leaks" 0 'fds -' '' --tmpfs /data -- stepdown --user svc=10001:10001 --own /data probe fds
exec 7</dev/null
tree_gives "S27_inherited_descriptors_stay" 0 "$(in_tree "$tree" probe fds)" '' -- stepdown --user app probe fds
like "$output" ' 7( |$)' "S27_descriptor_7_was_inherited"
exec 7<&-

# --- standard input, output and error ---------------------------------------------------------------------------------------------

# Only a container's first process with a session of its own gives anything. attacks/41-attacks-shared.t has terminals,
# and all that is not given.
mkfifo -m 600 "$work/fifo" && exec {fifo}<>"$work/fifo"
is "$(in_tree / unshare --pid --fork --kill-child chroot "$tree" setsid stepdown --user app true 2>"$work/fifo" |
	{ cat; stat -L -c %u /proc/self/fd/0; })" 1000 "S23_a_pipe_is_given_to_the_user"
is "$(stat -c %u:%g "$work/fifo")" 0:0 "S23_a_pipe_that_has_a_name_keeps_its_owner"
exec {fifo}>&-

done_testing
