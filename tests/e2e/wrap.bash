# The common ground of the tests of stepdown-wrap: the program made from src/wrap, an engine's command for it, and small root images.

: "${work:?}" "${e2e_directory:?}" "${shared:?}" # a part of engine.bash
: "${engines?}" "${output=}" "${errors=}"

wrap_program=$work/bin/stepdown-wrap

# make_wrap: the program, and one command for each engine: $work/ENGINE.
#   $STARTS   a file: each start of a container gets the variable START, the number of the start
#   $KILL     a verb and a number: at that call of the engine the stepdown-wrap whose pid is $WRAP_PID is killed
# Every call holds a lock, so that a test can wait until the last one has ended.
make_wrap() {
	local engine

	mkdir -p "$work/bin"
	"$e2e_directory/../../src/wrap/join" >"$wrap_program" || { fail "stepdown-wrap can be made"; done_testing; }
	chmod 755 "$wrap_program"
	: >"$work/lock"
	for engine in $engines; do
		sed "s|@CLIENT@|$shared/bin/$engine|; s|@WORK@|$work|g" >"$work/$engine" <<-'END'
			#!/bin/bash
			exec 9>>@WORK@/lock
			flock --shared 9
			if [[ ${KILL:-} == "$1 "* ]]; then
				(flock 8; echo >&8; (($(wc -l <@WORK@/calls) != ${KILL#* })) || kill -KILL "$WRAP_PID") 8>>@WORK@/calls
			fi
			if [[ -n ${STARTS:-} && $1 == run ]]; then
				number=$({ flock 8; echo >&8; wc -l <"$STARTS"; } 8>>"$STARTS")
				set -- run --env START="$number" "${@:2}"
			fi
			@CLIENT@ "$@" 9>&-
		END
		chmod 755 "$work/$engine"
	done
}

# wrap ENGINE IMAGE OPTION...: leaves the Dockerfile in $output, the report in $errors, the status in $status. In each start the check may
# take 60 s, or $wrap_limit; if that is empty, the program chooses.
wrap() {
	local engine=$1

	shift
	capture env STEPDOWN_WRAP_LIMIT="${wrap_limit-60}" DOCKER="$work/$engine" TMPDIR="$work" "$wrap_program" "$@"
}

# report_says NAME PATTERN: a line of the report.
report_says() {
	grep -qE -e "$2" <<<"$errors"
	judge $? "$1" "no line: $2" "$errors"
}

# entrypoint: stepdown's options in the printed Dockerfile, in one line.
entrypoint() {
	sed -n 's/^ENTRYPOINT \["[^"]*", "\(.*\)", "--".*/\1/p' <<<"$output" | sed 's/", "/ /g'
}

# objects ENGINE: what could be left behind: all images, containers with the label, and volumes that nobody uses. Other files may run
# containers at the same time, but none that has images of its own.
objects() {
	"$1" images --all --quiet --no-trunc | sort -u
	"$1" ps --all --quiet --no-trunc --filter label=stepdown-wrap | sort
	"$1" volume ls --quiet --filter dangling=true | sort
}

# as_before NAME ENGINE OBJECTS: the engine has these objects. A volume of another file may be unused for a moment.
as_before() {
	local name=$1 engine=$2 wanted=$3

	same() {
		diff <(cat <<<"$wanted") <(objects "$engine")
	}
	wait_until same
	judge $? "$name" "$(same)"
}
