#!/bin/bash
# Identities that must not be taken for another one: a table of specs, each tried as root, each refused before anything runs. The unit
# programs of the readers have many more of each kind; here are the ways through the whole program.

# shellcheck disable=SC2016 # the dollars are for the program
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree specs)

# refuses NAME [VARIABLE=VALUE] OPTION...
refuses() {
	local -a variables=()

	[[ $2 == -* ]] || variables=("$2")
	capture in_tree "$tree" env "${variables[@]}" stepdown "${@:2 + ${#variables[@]}}" probe uid
	result "$1" 125 '' "${pattern-^stepdown: [^:]+: }"
}

# gives_ids NAME UID GID GROUPS [VARIABLE=VALUE] stepdown OPTION...
gives_ids() {
	capture in_tree --groups=0 "$tree" env "${@:5}" probe uid gid groups
	result "$1" 0 "$(identity "$2" "$3" "$4")" ''
}

for number in 2147483648 4294967295 4294967296 18446744073709551616; do
	refuses "S1_uid_out_of_range: $number" --user "$number"
	refuses "S1_gid_out_of_range: $number" --user "1000:$number"
	refuses "S1_account_out_of_range: $number" --user "svc=$number"
	refuses "S1_group_out_of_range: $number" --user app --group "$number"
	pattern="'$number'" refuses "S1_variable_out_of_range: $number" "PUID=$number" --user '${PUID}'
done
for number in 2147483648 4294967295 4294967296 18446744073709551616 -1; do
	cp "$shared/busybox/etc/passwd" "$shared/busybox/etc/group" "$tree/etc"
	printf 'biguid:x:%s:1000::/:/bin/sh\nbiggid:x:1500:%s::/:/bin/sh\n' "$number" "$number" >>"$tree/etc/passwd"
	printf 'big:x:%s:app\n' "$number" >>"$tree/etc/group"
	refuses "S1_S2_uid_in_passwd_out_of_range: $number" --user biguid
	refuses "S1_gid_in_passwd_out_of_range: $number" --user biggid
	refuses "S1_group_in_group_out_of_range: $number" --user app:big
	gives_ids "S1_group_in_group_out_of_range_grants_nothing: $number" 1000 1000 '33 44 1000' stepdown --user app
done
cp "$shared/busybox/etc/passwd" "$shared/busybox/etc/group" "$tree/etc"
gives_ids "S1_the_last_uid_in_range" 2147483647 2147483647 2147483647 stepdown --user 2147483647
gives_ids "S3_leading_zeros_are_decimal" 1000 1000 '33 44 1000' stepdown --user 0001000
for spec in -1 app:-1 ' 1000' '1000 ' +1000 0x3e8 1e3 $'1000\n' 1000:+5 1000:0x5; do
	refuses "S2_S3_signs_blanks_and_hex: ${spec@Q}" --user "$spec"
done
for spec in bogus '' : app: :app app:bogus '=1000' 'app=' 'app=1000:' 'app=1000:bogus' 'app:www:x'; do
	refuses "S5_unknown_or_empty_name: '$spec'" --user "$spec"
done
for spec in 00 root root:app 'app=0' 'svc=0:1000'; do
	refuses "S26_root_without_allow_root: '$spec'" --user "$spec"
done

# A default that has the same sign allows nothing.
sign='[:=@]'
for words in '@/data --user ${V:-@/project}' 'daemon=4711 --user ${V:-app=10001}' '@/data --group ${V:-@/run} --user 10001' \
	'1000:42 --user ${V:-10001}' '10001:6 --user app=${V:-10001}'; do
	read -ra words <<<"$words"
	pattern="^stepdown: --(user|group): 'V': the variable's value may not hold a '$sign' \(write the '$sign' in the option itself\)\$" \
		refuses "S26_a_variable_brings_no_structure: ${words[*]}" "V=${words[0]}" "${words[@]:1}"
done

# The names and fields of an account that would be made are looked at before anything is written.
for spec in $'x\nroot2=0' $'x\nroot2:x:0:0::/:/bin/sh=10001' 'a:b=10001' '-x=10001' '1000=1001' 'a/b=10001'; do
	refuses "S29_name_that_is_none: ${spec@Q}" --user "$spec"
done
refuses "S29_home_with_a_colon" --user svc=10001 --home /a:b
refuses "S29_home_with_a_newline" --user svc=10001 --home $'/a\nroot2:x:0:0::/:/bin/sh'
ok "S29_nothing_was_written" diff -r "$shared/busybox/etc" "$tree/etc"

printf '1000:x:0:0::/root:/bin/sh\n4000:x:0:0::/root:/bin/sh\n' >>"$tree/etc/passwd"
printf '4000:x:0:app\n' >>"$tree/etc/group"
gives_ids "S4_a_number_is_never_a_name" 1000 1000 '33 44 1000' stepdown --user 1000
gives_ids "S4_a_number_is_never_a_name_without_an_entry" 4000 4000 4000 stepdown --user 4000
gives_ids "S4_a_gid_is_never_a_name" 1000 4000 4000 stepdown --user app:4000

# A variable does not choose root's group: what decides is the gid that comes of it, not the word. Alpine has three users with group 0.
printf 'sync:x:5:0:sync:/sbin:/bin/sync\n' >>"$tree/etc/passwd"
printf 'wheelie:x:0:\n' >>"$tree/etc/group"
pattern="^stepdown: --(user|group): '[^']*': a variable has chosen group 0, which is root's \(write ':0' in the option itself, or name another group(; [^)]*)?\)\$"
for words in '5 --user ${V}' '5 --user app=${V}' 'sync --user @/none,${V}' 'wheelie --user 1:${V}' 'wheelie --user 1:1 --group ${V}' \
	'0 --user svc=10001:${V}'; do
	read -ra words <<<"$words"
	refuses "S38_group_0_by_a_variable: ${words[*]}" "V=${words[0]}" "${words[@]:1}"
done
unset pattern
# Group 0 in the option itself is the author's choice, not a variable's.
gives_ids "S38_group_0_in_the_option_itself" 5 0 0 PUID=5 stepdown --user '${PUID}:0'
gives_ids "S38_user_in_the_option_itself" 5 0 0 stepdown --user sync

# Words of the command line.
refuses "unknown_option" --user app --no-such-option
refuses "option_without_its_value" --user
refuses "unknown_capability" --user app --cap no_such_capability
capture in_tree "$tree" stepdown --user app
result "no_command_is_an_error" 125 '' '^stepdown: '
capture in_tree "$tree" stepdown --help
like "$status $output" '^0 .*--user.*--own.*--cap' "help_is_on_stdout"
is "$errors" '' "help_is_not_on_stderr"
capture in_tree "$tree" stepdown --version
like "$status $output" '^0 stepdown [0-9]+\.[0-9]+' "version_is_on_stdout"

done_testing
