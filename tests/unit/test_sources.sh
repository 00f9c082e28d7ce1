#!/bin/sh
# usage: test_sources.sh SOURCE-DIRECTORY LIBPURE.A CC [ARG]...
# The structure of src: each header compiles alone, the folders are layers, and the pure library calls nothing that opens, asks, prints or
# ends.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

sources=$1
library=$2
shift 2

# is_empty COMMAND...: the command prints nothing.
is_empty() {
	found=$("$@")
	[ -z "$found" ] || { printf '%s\n' "$found"; return 1; }
}

# --- headers --------------------------------------------------------------------------------------

# Twice, because of the include guard. A header may have macros alone, but what is compiled must declare something.
compiles_alone() {
	header=$1
	shift
	printf '#include "%s"\n#include "%s"\nextern int something;\n' "$header" "$header" |
		"$@" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -I "$sources" -fsyntax-only -x c -
}

for path in "$sources"/*/*.h; do
	header=${path#"$sources"/}
	ok "header_${header%.h}_compiles_alone" compiles_alone "$header" "$@"
done

# --- layers ---------------------------------------------------------------------------------------

# From the lowest to the highest; accounts, creds and volume do not know each other.
layers='base 0
core 1
linux 1
accounts 2
creds 2
volume 2
run 3
main 4'

# "FROM TO" for each include of our own, without ".c" and ".h": a header counts as the source of its name.
includes() {
	(cd "$sources" && grep -Ho '^#include "[^"]*"' ./*.c ./*/*.[ch]) |
		sed -E 's/^\.\///; s/\.[ch]:#include "/ /; s/\.h"$//' | awk '$1 != $2'
}

includes_upward() {
	{ printf '%s\n' "$layers" | sed 's/^/layer /'; includes; } | awk '
		function folder(file) { return file ~ /\// ? substr(file, 1, index(file, "/") - 1) : file }
		$1 == "layer" { layer[$2] = $3; next }
		{
			from = folder($1); to = folder($2)
			if (!(from in layer) || !(to in layer) || (from != to && layer[to] >= layer[from]))
				print $1 " includes " $2
		}'
}

# tsort(1) names the members of each circle.
circles() {
	{ includes | tsort >/dev/null; } 2>&1
}

without_header() {
	(cd "$sources" && for path in */*.c; do
		[ -f "${path%.c}.h" ] || printf '%s has no header\n' "$path"
	done)
}

# Rooms are sources with their headers. The floors are the rooms on the longest way down.
figures() {
	includes | sort -u | awk '
		function depth(room, i, below, deepest) {
			if (room in known)
				return known[room]
			for (i = 1; i <= NR; i++)
				if (from[i] == room && (below = depth(to[i])) > deepest)
					deepest = below
			return known[room] = deepest + 1
		}
		{ from[NR] = $1; to[NR] = $2; rooms[$1]; rooms[$2] }
		END {
			for (room in rooms) {
				count++
				if (depth(room) > floors)
					floors = depth(room)
			}
			printf "# rooms: %d, floors: %d, arrows: %d\n", count, floors, NR
		}'
}

sees_includes() {
	includes | grep -qx 'main run/execute'
}

ok layers_are_seen sees_includes
ok layers_no_include_goes_upward is_empty includes_upward
ok layers_no_circle is_empty circles
ok layers_each_source_has_a_header is_empty without_header
is_empty circles >/dev/null && figures

# --- the pure library -----------------------------------------------------------------------------

# Bytes and strings.
allowed='memchr memcmp memcpy memmem memset strchr strchrnul strcmp strcspn strlen strncmp strpbrk strrchr strspn strstr'
# What compilers put in, clang a bcmp for a memcmp.
by_compilers='bcmp|__stack_chk_fail|__(mem|str)[a-z]*_chk|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|lsan|sanitizer)_.*'

# Undefined in one file of the library and defined in none.
foreign_symbols() {
	nm "$library" | awk '
		NF == 3 { defined[$3] = 1 }
		NF == 2 && /^ *[Uw] / { used[$2] = 1 }
		END { for (name in used) if (!(name in defined)) print name }'
}

forbidden_symbols() {
	foreign_symbols | grep -vxE "$(printf '%s' "$allowed" | tr ' ' '|')|$by_compilers"
}

# A compiler replaces some calls by code of its own, so the sources are read and not the library.
unused_symbols() {
	for name in $allowed; do
		grep -q "\<$name(" "$sources"/base/*.[ch] "$sources"/core/*.[ch] || printf '%s is allowed and not used\n' "$name"
	done
}

sees_symbols() {
	foreign_symbols | grep -qx strlen
}

ok pure_symbols_are_seen sees_symbols
ok pure_calls_only_what_is_allowed is_empty forbidden_symbols
ok pure_all_that_is_allowed_is_used is_empty unused_symbols
done_testing
