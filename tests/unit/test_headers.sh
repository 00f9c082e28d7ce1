#!/bin/sh
# usage: test_headers.sh SOURCE-DIRECTORY CC [ARG]...
# Every header compiles alone, and twice.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

sources=$1
shift

compiles_alone() {
	header=$1
	shift
	# A header may have macros alone, but what is compiled must declare something.
	printf '#include "%s"\n#include "%s"\nextern int something;\n' "$header" "$header" |
		"$@" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -I "$sources" \
			-fsyntax-only -x c -
}

for path in "$sources"/*/*.h; do
	header=${path#"$sources"/}
	ok "header_${header%.h}_compiles_alone" compiles_alone "$header" "$@"
done
done_testing
