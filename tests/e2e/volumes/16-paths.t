#!/bin/bash
# The user and the groups that a path stands for (@PATH), and alternatives. tests/unit/test_owners.c has every form; here are a real bind
# mount, real owners, and what an attacker may have put there.

# shellcheck disable=SC2016 # the dollars are for the program and for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
take_turns

mkdir "$work/project" && chown 4321:4322 "$work/project"
mkfifo -m 660 "$work/docker.sock" && chown 0:998 "$work/docker.sock"

# --- bind mounts ----------------------------------------------------------------------------------------------------------------

project=(--volume "$work/project:/project")
gives "path_gives_uid_and_gid" 0 "$(identity 4321 4322 '2000 4322')" '^$' "${project[@]}" --group-add 2000 -- \
	stepdown --user @/project probe uid gid groups
gives "files_that_are_made_belong_to_the_owner_of_the_mount" 0 'dev 4321:4322' "added the line 'dev:[*]:4321:4322:" "${project[@]}" -- \
	stepdown --user dev=@/project sh -c 'touch /project/made-by-$HOSTNAME; echo "$USER $(id -u):$(id -g)"'
is "$(stat -c %u:%g "$work"/project/made-by-* | sort -u)" 4321:4322 "files_that_are_made_belong_to_the_owner_of_the_mount, outside"
# Through /var/run, which is a link of root's.
socket=(--volume "$work/docker.sock:/run/docker.sock")
gives "group_of_a_socket_lets_write_to_it" 0 $'yes\n33 44 998 1000' '^$' "${socket[@]}" -- stepdown --user app \
	--group '@/dev/dri/renderD128,@/var/run/docker.sock,' sh -c 'test -w /run/docker.sock && echo yes; id -G | tr " " "\n" | sort -n | xargs'
gives "without_the_group_it_cannot_be_written_to" 0 no '^$' "${socket[@]}" -- stepdown --user app sh -c 'test -w /run/docker.sock || echo no'
# As OpenShift starts it: any uid, a volume of somebody else's.
gives "not_root_and_not_the_owner" 0 'uid 1001 1001 1001 1001' "^stepdown: stepping down: '@/project': not root.*uid 1001" \
	"${project[@]}" --user 1001:0 -- stepdown --user @/project --group @/run/none probe uid

# --- owners ---------------------------------------------------------------------------------------------------------------------

tree=$(copy_tree paths)
cp -a "$work/project" "$work/docker.sock" "$tree"
mkdir -p "$tree/roots" "$tree/group-0" "$tree/data" "$tree/outside" "$tree/closed/in" "$tree/data/a:b,c"
chown 4321:0 "$tree/group-0"
touch "$tree/outside/secret"
chown -R 1001:42 "$tree/outside" "$tree/closed" "$tree/data/a:b,c"
chmod 700 "$tree/closed"
chown 1000:1000 "$tree/data"
mkfifo "$tree/data/fifo" && chown 1001:42 "$tree/data/fifo"
ln -s /outside "$tree/data/link" && chown -h 1000:1000 "$tree/data/link"
ln -s /outside "$tree/data/rootlink"
ln -s outside "$tree/link"
ln "$tree/outside/secret" "$tree/data/mine"

# runs_as NAME UID GID GROUPS [VARIABLE=VALUE]... stepdown OPTION...
runs_as() {
	capture in_tree --groups=0 "$tree" timeout 20 env "${@:5}" probe uid gid groups
	result "$1" 0 "$(identity "$2" "$3" "$4")" '^$'
}

# refuses NAME PATTERN [VARIABLE=VALUE]... stepdown OPTION...
refuses() {
	capture in_tree "$tree" env "${@:3}" probe uid
	result "$1" 125 '' "^stepdown: $2"
}

runs_as "path_of_a_user_with_an_entry_gives_the_group_explicitly" 1000 1000 1000 stepdown --user @/data
runs_as "path_from_a_variable_behind_the_at_sign" 4321 4322 4322 DIR=project stepdown --user '@/${DIR}/.'
runs_as "S8_group_0_of_a_path_is_not_taken" 4321 4321 4321 stepdown --user @/group-0
runs_as "alternative_first" 4321 4322 4322 stepdown --user '${PUID},@/project,app'
runs_as "alternative_when_the_path_is_missing" 1000 1000 "33 44 1000" stepdown --user '${PUID},@/none,app'
runs_as "alternative_when_the_path_is_roots" 1000 1000 "33 44 1000" stepdown --user '@/roots,app'
runs_as "alternative_of_a_variable" 1234 1235 1235 PUID=1234 PGID=1235 stepdown --user '${PUID}:${PGID},@/project,app'
runs_as "S26_uid_0_is_passed_over" 1000 1000 "33 44 1000" PUID=0 stepdown --user '${PUID},app'
runs_as "S15_link_of_root_is_followed_to_an_owner" 1001 42 42 stepdown --user @/link/../link
runs_as "S22_fifo_does_not_block" 1001 42 42 stepdown --user @/data/fifo
runs_as "comma_ends_a_path" 1001 1001 "33 1001" stepdown --user '@/data/a,1001'
runs_as "file_with_one_link" 1000 1000 "33 44 998 1000" stepdown --user app --group @/docker.sock
capture in_tree "$tree" stepdown --dry-run --user '${PUID},@/project,app' true
like "$status $output" "^0 look up     '@/project'
run as      uid 4321 \(by number, no entry in /etc/passwd\), gid 4322, groups 4322
" "dry_run_tells_which_it_is"

