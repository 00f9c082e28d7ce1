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

# "FROM TO" for each include of our own, without ".c" and ".h": a header counts as the source of its name.
includes() {
	(cd "$sources" && grep -Ho '^#include "[^"]*"' ./*.c ./*/*.[ch]) |
		sed -E 's/^\.\///; s/\.[ch]:#include "/ /; s/\.h"$//' | awk '$1 != $2'
}

# The layers stand from the lowest to the highest; accounts, creds and volume do not know each other.
no_include_goes_upward() {
	includes | awk '
		BEGIN {
			split("base 0 core 1 linux 1 accounts 2 creds 2 volume 2 run 3 main 4", words, " ")
			for (i = 1; i in words; i += 2)
				layer[words[i]] = words[i + 1]
		}
		{ from = $1; to = $2; sub("/.*", "", from); sub("/.*", "", to) }
		!(from in layer) || !(to in layer) || (from != to && layer[to] >= layer[from]) { print $1 " includes " $2; bad = 1 }
		END { exit bad || !NR }'
}

# tsort(1) names the members of each circle.
no_circle() {
	includes | tsort >/dev/null
}

ok layers_no_include_goes_upward no_include_goes_upward
ok layers_no_circle no_circle

# Bytes and strings.
allowed='memchr|memcmp|memcpy|memmem|memset|strchr|strchrnul|strcmp|strcspn|strlen|strncmp|strpbrk|strrchr|strspn|strstr'
# Compilers put these in, as clang a bcmp for a memcmp.
by_compilers='bcmp|__stack_chk_fail|__(mem|str)[a-z]*_chk|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|lsan|sanitizer)_.*'

# Undefined in one file of the library and defined in none.
calls_only_what_is_allowed() {
	nm "$library" | awk -v allowed="^($allowed|$by_compilers)\$" '
		NF == 3 { defined[$3] = 1 }
		NF == 2 && /^ *[Uw] / { used[$2] = 1 }
		END {
			for (name in used)
				if (!(name in defined) && name !~ allowed) {
					print name
					bad = 1
				}
			exit bad || !("strlen" in used)
		}'
}

ok pure_calls_only_what_is_allowed calls_only_what_is_allowed
done_testing
