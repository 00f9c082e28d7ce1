#!/bin/sh
# usage: test_pure_symbols.sh LIBPURE.A
# The pure library calls nothing but what stands here: it opens, asks, prints and ends nothing.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

library=$1

# Bytes and strings; the words of a command line.
allowed='mem(chr|cmp|cpy|move|rchr|set|mem)
str(casecmp|chr|chrnul|cmp|len|ncasecmp|ncmp|nlen|rchr|spn|cspn|pbrk|str)
bsearch|qsort
getopt_long|opt(arg|ind|opt|err)
__errno_location'
# Names and numbers of capabilities: tables.
allowed="$allowed
capng_(name_to_capability|capability_to_name)"
# What compilers put in, clang a bcmp for a memcmp.
allowed="$allowed
bcmp|__stack_chk_fail|__(mem|str)[a-z]*_chk|_GLOBAL_OFFSET_TABLE_
__(asan|ubsan|lsan|sanitizer)_.*"

# Undefined in one file of the library and defined in none.
foreign_symbols() {
	{
		nm --defined-only "$library" | awk 'NF == 3 {print "defined", $3}'
		nm --undefined-only "$library" | awk '$1 == "U" || $1 == "w" {print "used", $2}'
	} | awk '$1 == "defined" {defined[$2] = 1}
		$1 == "used" {used[$2] = 1}
		END {for (name in used) if (!(name in defined)) print name}' | sort
}

only_allowed() {
	! foreign_symbols | grep -vxE "$(printf '%s' "$allowed" | tr '\n' '|')"
}

# So that an empty answer of nm is no proof.
sees_symbols() {
	foreign_symbols | grep -qx strlen
}

ok pure_symbols_are_seen sees_symbols
ok pure_calls_only_what_is_allowed only_allowed
done_testing
