# shellcheck shell=sh
# For the tests that are shell scripts: what they print is what tests/run reads.

failures=0

# ok NAME COMMAND...: what COMMAND prints is shown when it fails.
ok() {
	name=$1
	shift
	if output=$("$@" 2>&1); then
		printf 'ok - %s\n' "$name"
	else
		printf 'not ok - %s\n' "$name"
		printf '%s\n' "$output" | sed 's/^/# /'
		failures=$((failures + 1))
		return 1
	fi
}

# A test that cannot be made here: a failure where that must not be.
skip() {
	if [ "${CI:-}" = true ]; then
		printf 'not ok - %s\n# %s, and CI is true\n' "$1" "$2"
		failures=$((failures + 1))
	else
		printf 'ok - %s # SKIP %s\n' "$1" "$2"
	fi
}

# The last command of each test: its status is the script's.
done_testing() {
	[ "$failures" -eq 0 ]
}
