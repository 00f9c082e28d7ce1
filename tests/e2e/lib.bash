# The end-to-end tests' common ground: TAP, clean-up, the binary under test, the helpers that are compiled.
#
# Every test file starts by sourcing engine.bash, which sources this, and ends with `done_testing`. Everything it makes lies in $work, a fresh directory
# that goes away with it; what must be undone is said with `defer` at the moment when it is done.
#
# Variables of the environment:
#   STEPDOWN              the binary under test (default: build/stepdown of this repository)
#   STEPDOWN_TEST_CACHE   where what is dear to make is kept between runs (default: /var/tmp/stepdown-tests)
#   CI=true               what cannot be tested here is a failure, not a skip
#   STEPDOWN_E2E_SHARED   set by `run` for the files that it starts: what they share (see engine.bash)
#   STEPDOWN_E2E_WORK     set by `run` too: $work of the file
# The options of tests/run come as STEPDOWN_SAMPLE, STEPDOWN_SEED, STEPDOWN_ENGINE and STEPDOWN_CASE.

set -u -o pipefail
shopt -s extglob
export LC_ALL=C
umask 022
e2e_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPDOWN=$(realpath -m "${STEPDOWN:-$e2e_directory/../../build/stepdown}")
export STEPDOWN

source "$e2e_directory/../tools/place.bash"

# --- clean-up -----------------------------------------------------------------------------------------------------------------

declare -a deferred=()

# Remembers a command for the end, also for an end by a signal; the last one remembered runs first.
# Only the main shell keeps the list: `defer` in a $(…) is lost.
defer() {
	deferred+=("$(printf '%q ' "$@")")
}

