#!/bin/sh
# What tests/release makes: for each architecture the program, its SBOM and their sums, the same in two places.
#
# usage: test_release.sh SOURCE-DIRECTORY ARCHITECTURE...
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

source=$(cd "$1" && pwd)
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-release.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build")
first="$work/one/build-release"
second="$work/another place/of a longer name/build-release"

# release DIRECTORY ARCHITECTURE...: in a copy of the sources. What was fetched serves both.
release() (
	directory=$1
	shift
	"$source/tests/tools/copy-tree" "$source" "$directory" &&
		SOURCE_DATE_EPOCH=1700000000 STEPDOWN_MUSL="${STEPDOWN_MUSL:-$work/musl}" "$directory/tests/release" "$@"
)

releases_there() (
	umask 077
	export TZ=XYZ-13:45 LC_ALL=C.UTF-8 HOME=/nonexistent NINJAFLAGS=-j1
	release "${second%/*}" "$@"
)

same_release() {
	diff "$first/SHA256SUMS" "$second/SHA256SUMS"
}

sums_are_right() {
	(cd "$first" && sha256sum --check --strict SHA256SUMS) || return 1
	# Two files for each architecture, and nothing else.
	[ "$(wc -l <"$first/SHA256SUMS")" -eq $((2 * $#)) ]
}

# What readelf calls it.
machine_of() {
	case $1 in
	amd64) echo 'ELF64 little X86-64' ;;
	arm64) echo 'ELF64 little AArch64' ;;
	armhf) echo 'ELF32 little ARM' ;;
	i386) echo 'ELF32 little 80386' ;;
	ppc64el) echo 'ELF64 little PowerPC64' ;;
	riscv64) echo 'ELF64 little RISC-V' ;;
	s390x) echo 'ELF64 big S/390' ;;
	esac
}

is_static_program_for() {
	readelf -hlSW "$first/stepdown-$version-linux-$1" >"$work/elf" || return 1
	cat "$work/elf"
	read -r class order machine <<-EOF
		$(machine_of "$1")
	EOF
	for wanted in "Class: +$class" "Data: .* $order endian" "Machine: .*$machine" 'Type: +DYN ' '^ *GNU_RELRO ' '^ *GNU_STACK .* RW +0x'; do
		grep -qE "$wanted" "$work/elf" || return 1
	done
	! grep -E '^ *INTERP |^ *[A-Z_]+ +0x.* (RWE|WE|W E) +0x| \.(symtab|debug[^ ]*) ' "$work/elf"
}

has_package_note() {
	readelf -nW "$first/stepdown-$version-linux-$1" | sed -n 's/^ *Packaging Metadata: //p' |
		jq -e --arg version "$version" '. == {type: "generic", name: "stepdown", version: $version}'
}

has_no_builder_path() {
	! grep -qaF -e "$work" -e "$source" "$first/stepdown-$version-linux-$1"
}

ok release_builds release "${first%/*}" "$@"
ok release_builds_in_another_place_and_time releases_there "$@"
ok release_is_the_same_in_both same_release
ok release_sums_are_right sums_are_right "$@"
for architecture in "$@"; do
	ok "release_is_a_hardened_static_program: $architecture" is_static_program_for "$architecture"
	ok "release_has_a_package_note: $architecture" has_package_note "$architecture"
	ok "release_has_no_path_of_the_builder: $architecture" has_no_builder_path "$architecture"
	ok "release_sbom_is_spdx_2.3_and_tells_of_the_program: $architecture" "$source/tests/unit/check-spdx" \
		"$first/stepdown-$version-linux-$architecture.spdx.json" "$first/stepdown-$version-linux-$architecture" "$version"
done
# For who goes on with them.
[ -z "${STEPDOWN_RELEASE_KEEP:-}" ] || cp "$first"/stepdown-"$version"-linux-* "$STEPDOWN_RELEASE_KEEP"
done_testing
