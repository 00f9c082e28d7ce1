#!/bin/bash
# S38: a variable does not choose root's group, whatever entry of the account files it leads to. What decides is the gid that comes
# of it, not the word.

# shellcheck disable=SC2016 # the dollars are for stepdown
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
take_turns

# Three users with group 0, as Alpine has them; aliases of root's group; a user who is a member of it; a user whose group is missing.
{
	passwd_lines
	printf '%s\n' 'sync:x:5:0:sync:/sbin:/bin/sync' 'shutdown:x:6:0:shutdown:/sbin:/sbin/shutdown' 'halt:x:7:0:halt:/sbin:/sbin/halt' \
		'member:x:20:20::/:/bin/sh'
} >"$work/passwd"
{
	group_lines | sed 's/^root:x:0:.*/root:x:0:root,member/'
	printf '%s\n' 'wheelie:x:0:' 'zero:x:00:' 'member:x:20:'
} >"$work/group"
accounts=(--volume "$work/passwd:/etc/passwd:ro" --volume "$work/group:/etc/group:ro")

# refused NAME OPTION=VALUE... -- ARGUMENT...: the command has not run, and why is said.
refused() {
	local name=$1
	local -a environment=()

	shift
	while [[ $1 != -- ]]; do
		environment+=(--env "$1")
		shift
	done
	gives "S38_$name" 125 '' "^stepdown: --(user|group): '[^']*': a variable has chosen group 0, which is root's \(write ':0' in the option itself, or name another group(; [^)]*)?\)\$" \
		"${accounts[@]}" "${environment[@]}" -- stepdown "${@:2}" probe uid gid groups
}
for uid in 5 6 7; do
	refused "uid_${uid}_by_number" PUID=$uid -- --user '${PUID:-10001}'
	refused "uid_${uid}_with_a_name" PUID=$uid -- --user 'app=${PUID:-10001}'
done
refused name_of_such_a_user NAME=sync -- --user '${NAME}'
refused name_of_a_member NAME=member -- --user '${NAME}'
refused second_alternative NAME=sync -- --user '@/nosuch,${NAME}'
refused alias_as_the_group GROUP=wheelie -- --user '1:${GROUP}'
refused alias_with_leading_zeros GROUP=zero -- --user '1:${GROUP}'
refused group_option GROUP=wheelie -- --user 1:1 --group '${GROUP}'
refused group_option_by_number GROUP=0 -- --user 1:1 --group '${GROUP}'
refused group_word_by_number GROUP=0 -- --user '1:${GROUP}'
refused group_of_a_user_to_be_made PGID=0 -- --user 'svc=10001:${PGID}'

# Group 0 in the option itself is the author's choice, not a variable's.
gives "S38_group_0_in_the_option_itself" 0 "$(identity 5 0 0)" '' "${accounts[@]}" --env PUID=5 -- stepdown --user '${PUID}:0' probe uid gid groups
gives "S38_user_in_the_option_itself" 0 "$(identity 5 0 0)" '' "${accounts[@]}" -- stepdown --user sync probe uid gid groups
gives "S38_another_group_by_a_variable" 0 "$(identity 5 911 911)" '' "${accounts[@]}" --env PUID=5 --env PGID=911 -- \
	stepdown --user '${PUID}:${PGID}' probe uid gid groups

done_testing