run_deferred() {
	local status=$? i

	# A second signal does not end the clean-up.
	trap : HUP INT TERM
	trap - EXIT
	for ((i = ${#deferred[@]} - 1; i >= 0; i--)); do
		eval "${deferred[i]}" >/dev/null 2>&1
	done
	exit "$status"
}

trap run_deferred EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The mounts in a directory go away with it: no test has to unmount for the end, and an engine may have left some.
remove_tree() {
	awk -v below="$1/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r -n 1 umount --lazy
	rm -rf --one-file-system "$1"
}

work=${STEPDOWN_E2E_WORK:-$(mktemp -d "$place/stepdown-e2e.XXXXXX")} || exit 1
chmod 755 "$work"
defer remove_tree "$work"
# Processes in the background end too. `jobs -r` leaves out those that have ended, because their numbers may be somebody else's by now.
defer eval 'jobs -rp | xargs -r kill'

# Waits for a condition, at most two minutes. It is the only way to wait in these tests.
wait_until() {
	local deadline=$((SECONDS + 120))

	until "$@" >/dev/null 2>&1; do
		((SECONDS < deadline)) || return 1
		sleep 0.05
	done
}

process_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# sample USUAL ALL [LEAST]: how much a test does: USUAL, or with `tests/run --sample N` N percent of that but at least LEAST, or ALL
# with --all.
sample() {
	local -i count least=${3:-1}

	if [[ ${STEPDOWN_SAMPLE:-100} == all ]]; then count=$2; else count=$(($1 * ${STEPDOWN_SAMPLE:-100} / 100)); fi
	printf '%d\n' $((count > least ? count : least))
}

# The number from which a test draws: that of `tests/run --seed N`, else another one every time. The test prints the number.
random_seed() {
	printf '%d\n' "${STEPDOWN_SEED:-$((RANDOM * 32768 + RANDOM))}"
}

# --- TAP ----------------------------------------------------------------------------------------------------------------------

declare -i test_count=0 failure_count=0

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# is_wanted NAME: `tests/run --case PATTERN` shows these tests, and those that fail.
is_wanted() {
	# shellcheck disable=SC2053 # a pattern
	[[ -z ${STEPDOWN_CASE:-} || $1 == $STEPDOWN_CASE ]]
}

pass() {
	is_wanted "$1" || return 0
	test_count+=1
	printf 'ok %d - %s\n' "$test_count" "$1"
}

# fail NAME [LINE]...
fail() {
	test_count+=1
	failure_count+=1
	printf 'not ok %d - %s\n' "$test_count" "$1"
	(($# < 2)) || printf '%s\n' "${@:2}" | sed 's/^/# /'
}

# A test that cannot be made here.
skip() {
	if [[ ${CI:-} == true ]]; then
		fail "$1" "cannot be skipped under CI=true: $2"
	elif is_wanted "$1"; then
		test_count+=1
		printf 'ok %d - %s # SKIP %s\n' "$test_count" "$1" "$2"
	fi
}

skip_all() {
	if [[ ${CI:-} == true ]]; then
		fail "this file can be run" "cannot be skipped under CI=true: $1"
		done_testing
	fi
	printf '1..0 # SKIP %s: %s\n' "${0##*/}" "$1"
	exit 0
}

# judge STATUS NAME [LINE]...: the test passes if STATUS is 0. Else the LINEs tell what was wanted and what came.
judge() {
	if (($1 == 0)); then pass "$2"; else fail "${@:2}"; fi
}

# ok NAME COMMAND…: the command ends with 0.
ok() {
	local said status

	said=$("${@:2}" 2>&1 </dev/null)
	status=$?
	judge $status "$1" "command: ${*:2}" "status:  $status" "output:  $said"
}

# is GOT WANTED NAME
is() {
	[[ $1 == "$2" ]]
	judge $? "$3" "wanted: $2" "got:    $1"
}

# like GOT REGEX NAME: an extended regular expression; ^ and $ are those of the whole text.
like() {
	[[ $1 =~ $2 ]]
	judge $? "$3" "wanted match: $2" "got:          $1"
}

unlike() {
	[[ ! $1 =~ $2 ]]
	judge $? "$3" "unwanted match: $2" "got:            $1"
}

# Runs a command (a function too) and leaves what it gave in $output, $errors and $status.
capture() {
	"$@" >"$work/stdout" 2>"$work/stderr" </dev/null
	status=$?
	output=$(tr -d '\0' <"$work/stdout")
	errors=$(own_messages <"$work/stderr")
}

# split WORD...: the words in front of the first "--" in $before, and those behind it in $behind, which are the caller's.
# shellcheck disable=SC2034
split() {
	before=()
	while [[ $1 != -- ]]; do
		before+=("$1")
		shift
	done
	behind=("${@:2}")
}

# The table of messages, by their ids: $status_of and $line_of.
declare -A status_of=() line_of=()
# shellcheck disable=SC2034 # used by the test files
read_messages() {
	local id id_status line

	while IFS='|' read -r id id_status line; do
		[[ -n $id && $id != '#'* ]] || continue
		[[ -z ${line_of[$id]:-} ]] || fail "message $id: it stands once in the table"
		status_of[$id]=$id_status
		line_of[$id]="stepdown: $line"
	done <"$e2e_directory/../common/messages"
}

# own_messages: the lines of the program itself, without those of the sanitizers' own parts where there is no /proc.
own_messages() {
	tr -d '\0' | sed '/^==[0-9]*==WARNING: reading executable name failed/d'
}

# make_files DIRECTORY COUNT, make_directories DIRECTORY COUNT: empty ones, with names of their own.
make_files() {
	(cd "$1" && seq -f 'f%.0f' "$2" | xargs touch)
}

make_directories() {
	(cd "$1" && seq -f 'd%.0f' "$2" | xargs mkdir)
}

# make_disk KIND SIZE DIRECTORY: a new file system, mounted there.
make_disk() {
	truncate -s "$2" "$work/disk" && "mkfs.$1" -q "$work/disk" >/dev/null && mount -o loop "$work/disk" "$3" && rm -rf "$work/disk" "$3/lost+found"
}

# One test of a command that was captured: its status, its output (exactly), its messages (a pattern).
# result NAME STATUS [OUTPUT [PATTERN]]
result() {
	local wanted=${3-$output}

	[[ $status == "$2" && $output == "$wanted" && $errors =~ ${4-} ]]
	judge $? "$1" "wanted: status $2, stderr =~ '${4-}', stdout" "$wanted" "got: status $status, stderr" "$errors" "and stdout" "$output"
}

# runs NAME STATUS OUTPUT PATTERN COMMAND...: captures the command, and judges its result.
runs() {
	capture "${@:5}"
	result "${@:1:4}"
}

# The pattern of no message but progress, which long work shows wherever the machine is slow.
# shellcheck disable=SC2034 # used by the test files
no_message=$'^(stepdown: changing the owner: [^\n]*\n?)*$'

# identity UID GID GROUPS: the lines of `probe uid gid groups` when all ids of each kind are the same.
identity() {
	printf 'uid %d %d %d %d\ngid %d %d %d %d\ngroups %s\n' "$1" "$1" "$1" "$1" "$2" "$2" "$2" "$2" "$3"
}

# capabilities MASK: the lines of `probe cap` when the five sets are the same.
capabilities() {
	printf "cap.%s $1\\n" amb bnd eff inh prm
}

done_testing() {
	printf '1..%d\n' "$test_count"
	exit $((failure_count > 0))
}

# --- what is needed -----------------------------------------------------------------------------------------------------------

# need_commands COMMAND…
need_commands() {
	local command

	for command in "$@"; do
		type -P "$command" >/dev/null || skip_all "needs the command $command"
	done
}

# The tools; the probe is static, so that it runs in images that have nothing else.
# build_tools DIRECTORY
build_tools() {
	mkdir -p "$1"
	# The kernel's headers are beside the other libc's, which are not meant.
	musl-gcc -static -O1 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -idirafter /usr/include \
		-idirafter "/usr/include/$(gcc -print-multiarch)" -o "$1/probe" "$e2e_directory/../tools/probe.c" || return
	install -m 755 "$e2e_directory/../tools/userns" "$1"
}
