# shellcheck shell=bash
# The parts of tests/run. Each prints TAP's lines, and tests/run counts those. `skip` names what cannot be tested here.

: "${root:?}" "${work:?}" "${processors:?}" "${file?}" "${case?}" "${sample?}" # a part of tests/run
shopt -s extglob
part='' # the one that runs
user='' # as whom a program runs: as_nobody, or as this user
declare -a parts # all that run

# Warnings are errors where CI is true, and for nobody else.
werror=()
[[ ${CI:-} != true ]] || werror=(-Dwerror=true)

# must NAME COMMAND...: a test that is told only if it fails, because a part that runs no other test has tested nothing.
must() {
	local said

	said=$(ok "$@") || { printf '%s\n' "$said"; return 1; }
}

# need PURPOSE...: the packages for a part, or the part is skipped and what is missing is named.
need() {
	local said

	said=$("$root/tests/tools/install-packages" "$@" 2>&1) || {
		skip "$part" "$(tail -n 1 <<<"$said")"
		return 1
	}
	[[ -z $said ]] || printf '%s\n' "$said"
}

need_network() {
	has_network || { skip "$part" 'there is no network'; return 1; }
}

need_root() {
	((EUID == 0)) || { skip "$part" 'this is not root'; return 1; }
}

# need_program: part_build, if it ran, ran before all others: no part writes to the program while another part runs it.
need_program() {
	[[ ! -e $work/build.log ]] || { [[ -x $root/build/stepdown ]]; return; }
	must 'tests/build' "$root/tests/build" "${werror[@]}"
}

# matches NAME: `--file PATTERN` means this file: by its name, the number in front or the words behind.
matches() {
	# shellcheck disable=SC2053 # patterns
	[[ -z $file || $1 == $file || $1 == $file-* || $1 == *-$file ]]
}

