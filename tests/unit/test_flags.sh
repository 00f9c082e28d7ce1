#!/bin/sh
# usage: test_flags.sh BUILD-DIRECTORY static-pie|static
# The flags that meson.build names arrived: at every compiler call, and in the program.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

build=$1
link=$2
program=$build/stepdown

# One line for each compiler call.
compiler_calls() {
	grep '"command":' "$build/compile_commands.json"
}

every_call_has() {
	compiler_calls >/dev/null && ! compiler_calls | grep -vF -- " $1 "
}

every_own_call_has() {
	compiler_calls | grep -q ' [^ ]*src/main\.c"' &&
		! compiler_calls | grep -v ' [^ ]*subprojects/[^ ]*"' | grep -vF -- " $1 "
}

every_pure_call_has() {
	compiler_calls | grep -q ' [^ ]*src/plan\.c"' &&
		! compiler_calls | grep -F libpure.a.p | grep -vF -- " $1 "
}

ok flag_ftrivial-auto-var-init=zero_at_every_pure_call every_pure_call_has -ftrivial-auto-var-init=zero
for flag in -Oz -fstack-protector -ffunction-sections \
	-fdata-sections -fno-unwind-tables -fno-asynchronous-unwind-tables; do
	ok "flag_${flag#-}_at_every_call" every_call_has "$flag"
done
case $link in
static-pie) ok flag_fPIE_at_every_call every_call_has -fPIE ;;
static) ok flag_fno-pie_at_every_call every_call_has -fno-pie ;;
esac
for flag in -std=c11 -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wdate-time -Wformat=2; do
	ok "flag_${flag#-}_at_every_own_call" every_own_call_has "$flag"
done

elf_type_is() {
	readelf -hW "$program" | grep -E "^ *Type: +$1 "
}

has_no_segment() {
	! readelf -lW "$program" | grep -E "^ *$1 "
}

has_segment() {
	readelf -lW "$program" | grep -qE "^ *$1 .* $2 +0x" || {
		readelf -lW "$program"
		return 1
	}
}

no_writable_code() {
	! readelf -lW "$program" | grep -E '^ *[A-Z_]+ +0x.* (RWE|WE|W E) +0x'
}

needs_no_library() {
	! readelf -dW "$program" | grep -E 'NEEDED|RPATH|RUNPATH|TEXTREL'
}

# Bound before main(), by musl's start file or not at all: no table of things to bind later.
binds_nothing_later() {
	case $link in
	static-pie) readelf -dW "$program" | grep -E 'BIND_NOW|FLAGS_1.*NOW' ;;
	esac && ! readelf -dW "$program" | grep -E 'JMPREL|PLTRELSZ'
}

is_stripped() {
	# The linker leaves a heading for unwind tables, with at most an end mark under it.
	! readelf -SW "$program" | grep -vE ' \.eh_frame +PROGBITS +0*[0-9a-f]+ [0-9a-f]+ 00000[04] ' |
		grep -E ' \.(symtab|debug[^ ]*|eh_frame|note\.gnu\.build-id) '
}

# As many of its functions as src/compiler.h marks, each at its begin and its end.
looks_after_its_stack() {
	marked=$(compiler_calls | sed -nE 's,.*[ /](src/[a-z_]+\.c)".*,\1,p' |
		(cd "$(dirname "$0")/../.." && xargs cat) | grep -c '^PROTECTED ')
	found=$(objdump -d "$program" | grep -cF '%fs:0x28')
	printf '%s marked, looked at %s times\n' "$marked" "$found"
	[ "$marked" -gt 5 ] && [ "$found" -ge $((2 * marked)) ]
}

# The note is what scanners read; one kind, name and version, and the version is the program's.
has_package_note() {
	version=$("$program" --version | sed 's/.* //')
	readelf -nW "$program" | grep -F "{\"type\":\"generic\",\"name\":\"stepdown\",\"version\":\"$version\"}"
}

is_smaller_than() {
	size=$(wc -c <"$program")
	printf '%s bytes\n' "$size"
	[ "$size" -lt "$1" ]
}

# Headers and names of sections; no padding, no comments.
is_little_more_than_its_contents() {
	size=$(wc -c <"$program")
	contents=$(size "$program" | awk 'NR == 2 { print $1 + $2 }')
	printf '%s bytes, %s of them contents\n' "$size" "$contents"
	[ $((size - contents)) -lt "$1" ]
}

# The symbol table is gone from the program, so the linker is asked: objects of libc.a that are in.
has_no_stdio() {
	[ -s "$build/stepdown.map" ] || return 1
	! sed -n '/^Linker script and memory map/,$p' "$build/stepdown.map" |
		grep -E '^ *\.text[^ ]* +0x[0-9a-f]+ +0x[0-9a-f]+ .*libc\.a\((v?f?printf|vfprintf|fopen|fwrite|stdout|stderr|malloc|calloc|realloc|free|getpw.*|getgr.*)\.l?o\)'
}

