#!/bin/bash
# The user and the groups that a path stands for (@PATH), in a tree: real owners, and what an attacker may have put there.
# unit/test_owners.c has every form and all alternatives, unit/test_resolve.c every link.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree

mkdir -p "$tree"/{project,outside,data}
mkfifo -m 660 "$tree/run/docker.sock" && chown 0:998 "$tree/run/docker.sock"
mkfifo "$tree/data/fifo"
chown 4321:4322 "$tree/project" && chown -R 1001:42 "$tree"/{outside,data/fifo}
ln -s /outside "$tree/data/link" && ln -s outside "$tree/link" && chown -h 1000:1000 "$tree/data" "$tree/data/link"

# runs_as NAME UID GID GROUPS WORD...: without a message. The words begin with stepdown or with variables.
runs_as() {
	runs "$1" 0 "$(identity "$2" "$3" "$4")" '^$' in_tree --groups=0,2000 "$tree" timeout 20 env "${@:5}" probe uid gid groups
}

runs_as path_from_a_variable_gives_uid_and_gid 4321 4322 '2000 4322' DIR=project stepdown --user '@/${DIR}/.'
runs_as path_of_a_user_with_an_entry_gives_the_group_explicitly 1000 1000 '1000 2000' stepdown --user @/data
runs_as alternative_when_the_path_is_missing 1000 1000 '33 44 1000 2000' stepdown --user '${PUID},@/none,app'
runs_as S15_link_of_root_is_followed_to_an_owner 1001 42 '42 2000' stepdown --user @/link/../link
runs_as S22_fifo_does_not_block 1001 42 '42 2000' stepdown --user @/data/fifo
capture in_tree "$tree" stepdown --user app --group '@/dev/dri/renderD128,@/var/run/docker.sock,' \
	sh -c 'test -w /run/docker.sock && id -G | tr " " "\n" | sort -n | xargs'
result group_of_a_socket_lets_write_to_it 0 '33 44 998 1000' '^$'
capture in_tree "$tree" stepdown --dry-run --user '${PUID},@/project,app' true
like "$status $output" "^0 look up     '@/project'
run as      uid 4321 \(by number, no entry in /etc/passwd\), gid 4322, groups 4322
" dry_run_tells_which_alternative_it_is

refusal="^stepdown: finding the path: '/data/link': somebody other than root"
tree_gives S15_user_of_a_link_that_the_user_may_have_put_there 125 '' "$refusal" -- stepdown --user @/data/link,app true
tree_gives S15_group_of_a_link_that_the_user_may_have_put_there 125 '' "$refusal" -- stepdown --user app --group @/data/link,app true

done_testing
