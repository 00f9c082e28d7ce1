#!/bin/bash
# The user and the groups that a path stands for (@PATH), and alternatives; in containers with bind mounts, and in trees for what an
# attacker may have put there.

# shellcheck disable=SC2016 # the dollars are for the program and for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
take_turns

# directory NAME OWNER: an empty one, to be mounted.
directory() {
	mkdir "$work/$1"
	chown "$2" "$work/$1"
}

# runs_as NAME UID GID GROUPS [ENGINE OPTION]... -- STEPDOWN OPTION...
runs_as() {
	gives "$1" 0 "$(identity "$2" "$3" "$4")" '^$' "${@:5}" probe uid gid groups
}

# refuses NAME PATTERN [ENGINE OPTION]... -- STEPDOWN OPTION...
refuses() {
	gives "$1" 125 '' "^stepdown: $2" "${@:3}" probe uid
}

directory project 4321:4322
directory apps 1000:1000
directory group-0 4321:0
directory roots 0:0
project=(--volume "$work/project:/project")
apps=(--volume "$work/apps:/project")
roots=(--volume "$work/roots:/project")

# --- the owner of a bind mount ------------------------------------------------------------------------------------------------

runs_as "path_gives_uid_and_gid" 4321 4322 4322 "${project[@]}" -- stepdown --user @/project
runs_as "path_of_a_user_with_an_entry_gives_the_group_explicitly" 1000 1000 1000 "${apps[@]}" -- stepdown --user @/project
runs_as "path_and_a_group" 4321 33 33 "${project[@]}" -- stepdown --user @/project:www
runs_as "path_from_a_variable_behind_the_at_sign" 4321 4322 4322 "${project[@]}" --env DIR=project -- stepdown --user '@/${DIR}/.'
runs_as "groups_of_the_runtime_are_kept_with_a_path" 4321 4322 "2000 4322" "${project[@]}" --group-add 2000 \
	-- stepdown --user @/project
gives "path_gives_home_and_name_of_the_entry" 0 $'env.HOME /home/app\nenv.USER app' '^$' "${apps[@]}" \
	-- stepdown --user @/project probe env.HOME env.USER
runs_as "S8_group_0_of_a_path_is_not_taken" 4321 4321 4321 --volume "$work/group-0:/project" -- stepdown --user @/project
runs_as "S8_group_0_with_a_path_when_it_is_written" 4321 0 0 --volume "$work/group-0:/project" -- stepdown --user @/project:0

gives "files_that_are_made_belong_to_the_owner_of_the_mount" 0 'dev 4321:4322' 'making the account' \
	"${project[@]}" -- stepdown --user dev=@/project sh -c 'touch /project/made-by-$HOSTNAME; echo "$USER $(id -u):$(id -g)"'
is "$(stat -c %u:%g "$work"/project/made-by-* | sort -u)" 4321:4322 "files_that_are_made_belong_to_the_owner_of_the_mount, outside"
gives "account_by_a_path_is_made" 0 'dev:*:4321:4322::/:/sbin/nologin' 'added the line .dev:[*]:4321:4322:' \
	"${project[@]}" -- sh -c 'stepdown --user dev=@/project --setup-only && grep ^dev: /etc/passwd'
gives "account_by_a_path_is_renumbered" 0 'app:x:4321:4322:The app:/home/app:/bin/sh' '' \
	"${project[@]}" -- sh -c 'stepdown --user app=@/project --setup-only && grep ^app: /etc/passwd'
runs_as "account_by_a_path_that_is_right" 1000 1000 1000 "${apps[@]}" -- stepdown --user app=@/project

refuses "S5_path_that_is_missing" "finding the path: '/project': it does not exist .mount it" -- stepdown --user @/project
refuses "S26_path_of_root" "stepping down: '@/project': it is uid 0 .*allow-root" "${roots[@]}" -- stepdown --user @/project
refuses "S26_path_of_root_for_an_account" "stepping down: 'dev=@/project': it is uid 0" "${roots[@]}" -- stepdown --user dev=@/project
gives "path_of_root_that_is_allowed" 0 'uid 0 0 0 0' '^$' "${roots[@]}" -- stepdown --allow-root --user @/project probe uid
refuses "S26_variable_does_not_choose_a_path" "--user: 'PUID': the variable's value may not hold a '@'" "${project[@]}" \
	--env PUID=@/project -- stepdown --user '${PUID:-@/roots}'

