#!/usr/bin/env bash
# usage: test_bench.sh
# The benchmark runs, on trees that are too small to say anything: every row of its tables has its figures, and
# nothing is left behind. How fast anything is, is not tested.

# shellcheck source-path=SCRIPTDIR source=../tools/script.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools/script.bash"
install -d -m 755 "$work/place"

runs() {
	TMPDIR=$work/place "$root/tests/bench/run" --trial --svg "$work/svg" >"$work/tables" 2>"$work/said" ||
		{ cat "$work/said"; return 1; }
}

# has_rows COUNT CELLS PATTERN: so many rows of the tables begin so, and each of their so many other cells is a number.
has_rows() {
	(($(grep -cE "^\| ($3) (\| -?[0-9]+([.][0-9]+)?( s)? ){$2}\|$" "$work/tables") == $1)) || { cat "$work/tables"; return 1; }
}

draws_all() {
	local kind

	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/svg" || return
	for kind in 'own 8' 'other 30' 'floor 6'; do
		(($(grep -c "<rect class=\"${kind% *}\"" "$work/svg") == ${kind#* })) || return
	done
}

if ((EUID != 0)) || ! unshare --mount true 2>/dev/null; then
	skip bench 'it needs root that may mount'
	done_testing
	exit
fi
ok the_benchmark_runs runs
ok ownership_has_its_figures has_rows 6 6 '(ext4|tmpfs), (all right|1 % wrong|all wrong)'
ok own_once_has_its_figures test "$(grep -cE '^A start with --own-once takes -?[0-9.]+ % more' "$work/tables")" = 2
ok the_picture_shows_all draws_all
ok starts_have_their_figures has_rows 8 2 '(stepdown|su-exec|chpst|s6|chroot|setpriv|gosu).*'
ok it_leaves_nothing test -z "$(ls -A "$work/place"; grep -F "$work/place" /proc/self/mountinfo)"
done_testing
