#!/bin/sh
# usage: test_bench.sh SOURCE-DIRECTORY
# The benchmark runs, on trees that are too small to say anything: every row of its tables has its
# numbers, and nothing is left behind. How fast anything is, is not tested.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

source=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-bench-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/place"
chmod 755 "$work/place"

export TMPDIR="$work/place" BENCH_FILES=500 BENCH_TRACE_FILES=200 BENCH_STARTS=5 BENCH_ROUNDS=2

# bench NAME WORD...: what it says is then in NAME.out and NAME.err, its results in NAME.tsv. Takes
# the place of the shell.
bench() {
	out=$work/$1
	shift
	exec "$source/tests/bench/run" --quick --results "$out.tsv" --svg "$out.svg" "$@" \
		>"$out.out" 2>"$out.err"
}

runs() {
	(bench all --markdown) || {
		cat "$work/all.err"
		return 1
	}
}

# A program that must be there, and a case: the seven figures of such a line.
has_figures() {
	awk -F '\t' -v volume="$1" -v program="$2" '
		$1 == "ownership" && $3 " " $4 " " $5 == volume && index($6, program) == 1 {
			found = 1
			for (i = 7; i <= 11; i++) {
				# The kernel may count no memory at all for a small program.
				if ($i !~ /^[0-9.]+$/ || (i != 10 && $i + 0 == 0)) {
					print
					bad = 1
				}
			}
		}
		END { exit bad || !found }' "$work/all.tsv" || {
		printf 'no figures for %s: %s\n' "$1" "$2"
		return 1
	}
}

volumes_have_figures() {
	status=0
	for volume in "$@"; do
		for case in wrong right few; do
			for program in 'stepdown --own' 'chown -R' 'busybox chown -R' 'find -exec' \
				'find | xargs' 'floor: looks'; do
				has_figures "$volume $case" "$program" || status=1
			done
		done
	done
	return "$status"
}

starts_have_figures() {
	awk -F '\t' '
		$1 != "startup" { next }
		$4 !~ /^5$/ || $5 + 0 <= 0 || $9 !~ /^[0-9]+$/ { print; bad = 1 }
		{ rows[$2]++ }
		END {
			for (set in rows) {
				sets++
				if (rows[set] != 13) {
					print set, rows[set]
					bad = 1
				}
			}
			exit bad || sets != 2
		}' "$work/all.tsv"
}

# Every row has as many cells as its header, and none of them is empty.
tables_are_full() {
	awk '
		/^\|/ {
			if (/\| *\|/) { print; bad = 1 }
			gsub(/\\\|/, "")
			cells = gsub(/\|/, "|")
			if (!inside) { inside = cells; tables++ }
			if (cells != inside) { print; bad = 1 }
			next
		}
		{ inside = 0 }
		END { exit bad || tables < 3 }' "$work/all.out"
}

is_a_drawing() {
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/all.svg" &&
		grep -q '<rect class="own"' "$work/all.svg"
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
	until grep -q 'warm cache' "$work/ended.err" 2>/dev/null; do
		waited=$((waited + 1))
		[ "$waited" -lt 200 ] && kill -0 "$job" || return 1
		sleep 0.1
	done
	kill "$job"
	wait "$job"
	status=$?
	[ "$status" -eq 143 ] && return
	# A signal that arrives while bash 5.2 reads a command substitution ends it with 2, in the same way.
	[ "$status" -eq 2 ] && grep -q 'trap: .*unexpected EOF' "$work/ended.err" && return
	printf 'status %s\n' "$status"
	cat "$work/ended.err"
	return 1
}

# shellcheck disable=SC2016 # the dollars are for the inner shell
says_that_the_place_is_small() {
	BENCH_FILESYSTEMS=ext4 unshare --mount --propagation private sh -c '
		mount -t tmpfs -o size=8M,mode=755 tmpfs "$TMPDIR" && exec "$@"' sh \
		"$source/tests/bench/run" --quick --results "$work/small.tsv" --svg "$work/small.svg" \
		ownership >"$work/small.out" 2>"$work/small.err"
	cat "$work/small.err"
	grep -q 'ext4: skipped, .* MiB are needed' "$work/small.err"
}

if [ "$(id -u)" -ne 0 ] || ! unshare --mount true 2>/dev/null; then
	skip bench 'it needs root that may mount'
	done_testing
	exit
fi
ok the_benchmark_runs runs
for volume in 'ext4 warm' 'ext4 cold' 'tmpfs warm'; do
	if grep -q "${volume% *}: skipped" "$work/all.err"; then
		skip "rows_have_their_figures: $volume" 'it cannot be mounted here'
	else
		ok "rows_have_their_figures: $volume" volumes_have_figures "$volume"
	fi
done
ok starts_have_their_figures starts_have_figures
ok tables_are_full tables_are_full
ok the_drawing_is_one is_a_drawing
ok it_leaves_nothing leaves_nothing
ok it_can_be_ended ends_in_between
ok ended_it_leaves_nothing leaves_nothing
ok a_place_that_is_too_small_is_told says_that_the_place_is_small
done_testing