# --- alternatives -------------------------------------------------------------------------------------------------------------

runs_as "alternative_first" 4321 4322 4322 "${project[@]}" -- stepdown --user '${PUID},@/project,app'
runs_as "alternative_when_the_path_is_missing" 1000 1000 "33 44 1000" -- stepdown --user '${PUID},@/project,app'
runs_as "alternative_when_the_path_is_roots" 1000 1000 "33 44 1000" "${roots[@]}" -- stepdown --user '${PUID},@/project,app'
runs_as "alternative_of_a_variable" 1234 1235 1235 "${project[@]}" --env PUID=1234 --env PGID=1235 \
	-- stepdown --user '${PUID}:${PGID},@/project,app'

tree=$(copy_tree paths)
cp -a "$work/project" "$work/roots" "$tree"

# in_tree_runs_as NAME UID GID GROUPS [VARIABLE]... -- STEPDOWN OPTION...
in_tree_runs_as() {
	local -a variables=()
	local name=$1 wanted

	wanted=$(identity "$2" "$3" "$4")
	shift 4
	while [[ $1 != -- ]]; do
		variables+=("$1")
		shift
	done
	capture in_tree "$tree" env "${variables[@]}" "${@:2}" probe uid gid groups
	result "$name" 0 "$wanted" '^$'
}

# in_tree_refuses NAME PATTERN STEPDOWN OPTION...
in_tree_refuses() {
	capture in_tree "$tree" "${@:3}" probe uid
	result "$1" 125 '' "^stepdown: $2"
}

in_tree_runs_as "alternative_when_root_is_allowed_but_need_not_be" 1000 1000 "33 44 1000" -- stepdown --allow-root --user @/roots,app
in_tree_runs_as "alternative_when_there_is_no_such_user" 1001 1001 "33 1001" -- stepdown --user nosuchuser,other
in_tree_runs_as "alternative_when_a_variable_is_unset" 4321 4322 4322 PUID=1234 -- stepdown --user '${PUID}:${PGID},@/project,app'
in_tree_runs_as "alternative_when_a_variable_is_empty" 1000 1000 "33 44 1000" PUID= -- stepdown --user '${PUID},@/none,app'
in_tree_runs_as "S26_uid_0_is_passed_over" 1000 1000 "33 44 1000" PUID=0 -- stepdown --user '${PUID},app'
in_tree_runs_as "alternative_whose_followers_are_unset" 4321 4322 4322 -- stepdown --user '@/project,${PUID}'
in_tree_refuses "S5_all_alternatives_are_unset" "--user: 'PGID': the variable is not set" stepdown --user '${PUID},${PGID}'
in_tree_refuses "S5_last_alternative_fails" "finding the path: '/none': it does not exist" stepdown --user '@/none,${PUID}'
in_tree_refuses "S1_alternative_out_of_range_is_not_passed_over" "reading the user: '4294967296'" stepdown --user 4294967296,app
in_tree_refuses "S26_last_alternative_is_root" "stepping down: 'root': it is uid 0" stepdown --user @/none,root
in_tree_refuses "comma_of_a_variable_makes_no_alternative" "--user: 'WHO': the variable's value may not hold a ','" env WHO=root,app stepdown --user '${WHO}'
capture in_tree "$tree" stepdown --dry-run --user '${PUID},@/project,app' true
like "$status $output" "^0 look up     '@/project'
run as      uid 4321 \(by number, no entry in /etc/passwd\), gid 4322, groups 4322
" "dry_run_tells_which_it_is"

# --- groups of files ----------------------------------------------------------------------------------------------------------

