#!/bin/bash
# Called as gosu or su-exec. What gosu does is asked of Debian's gosu, in the same tree; all that the probe sees must be the same, but for
# what differs on purpose. unit/test_creds.c has what a caller prepared and gosu leaves.
# quick: left out, because it starts each command two times.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree

# The real one looks at /proc/self/exe.
mount -t proc proc "$tree/proc"

# seen_by PROGRAM WORD…: status and all that the command sees, but for the groups, which fuzz/fuzz.py compares.
seen_by() {
	capture in_tree "$tree" env EXTRA=kept USER=before LOGNAME=before "$@"
	printf '%d\n%s\n' "$status" "$(sed -E '/^(argv|groups)/d' <<<"$output" | sort)"
}

# tests/unit/test_compat.c has every form; these meet the real one.
for spec in app app:33 1000:www 5000 5000:www :www '' : root root:www 0:1000 app: 65534:33 bogus app:bogus bogus:app :bogus; do
	wanted=$(seen_by /opt/real/gosu "$spec" probe)
	got=$(seen_by /opt/link/gosu "$spec" probe)
	if [[ ${wanted%%$'\n'*} == 0 ]]; then
		is "$got" "$wanted" "gosu_gives_what_gosu_gives: '$spec'"
	else
		is "${got%%$'\n'*}" 1 "gosu_fails_as_gosu_does: '$spec'"
	fi
done
capture in_tree "$tree" /opt/real/gosu app
tree_gives gosu_without_a_command_fails_as_gosu_does "$status" '' '^gosu: usage: USER' -- /opt/link/gosu app
tree_gives "gosu_tells_how_it_is_called" 0 'usage: gosu USER[:GROUP] COMMAND [ARG]...' '^$' -- /opt/link/gosu --help
capture in_tree "$tree" /opt/link/gosu --version
like "$status $output" '^0 stepdown [0-9]+\.' "gosu_tells_its_version"

done_testing