# files_of PART: those of its files that --file means: by the word that the tool of the part takes, which is a name or a path.
files_of() {
	local part=$1 path name

	case $part in
	e2e) set -- "$root"/tests/e2e/!(wrap)/*.t ;;
	wrap) set -- "$root"/tests/e2e/wrap/*.t ;;
	sanitize) set -- "$root"/tests/e2e/*/*.t ;;
	unit) set -- "$root"/tests/unit/test_*.c ;;
	fuzz) set -- "$root"/tests/fuzz/corpus/* ;;
	faults) set -- "$root"/tests/faults/part_*.c ;;
	mutants) set -- "$root"/src/*.c "$root"/src/*/*.c ;;
	*) return ;;
	esac
	for path; do
		name=${path##*/}
		name=${name#test_} name=${name#part_} name=${name%.?}
		[[ $part != @(unit|fuzz|faults) ]] || path=$name
		! matches "$name" || printf '%s\n' "$path"
	done
}

# --- the parts ----------------------------------------------------------------------------------------------------------------

# as_nobody COMMAND...: for what must not depend on being root. The working directory may be root's alone.
as_nobody() {
	((EUID == 0)) || { "$@"; return; }
	cd "$work" || return
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all env HOME=/nonexistent "$@"
}

# meson_test DIRECTORY LOG OPTION...: shows every single test. With user=as_nobody they are not run as root.
meson_test() {
	local directory=$1 log=$2 longest=()

	shift 2
	[[ $sample != all ]] || longest=(--timeout-multiplier 0)
	rm -f "$directory/meson-logs/$log.json"
	${user:+"$user"} meson test -C "$directory" --no-rebuild --logbase "$log" "${longest[@]}" "$@" \
		>"$directory/meson-logs/$log.out" 2>&1
	if [[ -s $directory/meson-logs/$log.json ]]; then
		"$root/tests/tools/tap-of-meson" "$directory/meson-logs/$log.json"
	else
		cat "$directory/meson-logs/$log.out"
		printf 'not ok - meson test %s\n' "$*"
	fi
}

compile_units() {
	CC=gcc meson setup -Dtests=enabled "${werror[@]}" -Db_sanitize=address,undefined -Doptimization=1 -Ddebug=true "$work/units" "$work/tree" &&
		ninja -C "$work/units" --quiet -k 0
}

# clang compiles and runs the units in tests/distributions with --all, and clang-tidy sees its warnings about src (tests/lint).
part_unit() {
	need unit || return
	[[ -z $file ]] || { some_units; return; }
	# The tree as it is now, where anybody can read it and nobody changes it.
	"$root/tests/tools/copy-tree" "$root" "$work/tree" && chmod -R u=rwX,go=rX "$work/tree" || return
	ok 'the tests compile with gcc and sanitizers' compile_units || return
	((EUID != 0)) || chown -R 65534:65534 "$work/units/meson-logs"
	user=as_nobody meson_test "$work/units" user --no-suite root
	if ((EUID == 0)); then
		meson_test "$work/units" root --suite root
	else
		skip 'the tests that need root' 'this is not root'
	fi
}

# The dynamic program and the unit tests, in the directory that .github/CONTRIBUTING.md names, so that the next build is short. TARGETs
# are built.
build_dynamic() {
	dynamic=$root/build-dynamic
	[[ -w $dynamic || (! -e $dynamic && -w $root) ]] || dynamic=$work/dynamic
	must 'the tests compile' make_dynamic "$@"
}

make_dynamic() {
	[[ -f $dynamic/build.ninja ]] || meson setup -Dtests=enabled "${werror[@]}" "$dynamic" "$root" || return
	ninja -C "$dynamic" "$@"
}

# The unit programs that --file means; one that needs root skips without it.
some_units() {
	local dynamic names

	mapfile -t names < <(files_of unit)
	((${#names[@]} == 0)) || { build_dynamic "${names[@]/#/tests/unit/test_}" && meson_test "$dynamic" some "${names[@]}"; }
}

# quick: the units that need no root.
part_pure() {
	local dynamic

	need unit && build_dynamic && meson_test "$dynamic" pure --no-suite root
}

# The parts that are one script each. With --file sanitize and fuzz run only the files that it means.
part_build() { ok 'build: tests/build' "$root/tests/build" "${werror[@]}"; }
part_program() { need unit && need_program && "$root/tests/unit/test_flags.sh" "$root/build"; }
part_manual() { need unit && need_program && "$root/tests/unit/test_manual.sh" "$root/build/stepdown"; }
part_bench() { need bench && need_program && "$root/tests/unit/test_bench.sh"; }
part_lint() { need lint && "$root/tests/lint"; }
part_sanitize() { need_root && need sanitize unit e2e && run_files "$root/tests/sanitize"; }
part_fuzz() { need fuzz && run_files "$root/tests/fuzz/run"; }
part_proof() { need fuzz && "$root/tests/fuzz/run" --short; }

# run_files COMMAND
run_files() {
	local files=()

	[[ -z $file ]] || mapfile -t files < <(files_of "$part")
	"$1" "${files[@]}"
}

part_distributions() {
	local suites=(trixie)

	need_root && need distributions && need_network || return
	[[ $sample != all ]] || suites+=(bookworm sid)
	"$root/tests/distributions" "${suites[@]}"
}

part_demo() {
	need_root && need demo && need_network && need_program || return
	ok 'demo: before and after are as claimed' show_demo &&
		ok 'demo: the picture shows the same' compare_picture
}

show_demo() { "$root/tests/demo" | tee "$work/demo"; }

# Each line of the picture is a line or a cell of what the demo prints, in the same order, but for the column of before: what root may
# do is another matter on every machine.
compare_picture() {
	diff <(sed -E '/^-+[+]/d; s/ *[|][^|]*[|] */\n/; s/ +$//' "$work/demo" | sed 's/^ *//; /^$/d') \
		<(sed -nE '/class="prompt"| x="224"/d; s/^<text[^>]*>(.*[^ ]) *<.text>$/\1/p' "$root/src/pictures/before-after.svg" |
			sed 's/&lt;/</g; s/&amp;/\&/g')
}

part_faults() {
	local name names=(all)

	need faults && need_program || return
	[[ -z $file ]] || mapfile -t names < <(files_of faults)
	for name in "${names[@]}"; do
		STEPDOWN=$root/build/stepdown "$root/tests/faults/run" "$name" ${case:+"$case"}
	done
}

# quick: system calls that fail in a start of each kind.
part_failing() {
	need faults && need_program && STEPDOWN=$root/build/stepdown "$root/tests/faults/run" faults \
		'S1[0-3]_*' S16_volume_by_name S29_account_made 'S30_*'
}

# run_e2e PART JOBS: files whose packages are missing say so themselves. Files that take long are run by --file and --all alone.
run_e2e() {
	local files jobs=$2

	need_program || return
	"$root/tests/tools/install-packages" e2e || printf '# the files that need these packages are skipped\n'
	mapfile -t files < <(files_of "$1")
	if [[ -z $file && $sample != all ]]; then
		mapfile -t files < <(grep -L '^# without --all: left out' "${files[@]}")
	fi
	((${#files[@]} > 1)) || jobs=1
	STEPDOWN=$root/build/stepdown "$root/tests/e2e/run" -j "$jobs" "${files[@]}"
}

part_e2e() { run_e2e e2e $((processors + 1)); }
# One by one and with engines of its own, because 73-wrap-safety looks at all images of the engine.
part_wrap() { run_e2e wrap 1; }

# quick: the files that need no engine and are short.
part_tree() {
	local files

	need_program || return
	mapfile -t files < <(grep -LE '^need_engines|^# quick: left out' "$root"/tests/e2e/*/*.t)
	STEPDOWN=$root/build/stepdown STEPDOWN_ENGINE=tree "$root/tests/e2e/run" -j "$((processors + 1))" "${files[@]}"
}

# Reads the output of the parts before.
part_rows() {
	local name logs=()

	for name in unit manual distributions e2e faults; do
		logs+=("$work/$name.log")
		[[ -s $work/$name.log ]] || { skip rows "it reads what unit, manual, distributions, e2e and faults print"; return; }
	done
	"$root/tests/rows" "${logs[@]}"
}

# Mistakes in src, one at a time, and whether a test sees each. The build directories stay as they are. Beside other parts it is a small
# sample for the units that need no kernel, which fails if they have become blind.
part_mutants() {
	local dynamic files=() amount=(--all) target=all

	need_root && need unit e2e faults mutants && need_program || return
	[[ -z $file ]] || mapfile -t files < <(files_of mutants)
	if [[ $sample != all ]]; then
		amount=(--sample $(((40 * ${sample:-100} + 99) / 100)))
		if ((${#parts[@]} > 1)) && [[ -z $file ]]; then
			amount=(--units --sample 4)
			target=pure-tests files=("$root"/src/{base,core}/*.c)
		fi
	fi
	build_dynamic "$target" && "$root/tests/mutants/run" "${amount[@]}" ${STEPDOWN_SEED:+--seed "$STEPDOWN_SEED"} --jobs "$processors" \
		--dynamic "$dynamic" --target "$target" --static "$root/build" "${files[@]}"
}

# All that is given away: the source, the installed files, and the program for another architecture, or for all with --all.
part_release() {
	local architectures=(s390x)

	[[ $sample != all ]] || architectures=(amd64 arm64 armhf i386 ppc64el riscv64 s390x)
	need unit e2e release "${architectures[@]/#/release-}" && need_program &&
		"$root/tests/unit/test_release.sh" "${architectures[@]}"
}
