#!/usr/bin/env bash
# The documents match the program: the table of src/core/options_parse.c, stepdown --help, the manual
# page and the README name the same options, with the same letters, and agree on which take a value.
#
# usage: test_manual.sh STEPDOWN

# shellcheck source-path=SCRIPTDIR source=../tools/script.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools/script.bash"
stepdown=$1

# Each of these prints lines "--name", "-n --name" or either with VALUE behind it.

in_source() {
	sed -nE "s/^\t\{\"(--[a-z-]+)\", '(.*)', (true|false), OPTION_[A-Z_]+\},/\2 \1 \3/p" "$root/src/core/options_parse.c" |
		sed -E 's/^\\0 //; s/^([a-zA-Z]) /-\1 /; s/ true$/ VALUE/; s/ false$//'
}

# take_options: of lines as "-u, --user SPEC   what it means" the option, which stands before the meaning.
take_options() {
	sed -E '
		s/^[[:space:]]+//
		s/(  |\t).*| $//
		s/^(-[a-zA-Z]), /\1 /
		s/, --/\n--/g' | sed -E 's/^(.*--[a-z-]+)[ =].*/\1 VALUE/'
}

in_help() {
	"$stepdown" --help | grep -E '^ +-' | take_options
}

in_manual() {
	# Their lists only: below "User and groups", "Ownership" and so on, and not what is nested in them.
	sed -nE '
		s/^\.It Fl ([a-zA-Z]) , Fl -([a-z-]+)/-\1, --\2/p
		s/^\.It Fl -([a-z-]+)/--\1/p' "$root/src/man/stepdown.1" |
		sed -E 's/ (Ar|Ns|Op) .*/ VALUE/' | take_options
}

in_readme() {
	sed -nE '/^\| option \|/,/^$/ s/^\| .(-[^|]*). \|.*/\1/p' "$root/README.md" | tr -d '\140' | take_options
}

# same WHERE: what in_WHERE prints is what $work/source has, which is something, each once, in whatever order.
same() {
	[[ -s $work/source ]] && "in_$1" | sort | diff "$work/source" -
}

names_no_other_option() {
	! "$stepdown" --help | grep -oE -e '--[a-z][a-z-]*' | grep -vxE "$(grep -oE -e '--[a-z-]+' "$work/source" | paste -sd '|')"
}

fits_a_screen() {
	"$stepdown" --help | expand | awk 'length > 80 { print; bad = 1 } END { exit bad || NR == 0 || NR > 32 }'
}

in_source | sort >"$work/source"
ok 'manual: --help names exactly the options that there are' same help
ok 'manual: the manual page describes exactly the options that there are' same manual
ok 'manual: the README names exactly the options that there are' same readme
ok 'manual: --help names no other option in its words' names_no_other_option
ok 'manual: --help fits a screen' fits_a_screen
# A diagnostic is the beginning of a message, but for the object, the numbers, and what stands in parentheses or for an ellipsis.
shorten() {
	sed -E "s/(, because| \(| *\.\.\.).*//; s/: '[^']*'/: ''/; s/SIG[A-Z]+|(id|changed:|skipped:|are:) [0-9].*//"
}
grep '^[a-z]' "$root/tests/common/messages" | cut -d'|' -f3- | shorten >"$work/messages"
diagnostics() {
	sed '1,/^\.Sh DIAGNOSTICS/d; /^\.Sh/,$d' "$root/src/man/stepdown.1" | sed -n 's/^\.It Li "\(.*\)"$/\1/p'
}
each_is_a_message() {
	! diagnostics | sed "s/'\.\.\.'/''/" | shorten | awk '
		NR == FNR { message[NR] = $0; next }
		{ for (i in message) if (index(message[i], $0) == 1) next; print }' "$work/messages" - | grep .
}
ok 'manual: the DIAGNOSTICS are found' test "$(diagnostics | wc -l)" -gt 30
ok 'manual: the DIAGNOSTICS are messages of tests/common/messages' each_is_a_message
# Nothing to provoke: no parent of ours is left. What remains is the reader's to know.
ok 'S24_a_privileged_parent_on_the_terminal_is_told_of' grep -q TIOCSTI "$root/src/man/stepdown.1"

# stepdown-wrap is a shell script: what it takes stands in one "case".
sed -n '/^parse_options/,/^}/s/^\t\t--\([a-z-]*\)[ )].*/--\1/p' "$root/src/wrap/options.sh" | sort -u >"$work/source"
in_wrap_help() {
	"$root/src/wrap/join" | sh -s -- --help | grep -oE '^  --[a-z-]+|^  --[a-z-]+, --[a-z-]+' | grep -oE -e '--[a-z-]+'
}
in_wrap_manual() {
	grep '^\.It Fl' "$root/src/man/stepdown-wrap.1" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl /-/'
}
ok 'manual: the help of stepdown-wrap names exactly the options that there are' same wrap_help
ok 'manual: the page of stepdown-wrap describes exactly the options that there are' same wrap_manual
for page in stepdown stepdown-wrap; do
	ok "manual: mandoc has no warnings about $page" mandoc -T lint -W warning "$root/src/man/$page.1"
done
done_testing
