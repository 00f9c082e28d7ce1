#!/bin/sh
# usage: test_layers.sh SOURCE-DIRECTORY
# The folders of src are layers. A file includes only its own folder and lower ones, headers include each other in no circle, and each
# source has a header of its name. The figures of the drawing are printed: rooms (a source and its header), floors, arrows.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

sources=$1
# From the lowest to the highest; accounts, creds and volume do not know each other.
layers='base 0
core 1
linux 1
accounts 2
creds 2
volume 2
run 3
main 4'

# "FROM TO" for each include of our own, without ".c" and ".h".
includes() {
	(cd "$sources" && grep -Ho '^#include "[^"]*"' ./*.c ./*/*.[ch]) |
		sed -E 's/^\.\///; s/\.[ch]:#include "/ /; s/\.h"$//'
}

# The arrows between rooms: a header is one room with the source of its name.
arrows() {
	includes | awk '$1 != $2' | sort -u
}

folder_of='function folder(room) { return room ~ /\// ? substr(room, 1, index(room, "/") - 1) : room }'

upward() {
	{ printf '%s\n' "$layers" | sed 's/^/layer /'; arrows; } | awk "$folder_of"'
		$1 == "layer" { layer[$2] = $3; next }
		{
			from = folder($1); to = folder($2)
			if (!(from in layer) || !(to in layer) || (from != to && layer[to] >= layer[from]))
				print $1 " includes " $2
		}'
}

# tsort(1) names the members of each circle.
circles() {
	{ arrows | tsort >/dev/null; } 2>&1
}

without_header() {
	(cd "$sources" && for path in */*.c; do
		[ -f "${path%.c}.h" ] || printf '%s has no header\n' "$path"
	done)
}

nothing() {
	found=$("$@")
	[ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}

sees_includes() {
	arrows | grep -qx 'main run/execute'
}

# The longest way down from a room, in rooms.
floors() {
	arrows | awk '
		{ from[NR] = $1; to[NR] = $2; floor[$1] += 0; floor[$2] += 0 }
		END {
			for (changed = 1; changed && rounds < 1000; rounds++) {
				changed = 0
				for (i = 1; i <= NR; i++)
					if (floor[from[i]] <= floor[to[i]]) {
						floor[from[i]] = floor[to[i]] + 1
						changed = 1
					}
			}
			for (room in floor)
				if (floor[room] > most)
					most = floor[room]
			print most + 1
		}'
}

figures() {
	printf '# rooms: %d, floors: %d, arrows: %d; between folders: %d rooms, %d arrows\n' \
		"$(arrows | tr ' ' '\n' | sort -u | wc -l)" "$(floors)" "$(arrows | wc -l)" \
		"$(printf '%s\n' "$layers" | wc -l)" \
		"$(arrows | sed -E 's/\/[^ ]*//g' | awk '$1 != $2' | sort -u | wc -l)"
}

ok layers_are_seen sees_includes
ok layers_no_include_goes_upward nothing upward
ok layers_no_circle nothing circles
ok layers_each_source_has_a_header nothing without_header
figures
done_testing
