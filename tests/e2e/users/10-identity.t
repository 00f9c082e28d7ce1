#!/bin/bash
# The groups that an engine gives, and --dry-run as a whole. The unit programs have every form of users and groups, unit/test_start.c has
# whole starts, 70-readme has the variables of a container, and 95-messages has what is refused.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines

gives "S10_groups_that_etc_group_gives_root_are_not_kept_and_told" 0 "groups 7 33 44 1000 2000" \
	"working out the groups: '([0-9]+ )*10( [0-9]+)*': left out, because /etc/group gives them to root" \
	--group-add 10 --group-add 7 --group-add 2000 -- stepdown --user app -v probe groups

need_tree
for option in version help; do
	capture in_tree "$tree" stepdown "--$option"
	like "$status $output$errors" '^0 (stepdown [0-9]+\.[0-9.]+$|.*--user)' "${option}_is_on_stdout"
done
capture in_tree "$tree" stepdown --dry-run --user svc=10001:10001 --own /home/app probe uid
like "$status $output" '^0 .*svc.*/home/app.*probe' "dry_run_names_account_volume_and_command_in_order"
ok "dry_run_writes_nothing" diff -r "$shared/busybox/etc" "$tree/etc"
is "$(stat -c %u "$tree/home/app")" 1000 "dry_run_owns_nothing"
long=$(printf '%0100000d' 0)
capture in_tree "$tree" stepdown --dry-run --user app probe "$long" "$long"
like "$output" "'probe' '$long' '$long'$" "dry_run_tells_the_whole_of_a_long_command"

done_testing
