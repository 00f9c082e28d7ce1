#!/bin/sh
# usage: test_reproducible.sh SOURCE-DIRECTORY
# Two builds in two places, by two builders with other habits, are the same byte for byte.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

source=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-reproducible.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# build DIRECTORY DATE: a copy of the sources with files of that date, and what it gives. The clock of a build
# must not get into the program (-Wdate-time), nor the dates of files into archives.
build() (
	"$source/tests/tools/copy-tree" "$source" "$1" &&
		find "$1" -name '*.c' -exec touch -d "$2" {} + &&
		"$1/tests/build"
)

builds_here() (
	umask 022
	unset CFLAGS CPPFLAGS LDFLAGS
	build "$work/one" '2026-01-01 00:00'
)

builds_there() (
	umask 077
	unset CFLAGS CPPFLAGS LDFLAGS
	export TZ=XYZ-13:45 LC_ALL=C.UTF-8 HOME=/nonexistent USER=somebody NINJAFLAGS=-j1
	build "$work/another builder/of a longer name" '2001-09-09 01:46'
)

ok builds_here builds_here
ok builds_in_another_place_and_time builds_there
ok both_builds_are_the_same cmp "$work/one/build/stepdown" \
	"$work/another builder/of a longer name/build/stepdown"
done_testing