mkfifo -m 660 "$work/docker.sock" "$work/roots.sock"
chown 0:998 "$work/docker.sock"
socket=(--volume "$work/docker.sock:/run/docker.sock")
# Through /var/run, which is a link of root's.
# One ENTRYPOINT for hosts with and without the device.
device='@/dev/dri/renderD128,@/run/docker.sock,'
runs_as "group_of_the_first_alternative_that_is_there" 1000 1000 "33 44 998 1000" "${socket[@]}" -- stepdown --user app --group "$device"
runs_as "group_of_no_alternative_is_none" 1000 1000 "33 44 1000" -- stepdown --strict --user app --group "$device"
runs_as "group_of_an_empty_variable_is_none" 1000 1000 "33 44 1000" --env GPU_GID= -- stepdown --user app --group '${GPU_GID:-}'
refuses "group_without_an_empty_alternative_must_be_there" "finding the path: '/run/docker.sock': it does not exist" \
	-- stepdown --user app --group "${device%,}"
runs_as "group_of_a_socket" 1000 1000 "33 44 998 1000" "${socket[@]}" -- stepdown --user app --group @/var/run/docker.sock
runs_as "group_of_a_socket_with_clear_groups" 1000 1000 "998 1000" "${socket[@]}" \
	-- stepdown --user app --clear-groups -g @/run/docker.sock
gives "group_of_a_socket_lets_write_to_it" 0 yes '^$' "${socket[@]}" \
	-- stepdown --user app --group @/run/docker.sock sh -c 'test -w /run/docker.sock && echo yes'
gives "without_the_group_it_cannot_be_written_to" 0 no '^$' "${socket[@]}" \
	-- stepdown --user app sh -c 'test -w /run/docker.sock || echo no'
refuses "S5_group_of_what_is_missing" "finding the path: '/run/docker.sock': it does not exist" \
	-- stepdown --user app --group @/run/docker.sock
refuses "S10_group_of_root_is_not_granted" "finding the path: '/run/docker.sock': its group is root's" \
	--volume "$work/roots.sock:/run/docker.sock" -- stepdown --user app --group @/run/docker.sock
runs_as "group_of_root_when_it_is_written_after_all" 1000 1000 "0 33 44 1000" \
	--volume "$work/roots.sock:/run/docker.sock" -- stepdown --user app --group 0
refuses "S26_group_of_root_is_not_for_a_variable" "--group: '0': a variable has chosen group 0" --env GROUP=0 \
	-- stepdown --user app --group '${GROUP:-@/run/docker.sock}'

# --- not root -----------------------------------------------------------------------------------------------------------------

runs_as "not_root_but_the_owner" 4321 4322 4322 "${project[@]}" --user 4321:4322 -- stepdown --strict --user @/project
gives "not_root_and_not_the_owner" 0 'uid 1001 1001 1001 1001' "^stepdown: stepping down: '@/project': not root.*uid 1001" \
	"${project[@]}" --user 1001:1001 -- stepdown --user @/project probe uid
refuses "not_root_and_not_the_owner_with_strict" "stepping down: '@/project': not root at the start" "${project[@]}" --user 1001:1001 \
	-- stepdown --strict --user @/project
# As OpenShift starts it: any uid, a volume of root's.
gives "not_root_and_the_path_is_roots" 0 'uid 1001 1001 1001 1001' "^stepdown: stepping down: '@/project': not root.*uid 1001" \
	"${roots[@]}" --user 1001:0 -- stepdown --user @/project probe uid
gives "not_root_and_no_such_path" 0 'uid 1001 1001 1001 1001' "^stepdown: stepping down: '@/project': not root.*uid 1001" \
	--user 1001:1001 -- stepdown --user @/project --group @/run/docker.sock probe uid

# --- what an attacker may have put there --------------------------------------------------------------------------------------

