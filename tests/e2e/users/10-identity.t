#!/bin/bash
# The identity of the command: users, groups, home, umask. The unit programs have every form; a container is started only where the engine
# matters.

# shellcheck disable=SC2016 # the dollars are for the program and for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
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
gives "clear_groups_leaves_what_group_adds" 0 "groups 44 1000" '' --group-add 2000 -- stepdown --user app --clear-groups -g video probe groups
gives "variables_of_the_container" 0 $'uid 1234 1234 1234 1234\nenv.HOME /srv' '' --env PUID=1234 --env HOME=/srv -- \
	stepdown --user '${PUID:-1000}' probe uid env.HOME
gives "root_that_is_allowed_has_no_capabilities" 0 "$(capabilities 0000000000000000)
$(identity 0 0 '0 6 10')
no_new_privs 1" '' -- stepdown --allow-root --user root probe cap uid gid groups no_new_privs

# The account is made, and the command sees it; what stood there before stays, byte by byte.
gives "account_is_made" 0 'svc:10001:10001::/:/sbin/nologin
svc:10001:
unchanged
uid=10001(svc) gid=10001(svc) groups=10001(svc)' svc -- sh -c '
	cp /etc/passwd /tmp/passwd; cp /etc/group /tmp/group
	exec stepdown --user svc=10001:10001 sh -c "
		grep -h ^svc: /etc/passwd /etc/group | cut -d: -f1,3-
		grep -v ^svc: /etc/passwd | cmp - /tmp/passwd && grep -v ^svc: /etc/group | cmp - /tmp/group && echo unchanged
		id"'
gives "account_that_is_right_writes_nothing" 0 same '^$' -- sh -c '
	before=$(stat -c %i:%Y:%Z /etc/passwd /etc/group)
	stepdown --user app=1000:1000 true
	[ "$before" = "$(stat -c %i:%Y:%Z /etc/passwd /etc/group)" ] && echo same'
# An image that has ENV HOME, as application images have.
make_archive busybox
for engine in $engines; do
	image=sd-home-$$ options=()
	if [[ $engine == tree ]]; then
		image=sd-busybox options=(--env HOME=/config)
	else
		"$engine" import --change "ENV PATH=$image_path" --change 'ENV HOME=/config' "$shared/busybox.tar" "$image" >/dev/null 2>&1
		defer "$engine" rmi --force "$image"
	fi
	capture run_in "$engine" "$image" "${options[@]}" -- sh -c '
		stepdown -q --user svc=10001 probe env.HOME env.USER
		stepdown -q --user 5000 probe env.HOME
		HOME= stepdown -q --user empty=10002 probe env.HOME
		HOME=/root/ stepdown -q --user roots=10003 probe env.HOME
		stepdown -q --user app=1001 probe env.HOME env.USER env.LOGNAME
		stepdown -q --user none=1001 probe env.HOME env.USER
		stepdown -q --user svc=10004 probe env.HOME
		grep 1000[0-9] /etc/passwd'
	result "home_of_the_image: $engine" 0 'env.HOME /config
env.USER svc
env.HOME /config
env.HOME /
env.HOME /
env.HOME /home/app
env.LOGNAME other
env.USER other
env.HOME /config
env.USER other
env.HOME /config
svc:*:10004:10001::/config:/sbin/nologin
empty:*:10002:10002::/:/sbin/nologin
roots:*:10003:10003::/:/sbin/nologin' '^$'
	capture run_in "$engine" "$image" "${options[@]}" --read-only --env USER=root --env LOGNAME=root -- sh -c '
		stepdown --user svc=10001 probe env.HOME env.LOGNAME env.USER
		stepdown --user app=10001:app probe env.HOME env.LOGNAME env.USER'
	result "home_of_the_image_read_only: $engine" 0 'env.LOGNAME (unset)
