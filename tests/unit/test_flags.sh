#!/bin/sh
# usage: test_flags.sh BUILD-DIRECTORY
# The static program is hardened: the flags of meson.build stand at every compiler call, and the program
# shows them.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

build=$(cd "$1" && pwd)
program=$build/stepdown

# One line for each compiler call: libcap-ng's too, and our own.
calls=$(grep '"command":' "$build/compile_commands.json") || exit
own_calls=$(printf '%s\n' "$calls" | grep -v ' [^ ]*subprojects/[^ ]*"') || exit

# each_has FLAG CALLS
each_has() {
	! printf '%s\n' "$2" | grep -vE -- " $1 "
}

for flag in -fPIE -fstack-protector-strong -ftrivial-auto-var-init='(zero|pattern)' -ffunction-sections \
	-fdata-sections; do
	ok "flag_${flag#-}_at_every_call" each_has "$flag" "$calls"
done
for flag in -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wdate-time -Wformat=2; do
	ok "flag_${flag#-}_at_every_own_call" each_has "$flag" "$own_calls"
done

listing=$(readelf -ldnW "$program") || exit

shows() {
	printf '%s\n' "$listing" | grep -E -- "$1"
}

shows_no() {
	! shows "$1"
}

# The note holds one kind, name and version, and the version is the program's.
has_package_note() {
	shows "\\{\"type\":\"generic\",\"name\":\"stepdown\",\"version\":\"$("$program" --version | sed 's/.* //')\"\\}"
}

# At its start the program makes the whole pages of PT_GNU_RELRO read-only.
makes_relro_read_only() {
	# shellcheck disable=SC2046 # an address and a size
	set -- $(printf '%s\n' "$listing" | awk '$1 == "GNU_RELRO" { print $3, $6 }') "$(getconf PAGESIZE)"
	strace -qq -e trace=mprotect "$program" --version 2>&1 |
		grep -E "^mprotect\\(0x[0-9a-f]+, $((($1 + $2) / $3 * $3 - $1 / $3 * $3)), PROT_READ\\) = 0"
}

ok program_is_hardened_and_has_no_path_of_the_builder "$(dirname "$0")/check-hardened" "$program" "$(cd "$build/.." && pwd)"
ok program_has_no_text_relocation shows_no TEXTREL
ok program_needs_no_library shows_no 'NEEDED|RPATH|RUNPATH'
ok program_binds_at_once shows 'BIND_NOW|FLAGS_1.*NOW'
ok program_has_no_table_of_functions_that_are_bound_later shows_no 'JMPREL|PLTRELSZ'
# The constants lie in another segment than the code.
ok program_constants_are_not_executable shows_no ' \.text .*\.rodata'
ok program_tells_scanners_name_and_version has_package_note
ok relro_holds_at_run_time makes_relro_read_only
done_testing