# src/libstart.c: nothing of musl's may look for more of a thread than errno and the secret.
has_threads_of_its_own() {
	[ -s "$build/stepdown.map" ] || return 1
	! sed -n '/^Linker script and memory map/,$p' "$build/stepdown.map" |
		grep -E '^ *\.text[^ ]* +0x[0-9a-f]+ +0x[0-9a-f]+ .*libc\.a\((__libc_start_main|__init_tls|__?lock|vmlock|exit|pthread_.*|__?tls.*|cancel.*)\.l?o\)' ||
		return 1
	[ "$(uname -m)" != x86_64 ] || [ "$(objdump -d "$program" | grep -F '%fs:' | grep -cv '%fs:0x28')" -eq 1 ]
}

has_no_builder_path() {
	! grep -qaF -- "$(cd "$build/.." && pwd)" "$program"
}

# address_of EXPRESSION: of the first line of the map that it, with the address in its group, matches.
address_of() {
	address=$(sed -nE "/^Linker script and memory map/,\$ { s/$1/\\1/p }" "$build/stepdown.map" | head -n 1)
	printf '%s: %s\n' "$1" "$address"
	[ -n "$address" ]
}

# src/toolchain/layout.ld.in: a page more that each start touches costs it as much as ten system calls.
has_what_every_start_writes_to_side_by_side() {
	address_of '^\.data +(0x[0-9a-f]+) .*' || return 1
	data=$((address))
	address_of '^ +(0x[0-9a-f]+) +__environ$' || return 1
	environ=$((address))
	address_of '^ \.bss\.state +(0x[0-9a-f]+) .*' || return 1
	[ "$data" -lt "$environ" ] && [ "$environ" -lt $((address)) ] && [ $((address - data)) -lt 1536 ]
}

libcapng_asks_nothing() {
	undefined=$(nm -u "$build"/subprojects/libcap-ng-*/libcap-ng.a)
	printf '%s\n' "$undefined" | grep -w capset &&
		! printf '%s\n' "$undefined" |
			grep -wE 'capget|prctl|syscall|open|open64|fopen|fopen64|snprintf|asprintf|fgets|sscanf'
}

ok program_has_no_interpreter has_no_segment INTERP
ok program_needs_no_library needs_no_library
case $link in
static-pie) ok program_is_position_independent elf_type_is DYN ;;
static) ok program_is_at_a_fixed_address elf_type_is EXEC ;;
esac
ok program_stack_is_not_executable has_segment GNU_STACK RW
case $link in
static-pie) ok program_has_relro has_segment GNU_RELRO R ;;
# Constants are in a segment that is never writable.
static) ok program_needs_no_relro has_no_segment GNU_RELRO ;;
esac
ok program_has_no_writable_code no_writable_code
[ "$(uname -m)" != x86_64 ] || ok program_looks_after_its_stack looks_after_its_stack
ok program_binds_nothing_later binds_nothing_later
ok program_is_stripped is_stripped
ok program_tells_scanners_what_it_is has_package_note
# What was promised, and for the other kind what was won.
case $link in
static-pie) ok program_is_smaller_than_58_KiB is_smaller_than 59392 ;;
static) ok program_is_smaller_than_48_KiB is_smaller_than 49152 ;;
esac
[ "$link" != static ] || ok program_is_little_more_than_its_contents is_little_more_than_its_contents 900
ok program_has_no_stdio_and_no_malloc has_no_stdio
case $link-$(uname -m) in
static-x86_64 | static-aarch64 | static-riscv64) ok program_has_threads_of_its_own has_threads_of_its_own ;;
esac
ok program_has_no_path_of_the_builder has_no_builder_path
[ "$link" != static ] ||
	ok program_has_what_every_start_writes_to_side_by_side has_what_every_start_writes_to_side_by_side
ok libcapng_asks_nothing libcapng_asks_nothing

# What the kernel is asked for, before the program does anything else.
protects() {
	strace -e trace=mprotect "$program" --version 2>&1 |
		grep -E '^mprotect\(0x[0-9a-f]+, [0-9]+, PROT_READ\) += 0$'
}

protects_what_was_relocated() {
	case $link in
	static-pie) protects ;;
	static) ! protects ;;
	esac
}

if ! command -v strace >/dev/null; then
	skip program_protects_what_was_relocated 'strace is not here'
elif ! strace true >/dev/null 2>&1; then
	skip program_protects_what_was_relocated 'this machine does not let strace trace'
else
	ok program_protects_what_was_relocated protects_what_was_relocated
fi
done_testing