env.USER (unset)
env.HOME /config
env.LOGNAME (unset)
env.USER (unset)
env.HOME /home/app' "^stepdown: [^"$'\n'"]*'svc': Read-only [^"$'\n'"]*"$'\n'"stepdown: [^"$'\n'"]*'app': Read-only [^"$'\n'"]*\$"
done
gives "account_with_other_numbers_is_renumbered" 0 "app:x:2000:2001:The app:/home/app:/bin/sh
$(identity 2000 2001 2001)" 'app.*2000' -- sh -c \
	'stepdown --user app=2000:2001 probe uid gid groups >/tmp/ids; grep -h ^app: /etc/passwd; cat /tmp/ids'
gives "uid_of_another_name_is_used_by_number" 0 "other:x:1001:1001::/home/other:/bin/sh
$(identity 1001 1001 1001)" '' -- sh -c \
	'stepdown --user svc=1001:1001 probe uid gid groups >/tmp/ids; grep -h :1001:1001: /etc/passwd; cat /tmp/ids'
gives "setup_only_makes_the_account_and_runs_nothing" 0 "svc:10001:10001" svc -- sh -c \
	'stepdown --user svc=10001:10001 --setup-only && grep ^svc: /etc/passwd | cut -d: -f1,3,4'

for engine in $engines; do
	capture run_in "$engine" sd-scratch -- /stepdown --user 10001:10002 /probe uid gid groups
	result "image_without_anything: $engine" 0 "$(identity 10001 10002 10002)"
done

# --- in a tree --------------------------------------------------------------------------------------------------------------------

tree=$(copy_tree plain)

# runs_as NAME UID GID GROUPS [VARIABLE=VALUE]... stepdown OPTION...
runs_as() {
	capture in_tree --groups=0 "$tree" env "${@:5}" probe uid gid groups
	result "$1" 0 "$(identity "$2" "$3" "$4")"
}

# sees NAME OUTPUT [VARIABLE=VALUE]... stepdown OPTION... probe KEY...
sees() {
	capture in_tree "$tree" env "${@:3}"
	result "$1" 0 "$2"
}

# refuses NAME PATTERN [VARIABLE=VALUE]... stepdown OPTION...
refuses() {
	capture in_tree "$tree" env "${@:3}" probe uid
	result "$1" 125 '' "^stepdown: .*$2"
}

runs_as "user_by_number_with_an_entry" 1000 1000 "33 44 1000" stepdown -u 1000
runs_as "S9_primary_group_is_in_the_list" 1000 1000 1000 stepdown --user=1000:1000
runs_as "user_by_number_group_by_name" 10001 33 33 stepdown --user 10001:www
runs_as "S8_uid_without_entry_gets_the_gid_of_the_same_number" 5000 5000 5000 stepdown --user 5000
runs_as "S8_group_0_when_it_is_written" 5000 0 0 stepdown --user 5000:0
runs_as "group_adds_by_name_and_number" 1000 1000 "33 44 1000 3000 65534" stepdown --user app --group nogroup -g 3000
runs_as "variable_with_its_default" 1000 1000 1000 stepdown --user '${PUID:-1000}:${PGID-1000}'
runs_as "variable_that_is_empty" 1000 1000 "33 44 1000" PUID= stepdown --user '${PUID:-1000}'
sees "home_user_and_logname_are_the_entrys" $'env.HOME /home/app\nenv.LOGNAME app\nenv.USER app' \
	stepdown --user 1000 probe env.HOME env.LOGNAME env.USER
sees "home_of_root_is_not_kept_without_an_entry" "env.HOME /" stepdown --user 5000 probe env.HOME
sees "home_is_set" 'env.HOME /srv/$x' stepdown --user app --home '/srv/$$x' probe env.HOME
sees "keep_env" $'env.HOME /h\nenv.LOGNAME l\nenv.USER u' HOME=/h LOGNAME=l USER=u stepdown --user app --keep-env probe env.HOME env.LOGNAME env.USER
sees "umask" "umask 0027" stepdown --user app --umask 0027 probe umask
sees "umask_is_left_alone" "umask 0022" stepdown --user app probe umask
sees "home_of_root_that_is_allowed" "env.HOME /root" stepdown --allow-root --user root probe env.HOME
refuses "S5_variable_without_value_is_named" NO_SUCH_VARIABLE stepdown --user '${NO_SUCH_VARIABLE}'
for value in 00 root 4294967296; do
	refuses "S26_variable_cannot_choose_root: $value" "$value" "PUID=$value" stepdown --user '${PUID:-1000}'