mkdir -p "$tree/data" "$tree/outside" "$tree/closed/in"
touch "$tree/outside/secret"
chown -R 1001:42 "$tree/outside"
chown 1000:1000 "$tree/data"
ln -s /outside "$tree/data/link"
ln -s /outside "$tree/data/rootlink"
chown -h 1000:1000 "$tree/data/link"
ln -s outside "$tree/link"
for path in /data/link /data/link/ /data/link/secret /data/rootlink; do
	capture in_tree "$tree" stepdown --user "@$path" probe uid
	result "S15_link_that_the_user_may_have_put_there: --user @$path" 125 '' "finding the path: '/data/.*somebody other than root"
	capture in_tree "$tree" stepdown --user app --group "@$path" probe uid
	result "S15_link_that_the_user_may_have_put_there: --group @$path" 125 '' "finding the path: '/data/.*somebody other than root"
	capture in_tree "$tree" stepdown --user "@$path,app" probe uid
	result "S15_such_a_link_is_not_passed_over: $path" 125 '' "finding the path: '/data/.*somebody other than root"
done
capture in_tree "$tree" stepdown --user @/link/../link probe uid gid
result "S15_link_of_root_is_followed_to_an_owner" 0 $'uid 1001 1001 1001 1001\ngid 42 42 42 42'
ln "$tree/outside/secret" "$tree/data/mine"
capture in_tree "$tree" stepdown --user @/data/mine probe uid
result "S17_file_with_hard_links_is_nobodys: --user" 125 '' "finding the path: '/data/mine': a file with hard links elsewhere"
capture in_tree "$tree" stepdown --user app --group @/data/mine probe uid
result "S17_file_with_hard_links_is_nobodys: --group" 125 '' "finding the path: '/data/mine': a file with hard links elsewhere"
rm "$tree/data/mine"
capture in_tree "$tree" stepdown --user app --group @/outside/secret probe groups
result "file_with_one_link" 0 'groups 33 42 44 1000'
mkfifo "$tree/data/fifo" && chown 1001:42 "$tree/data/fifo"
capture in_tree "$tree" timeout 20 stepdown --user @/data/fifo probe uid
result "S22_fifo_does_not_block" 0 'uid 1001 1001 1001 1001'
mkdir "$tree/data/a:b,c" && chown 1001:42 "$tree/data/a:b,c"
capture in_tree "$tree" env DIR=a:b,c stepdown --user '@/data/${DIR}' probe uid
result "S26_variable_does_not_end_a_path" 125 '' "--user: 'DIR': the variable's value may not hold a ':'"
capture in_tree "$tree" stepdown --user '@/data/a:b' probe uid
result "colon_ends_a_path" 125 '' "finding the path: '/data/a': it does not exist"
capture in_tree "$tree" stepdown --user '@/data/a,1001' probe uid
result "comma_ends_a_path" 0 'uid 1001 1001 1001 1001'
capture in_tree "$tree" stepdown --user @data probe uid
result "path_that_is_not_absolute" 125 '' "reading the user: 'data': it is not absolute"
capture in_tree "$tree" stepdown --user @/etc/passwd/x probe uid
result "path_through_a_file" 125 '' "finding the path: '/etc/passwd/x': Not a directory"
# Root may not look there, but as its owner.
chown 1001:42 "$tree/closed" "$tree/closed/in" && chmod 700 "$tree/closed"
capture setpriv --inh-caps=-all --bounding-set=-all,+setuid,+setgid,+chown,+sys_chroot \
	env -i PATH="$image_path" chroot "$tree" stepdown --user @/closed/in probe uid
result "S35_path_in_a_closed_directory" 0 'uid 1001 1001 1001 1001'

# The kernel shows 65534 for whoever is not mapped.
capture "$shared/tools/userns" "0 0 1,1 200000 65535" "0 0 1,1 200000 65535" allow chroot "$tree" stepdown --user @/outside probe uid
result "owner_that_is_not_mapped" 125 '' "finding the path: '/outside': nobody's, or not mapped"
capture "$shared/tools/userns" "0 0 1,1 200000 65535" "0 0 1,1 200000 65535" allow chroot "$tree" \
	stepdown --user app --group @/outside probe uid
result "group_that_is_not_mapped" 125 '' "finding the path: '/outside': nobody's, or not mapped"
capture "$shared/tools/userns" "0 0 1,1 200000 65535" "0 0 1,1 200000 65535" allow chroot "$tree" \
	stepdown --user @/outside,app probe uid
result "owner_that_is_not_mapped_is_passed_over" 0 'uid 1000 1000 1000 1000'

done_testing
