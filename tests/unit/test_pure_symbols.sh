#!/bin/sh
# usage: test_pure_symbols.sh LIBPURE.A SOURCE-DIRECTORY
# The pure library calls exactly what stands here: it opens, asks, prints and ends nothing.
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

library=$1
sources=$2

# Bytes and strings.
allowed='memchr memcmp memcpy memmem memset strchr strchrnul strcmp strcspn strlen strncmp strpbrk strrchr strspn strstr'
# What compilers put in, clang a bcmp for a memcmp.
by_compilers='bcmp|__stack_chk_fail|__(mem|str)[a-z]*_chk|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|lsan|sanitizer)_.*'

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
	! foreign_symbols | grep -vxE "$(printf '%s' "$allowed" | tr ' ' '|')|$by_compilers"
}

# A compiler replaces some calls by code of its own, so the sources are read and not the library.
all_are_used() {
	for name in $allowed; do
		grep -q "\<$name(" "$sources"/base/*.[ch] "$sources"/core/*.[ch] || {
			printf '%s is allowed and not used\n' "$name"
			return 1
		}
	done
}

# So that an empty answer of nm is no proof.
sees_symbols() {
	foreign_symbols | grep -qx strlen
}

ok pure_symbols_are_seen sees_symbols
ok pure_calls_only_what_is_allowed only_allowed
ok pure_all_that_is_allowed_is_used all_are_used
done_testing
