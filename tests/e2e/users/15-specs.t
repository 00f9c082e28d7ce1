#!/bin/bash
# Identities that must not be taken for another one: a table of specs, each tried as root, each refused before anything runs.

# shellcheck disable=SC2016 # the dollars are for the program
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree specs)

# refuses NAME OPTION...
refuses() {
	capture in_tree "$tree" stepdown "${@:2}" probe uid
	result "$1" 125 '' '^stepdown: [^:]+: '
}

too_big=(2147483648 4294967294 4294967295 4294967296 4294967297 9223372036854775807 9223372036854775808
	18446744073709551616 123456789012345678901234567890)
for number in "${too_big[@]}"; do
	refuses "S1_uid_out_of_range: $number" --user "$number"
	refuses "S1_gid_out_of_range: $number" --user "1000:$number"
	refuses "S1_account_out_of_range: $number" --user "svc=$number"
	refuses "S1_group_out_of_range: $number" --user app --group "$number"
done
for number in "${too_big[@]}" -1; do
	capture in_tree "$tree" env "PUID=$number" stepdown --user '${PUID}' probe uid
	result "S1_variable_out_of_range: $number" 125 '' "'$number'"
	cp "$shared/busybox/etc/passwd" "$shared/busybox/etc/group" "$tree/etc"
	printf 'biguid:x:%s:1000::/:/bin/sh\nbiggid:x:1500:%s::/:/bin/sh\n' "$number" "$number" >>"$tree/etc/passwd"
	printf 'big:x:%s:app\n' "$number" >>"$tree/etc/group"
	refuses "S1_S2_uid_in_passwd_out_of_range: $number" --user biguid
	refuses "S1_gid_in_passwd_out_of_range: $number" --user biggid
	refuses "S1_group_in_group_out_of_range: $number" --user app:big
	capture in_tree "$tree" stepdown --user app probe groups
	result "S1_group_in_group_out_of_range_grants_nothing: $number" 0 'groups 33 44 1000'
done
cp "$shared/busybox/etc/passwd" "$shared/busybox/etc/group" "$tree/etc"
capture in_tree "$tree" stepdown --user 2147483647 probe uid gid
result "S1_the_last_uid_in_range" 0 "$(identity 2147483647 2147483647 '' | head -n 2)"

for spec in -1 app:-1 ' 1000' '1000 ' +1000 -2 0x3e8 1e3 $'1000\n' 1000:+5 1000:0x5; do
	refuses "S2_S3_signs_blanks_and_hex: ${spec@Q}" --user "$spec"
done
capture in_tree "$tree" stepdown --user 0001000 probe uid
result "S3_leading_zeros_are_decimal" 0 "$(identity 1000 0 '' | head -n 1)"

for spec in bogus 0day '' : app: :app app:bogus bogus:app '=1000' 'app=' 'app=bogus' 'app=1000:' 'app=1000:bogus' 'app:www:x'; do
	refuses "S5_unknown_or_empty_name: '$spec'" --user "$spec"
done
for spec in 0 00 root 0:0 0:1000 root:app 'app=0' 'svc=0:1000' 'svc=00'; do
	refuses "S26_root_without_allow_root: '$spec'" --user "$spec"
done
# A default that has the same sign allows nothing.
while read -r variable options; do
	read -ra words <<<"$options"
	capture in_tree "$tree" env "$variable" stepdown "${words[@]}" probe uid
	result "S26_a_variable_brings_no_structure: $variable $options" 125 '' \
		"^stepdown: --(user|group): '${variable%%=*}': the variable's value may not hold a '[:=@]' \(write the '[:=@]' in the option itself\)\$"
done <<-'END'
	PUID=@/data --user ${PUID:-@/project}
	SPEC=daemon=4711 -n --user ${SPEC:-app=10001}
	G=@/data --group ${G:-@/var/run/docker.sock} --user 10001
	SPEC=x=@/data -n --user ${SPEC:-app=@/project}
	PUID=1000:42 --user ${PUID:-10001}
	PUID=10001:6 --user app=${PUID:-10001}
END
# The names and fields of an account that would be made are looked at before anything is written.
cp -a "$tree/etc" "$work/etc.before"
for spec in $'x\nroot2=0' $'x\nroot2:x:0:0::/:/bin/sh=10001' 'a:b=10001' 'a;b=10001' '-x=10001' '1000=1001' 'a/b=10001'; do
	refuses "S29_name_that_is_none: ${spec@Q}" --user "$spec"
done
refuses "S29_home_with_a_colon" --user svc=10001 --home /a:b
refuses "S29_home_with_a_newline" --user svc=10001 --home $'/a\nroot2:x:0:0::/:/bin/sh'
ok "S29_nothing_was_written" diff -r "$work/etc.before" "$tree/etc"

printf '1000:x:0:0::/root:/bin/sh\n4000:x:0:0::/root:/bin/sh\n' >>"$tree/etc/passwd"
printf '4000:x:0:app\n' >>"$tree/etc/group"
capture in_tree "$tree" stepdown --user 1000 probe uid gid groups
result "S4_a_number_is_never_a_name" 0 "$(identity 1000 1000 '33 44 1000')"
capture in_tree "$tree" stepdown --user 4000 probe uid gid groups
result "S4_a_number_is_never_a_name_without_an_entry" 0 "$(identity 4000 4000 4000)"
capture in_tree "$tree" stepdown --user app:4000 probe uid gid groups
result "S4_a_gid_is_never_a_name" 0 "$(identity 1000 4000 4000)"

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
