# The code blocks of README.md and the pages in src/doc, so that the tests run what stands there.
#
# A comment before each block says which it is:
#   <!-- test: NAME -->        a test runs it, by that name
#   <!-- excerpt: REASON -->   nobody does, and why
# A test file calls `read_document FILE`, takes the blocks by `block NAME`, and ends with `done_document`, which fails when a block has no
# such comment or was not taken.

: "${work:?}" "${e2e_directory:?}" "${shared:?}" "${archive=}" "${status=}" "${errors=}" # a part of engine.bash

repository=$(cd "$e2e_directory/../.." && pwd)

# make_reader ENGINE [OPTION]...: the reader's docker, whose containers have no network, and these options.
make_reader() {
	mkdir -p "$work/bin" "$work/here"
	install -m 755 /dev/stdin "$work/bin/docker" <<-END
		#!/bin/bash
		case \$1 in
		build) set -- build --network host "\${@:2}" ;;
		run) set -- run --network none ${*:2} "\${@:2}" ;;
		esac
		exec env DOCKER_BUILDKIT=1 timeout -k 5 1800 "$shared/bin/$1" "\$@"
	END
}

# reader COMMANDS: in $work/here, the reader's directory.
reader() {
	(cd "$work/here" && PATH=$work/bin:$PATH bash -e -c "$1")
}

# does NAME COMMANDS
does() {
	capture reader "$2"
	judge "$status" "$1" "$(tail -n 15 <<<"$errors")"
}

# need_debian ENGINE: the image that a reader's engine fetches.
need_debian() {
	need_network
	need_archive
	once "$shared/debian-in-$1" import_debian "$1" "$archive" || { fail "debian:bookworm-slim can be made"; done_testing; }
}

# import_debian ENGINE ARCHIVE FILE: FILE gets the name of the image.
import_debian() {
	"$1" import "$2" debian:bookworm-slim >"$3"
}

# Every block as a file of its own, and one line for it in `index`: file, line of the document, "test" or "excerpt" or "nothing", name.
read_document() {
	document=$1
	blocks=$work/blocks
	mkdir "$blocks" && : >"$blocks/taken" && python3 - "$repository/$document" "$blocks" <<-'END'
		import re
		import sys

		COMMENT = r"^<!-- (test|excerpt): (.+) -->\n"
		FENCED = r"^ *```.*\n((?:.*\n)*?) *```$"
		INDENTED = r"(?<=\n\n)((?:(?: {4}|\t).*\n|\n+(?= {4}|\t))+)"
		with open(sys.argv[1], encoding="utf-8") as file:
		    document = file.read()
		with open(sys.argv[2] + "/index", "w", encoding="utf-8") as index:
		    for number, match in enumerate(re.finditer(rf"(?:{COMMENT}\n?)?(?:{FENCED}|{INDENTED})|{COMMENT}", document, re.M)):
		        kind, name, fenced, indented, without_block, _ = match.groups()
		        line = document.count("\n", 0, match.start()) + 1
		        print(number, line, kind or "nothing", name or (without_block and "a comment without a block") or "", sep="\t", file=index)
		        with open(f"{sys.argv[2]}/{number}", "w", encoding="utf-8") as block:
		            block.write(fenced or re.sub("^(?: {4}|\t)", "", indented or "", flags=re.M))
	END
}

# run_by FILE NAME...: blocks that another e2e file takes.
run_by() {
	local name

	for name in "${@:2}"; do
		grep -qF "(block $name)" "$e2e_directory"/*/"$1.t" || fail "$1 runs the block $name"
		printf '%s\n' "$name" >>"$blocks/taken"
	done
}

# The block of that name, which counts as taken.
block() {
	local file

	file=$(awk -F '\t' -v name="$1" '$3 == "test" && $4 == name { print $1 }' "$blocks/index")
	if [[ $file != +([0-9]) ]]; then
		printf 'no block, or several, of the name %s in %s\n' "$1" "$document" >&2
		return 1
	fi
	printf '%s\n' "$1" >>"$blocks/taken"
	cat "$blocks/$file"
}

done_document() {
	is "$(awk -F '\t' '$3 == "nothing" { print "line " $2 ": " $4 }' "$blocks/index")" '' "$document: every code block is marked"
	is "$(awk -F '\t' '$3 == "test" { print $4 }' "$blocks/index" | sort)" "$(sort -u "$blocks/taken")" "$document: every marked block is run"
	done_testing
}