done
refuses "S26_variable_cannot_choose_root: an account" 0 PUID=0 stepdown --user 'svc=${PUID}:1000'
refuses "no_user_is_an_error" '--user' stepdown
refuses "root_by_number_is_refused" 'allow-root' stepdown --user 0:1000
refuses "umask_that_is_none" 'umask.*0999' stepdown --user app --umask 0999

capture in_tree "$tree" stepdown --user app --setup-only
result "setup_only_is_quiet_when_all_is_right" 0 '' '^$'
capture in_tree "$tree" stepdown --dry-run --user svc=10001:10001 --own /home/app probe uid
result "dry_run_tells_and_does_nothing" 0 "$output"
like "$output" 'svc.*/home/app.*probe' "dry_run_names_account_volume_and_command_in_order"
ok "dry_run_writes_nothing" diff -r "$shared/busybox/etc" "$tree/etc"
is "$(stat -c %u "$tree/home/app")" 1000 "dry_run_owns_nothing"
long=$(printf '%0100000d' 0)
capture in_tree "$tree" stepdown --dry-run --user app probe "$long" "$long"
like "$output" "'probe' '$long' '$long'$" "dry_run_tells_the_whole_of_a_long_command"
capture in_tree "$tree" stepdown --dry-run --user root probe
is "$status" 125 "dry_run_ends_as_the_real_run_would"

# ends_alike NAME PATTERN WORD...: with and without --dry-run it ends with 125, and says the same.
ends_alike() {
	local name=$1 pattern=$2 said

	shift 2
	capture in_tree "$tree" "$@"
	result "$name: the run itself" 125 '' "$pattern"
	said=${errors##*$'\n'}
	capture in_tree "$tree" "$1" --dry-run "${@:2}"
	result "$name: dry_run" 125 '' "$pattern"
	is "$errors" "$said" "$name: in the same words"
}
mkdir -p "$tree/srv/volume" "$tree/srv/closed" && mknod "$tree/srv/volume/node" c 1 3
ends_alike "something_is_left_and_strict" "'/srv/volume/node': a device node" \
	stepdown --strict --user app --own /srv/volume probe uid
mount --bind "$tree/srv/closed" "$tree/srv/closed" && defer umount "$tree/srv/closed" &&
	mount -o remount,bind,ro "$tree/srv/closed"
ends_alike "a_directory_in_a_read_only_one" "'/srv/closed/new': Read-only file system" \
	stepdown --user app --mkdir /srv/closed/new probe uid
ends_alike "a_read_only_volume_and_strict" "'/srv/closed': Read-only file system" \
	stepdown --strict --user app --own /srv/closed probe uid
mount --bind "$tree/etc" "$tree/etc" && defer umount "$tree/etc" &&
	mount -o remount,bind,ro "$tree/etc"
ends_alike "a_read_only_etc_and_setup_only" "'svc': Read-only file system" stepdown --user svc=5000 --setup-only
ends_alike "a_read_only_etc_and_strict" "'svc': Read-only file system" stepdown --strict --user svc=5000 probe uid
capture in_tree "$tree" stepdown --user svc=5000 probe uid
result "a_read_only_etc_is_told" 0 'uid 5000 5000 5000 5000' "'svc': Read-only file system .the ids are used by number"
capture in_tree "$tree" stepdown --dry-run --user svc=5000 probe uid
is "$status $(grep -c 'add line' <<<"$output") $(grep -c '^note .*Read-only' <<<"$output")" '0 0 1' "a_read_only_etc_is_told_by_a_dry_run"
umount "$tree/etc" && mv "$tree/etc" "$tree/no-etc"
ends_alike "no_etc_and_setup_only" "'svc': No such file or directory" stepdown --user svc=5000 --setup-only
mv "$tree/no-etc" "$tree/etc"

done_testing