missing="it does not exist"
refuses "S5_path_that_is_missing" "finding the path: '/none': $missing .mount it" stepdown --user @/none
refuses "S5_group_of_what_is_missing" "finding the path: '/none': $missing" stepdown --user app --group @/none
refuses "S26_path_of_root" "stepping down: '@/roots': it is uid 0 .*allow-root" stepdown --user @/roots
refuses "S26_path_of_root_for_an_account" "stepping down: 'dev=@/roots': it is uid 0" stepdown --user dev=@/roots
refuses "S10_group_of_root_is_not_granted" "finding the path: '/roots': its group is root's" stepdown --user app --group @/roots
refuses "S26_variable_does_not_choose_a_path" "--user: 'PUID': the variable's value may not hold a '@'" PUID=@/data stepdown --user '${PUID:-@/roots}'
refuses "S26_variable_does_not_end_a_path" "--user: 'DIR': the variable's value may not hold a ':'" DIR=a:b,c stepdown --user '@/data/${DIR}'
refuses "S26_group_of_root_is_not_for_a_variable" "--group: '0': a variable has chosen group 0" GROUP=0 stepdown --user app --group '${GROUP:-@/data}'
refuses "S5_all_alternatives_are_unset" "--user: 'PGID': the variable is not set" stepdown --user '${PUID},${PGID}'
refuses "S1_alternative_out_of_range_is_not_passed_over" "reading the user: '4294967296'" stepdown --user 4294967296,app
refuses "colon_ends_a_path" "finding the path: '/data/a': $missing" stepdown --user @/data/a:b
refuses "path_through_a_file" "finding the path: '/etc/passwd/x': Not a directory" stepdown --user @/etc/passwd/x
for path in /data/link /data/link/ /data/link/secret /data/rootlink; do
	refuses "S15_link_that_the_user_may_have_put_there: $path" "finding the path: '/data/.*somebody other than root" stepdown --user "@$path,app"
	refuses "S15_link_that_the_user_may_have_put_there: --group $path" "finding the path: '/data/.*somebody other than root" \
		stepdown --user app --group "@$path"
done
refuses "S17_file_with_hard_links_is_nobodys" "finding the path: '/data/mine': a file with hard links elsewhere" stepdown --user @/data/mine
refuses "S17_file_with_hard_links_is_nobodys: --group" "finding the path: '/data/mine': a file with hard links elsewhere" \
	stepdown --user app --group @/data/mine

# Root may not look there, but as its owner.
capture setpriv --inh-caps=-all --bounding-set=-all,+setuid,+setgid,+chown,+sys_chroot \
	env -i PATH="$image_path" chroot "$tree" stepdown --user @/closed/in probe uid
result "S35_path_in_a_closed_directory" 0 'uid 1001 1001 1001 1001'

# The kernel shows 65534 for whoever is not mapped.
in_userns() {
	capture "$shared/tools/userns" "0 0 1,1 200000 65535" "0 0 1,1 200000 65535" allow chroot "$tree" stepdown "$@" probe uid
}
in_userns --user @/outside
result "owner_that_is_not_mapped" 125 '' "finding the path: '/outside': nobody's, or not mapped"
in_userns --user app --group @/outside
result "group_that_is_not_mapped" 125 '' "finding the path: '/outside': nobody's, or not mapped"
in_userns --user @/outside,app
result "owner_that_is_not_mapped_is_passed_over" 0 'uid 1000 1000 1000 1000'

# A start that is not root's.
capture in_tree --userspec=4321:4322 "$tree" stepdown --strict --user @/project probe uid
result "not_root_but_the_owner" 0 'uid 4321 4321 4321 4321' '^$'
capture in_tree --userspec=1001:1001 "$tree" stepdown --strict --user @/project probe uid
result "not_root_and_not_the_owner_with_strict" 125 '' "^stepdown: stepping down: '@/project': not root at the start"

done_testing
