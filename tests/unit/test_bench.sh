#!/bin/sh
# usage: test_bench.sh SOURCE-DIRECTORY
# The benchmark runs, on trees that are too small to say anything: every row of its tables has its figures, and
# nothing is left behind. How fast anything is, is not tested.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

source=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-bench-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/place"
chmod 755 "$work" "$work/place"
export TMPDIR="$work/place"

# bench NAME WORD...: what it prints is then in NAME.out and NAME.err. Takes the place of the shell.
bench() {
	out=$work/$1
	shift
	exec "$source/tests/bench/run" --quick --files 500 --rounds 2 --starts 5 --svg "$work/svg" "$@" \
		>"$out.out" 2>"$out.err"
}

runs() {
	(bench all) || {
		cat "$work/all.err"
		return 1
	}
}

# has_table TITLE COLUMNS ROWS: below a title that begins so stands such a table, and each cell but the first of a row
# is a number.
has_table() {
	awk -F ' *[|] *' -v title="$1" -v columns="$2" -v rows="$3" '
		index($0, title) == 1 { found = 1 }
		/^[|]/ && found { line++ }
		/^$/ && line { exit }
		line { print }
		line > 2 {
			for (i = 3; i < NF; i++)
				bad = bad || $i !~ /^-?[0-9]+([.][0-9]+)?( s)?$/
		}
		line && NF - 2 != columns && line != 2 { bad = 1 }
		END { exit bad || line != rows + 2 }' "$work/all.out"
}

draws_all() {
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/svg" || return
	for kind in 'own 8' 'other 30' 'floor 6'; do
		[ "$(grep -c "<rect class=\"${kind% *}\"" "$work/svg")" = "${kind#* }" ] || return
	done
}

# Mounts are looked for here too, though the benchmark has a mount namespace of its own.
left_behind() {
	ls -A "$work/place"
	grep -F "$work" /proc/self/mountinfo
	losetup --list --noheadings --output BACK-FILE | grep -F "$work"
}

# The kernel lets go of a loop device when the last process does.
leaves_nothing() {
	waited=0
	while left=$(left_behind) && [ -n "$left" ] && [ "$waited" -lt 100 ]; do
		waited=$((waited + 1))
		sleep 0.1
	done
	printf '%s\n' "$left"
	[ -z "$left" ]
}

# Ended as soon as there is a volume.
ends_in_between() {
	bench ended ownership &
	job=$!
	waited=0
	until grep -q 'all right' "$work/ended.err" 2>/dev/null; do
		waited=$((waited + 1))
		[ "$waited" -lt 600 ] && kill -0 "$job" || return 1
		sleep 0.1
	done
	kill "$job"
	wait "$job"
	status=$?
	cat "$work/ended.err"
	[ "$status" -eq 143 ]
}

# shellcheck disable=SC2016 # the dollars are for the inner shell
says_that_the_place_is_small() {
	unshare --mount --propagation private sh -c 'mount -t tmpfs -o size=8M,mode=755 tmpfs "$TMPDIR" && exec "$@"' sh \
		"$source/tests/bench/run" --quick --files 500 --rounds 1 --starts 1 --svg "$work/small.svg" ownership 2>&1 |
		tee "$work/small"
	grep -q 'ext4: skipped, .*No space left' "$work/small" && grep -q '^| tmpfs, all right' "$work/small"
}

if [ "$(id -u)" -ne 0 ] || ! unshare --mount true 2>/dev/null; then
	skip bench 'it needs root that may mount'
	done_testing
	exit
fi
ok the_benchmark_runs runs
if grep 'skipped, ' "$work/all.err"; then
	skip ownership_has_its_figures 'an ext4, a tmpfs or a FUSE cannot be mounted here'
else
	ok ownership_has_its_figures has_table '500 files, medians' 7 9
	ok own_once_has_its_figures test "$(grep -cE '^A start with --own-once takes -?[0-9.]+ % more' "$work/all.out")" = 2
	ok slow_storage_has_its_figures has_table '5 files on storage' 5 6
	ok the_picture_shows_all draws_all
fi
ok starts_have_their_figures has_table "A start with Docker's capabilities" 3 8
ok it_leaves_nothing leaves_nothing
ok it_can_be_ended ends_in_between
ok ended_it_leaves_nothing leaves_nothing
ok a_place_that_is_too_small_is_told says_that_the_place_is_small
done_testing
