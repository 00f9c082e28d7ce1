#!/bin/bash
# The identity of the command: users, groups, home. The unit programs have every form, and 95-messages has what is refused. Here are the
# ways through the whole program, in containers, and --dry-run.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
take_turns

# --- in containers --------------------------------------------------------------------------------------------------------------

gives "user_by_name_brings_his_groups" 0 "$(identity 1000 1000 '33 44 1000')" '' -- stepdown --user app probe uid gid groups
gives "groups_of_the_runtime_are_kept" 0 "$(identity 1000 1000 '7 33 44 1000 2000')" '' --group-add 7 --group-add 2000 -- \
	stepdown --user app probe uid gid groups
gives "S10_groups_that_etc_group_gives_root_are_not_kept_and_told" 0 "groups 7 33 44 1000" \
	"working out the groups: '([0-9]+ )*10( [0-9]+)*': left out, because /etc/group gives them to root" \
	--group-add 10 --group-add 7 -- stepdown --user app -v probe groups
gives "variables_of_the_container" 0 $'uid 1234 1234 1234 1234\nenv.HOME /srv' '' --env PUID=1234 --env HOME=/srv -- \
	stepdown --user '${PUID:-1000}' probe uid env.HOME

# The account is made, and the command sees it; what stood there before stays, byte by byte.
gives "account_is_made" 0 'svc:10001:10001::/config:/sbin/nologin
svc:10001:
unchanged
uid=10001(svc) gid=10001(svc) groups=10001(svc)
/config svc' svc --env HOME=/config -- sh -c '
	cp /etc/passwd /tmp/passwd; cp /etc/group /tmp/group
	exec stepdown --user svc=10001:10001 sh -c "
		grep -h ^svc: /etc/passwd /etc/group | cut -d: -f1,3-
		grep -v ^svc: /etc/passwd | cmp - /tmp/passwd && grep -v ^svc: /etc/group | cmp - /tmp/group && echo unchanged
		id; echo \$HOME \$USER"'
gives "setup_only_makes_the_account_and_runs_nothing" 0 "svc:10001:10001" svc -- sh -c \
	'stepdown --user svc=10001:10001 --setup-only && grep ^svc: /etc/passwd | cut -d: -f1,3,4'

# --- in a tree --------------------------------------------------------------------------------------------------------------------

need_tree
tree_gives "setup_only_is_quiet_when_all_is_right" 0 '' '^$' -- stepdown --user app --setup-only
for option in version help; do
	capture in_tree "$tree" stepdown "--$option"
	like "$status $output$errors" '^0 (stepdown [0-9]+\.[0-9.]+$|.*--user)' "${option}_is_on_stdout"
done
capture in_tree "$tree" stepdown --dry-run --user svc=10001:10001 --own /home/app probe uid
result "dry_run_tells_and_does_nothing" 0 "$output"
like "$output" 'svc.*/home/app.*probe' "dry_run_names_account_volume_and_command_in_order"
ok "dry_run_writes_nothing" diff -r "$shared/busybox/etc" "$tree/etc"
is "$(stat -c %u "$tree/home/app")" 1000 "dry_run_owns_nothing"
long=$(printf '%0100000d' 0)
capture in_tree "$tree" stepdown --dry-run --user app probe "$long" "$long"
like "$output" "'probe' '$long' '$long'$" "dry_run_tells_the_whole_of_a_long_command"

# ends_alike NAME PATTERN OPTION...: with and without --dry-run it ends with 125, and says the same.
ends_alike() {
	local said

	tree_gives "$1: the run itself" 125 '' "$2" -- stepdown --user app "${@:3}" true
	said=${errors##*$'\n'}
	capture in_tree "$tree" stepdown --dry-run --user app "${@:3}" true
	is "$status $output $errors" "125  $said" "$1: dry_run in the same words"
}
mkdir -p "$tree/srv/volume" "$tree/srv/closed" && mknod "$tree/srv/volume/node" c 1 3
ends_alike "something_is_left_and_strict" "'/srv/volume/node': a device node" --strict --own /srv/volume
mount --bind "$tree/srv/closed" "$tree/srv/closed" && mount -o remount,bind,ro "$tree/srv/closed"
ends_alike "a_directory_in_a_read_only_one" "'/srv/closed/new': Read-only file system" --mkdir /srv/closed/new
ends_alike "a_read_only_volume_and_strict" "'/srv/closed': Read-only file system" --strict --own /srv/closed
mount --bind "$tree/etc" "$tree/etc" && mount -o remount,bind,ro "$tree/etc"
capture in_tree "$tree" stepdown --dry-run --user svc=5000 probe uid
is "$status $(grep -c 'add line' <<<"$output") $(grep -c '^note .*Read-only' <<<"$output")" '0 0 1' "a_read_only_etc_is_told_by_a_dry_run"

done_testing
