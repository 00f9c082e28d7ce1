#!/bin/bash
# stepdown-wrap on root images of Debian's packages (workloads.bash), each checked by a real client before and after.
# One of them is the sample, because each takes half a minute. "tests/run --file 73-wrap-workloads --all" takes all of them, and
# "--case 'redis: *'" one.
# one at a time: 73-wrap-safety looks at all images of the engine

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../wrap.bash
source "$e2e_directory/wrap.bash"
# shellcheck source-path=SCRIPTDIR source=../workloads.bash
source "$e2e_directory/workloads.bash"
need_engines
need_engine docker
make_wrap || { fail "stepdown-wrap can be made"; done_testing; }
archive=$(debian_archive) || { fail "the base image can be made"; done_testing; }
docker import --change "ENV PATH=$image_path" "$archive" sd-wrap-debian >/dev/null
defer docker rmi --force sd-wrap-debian

chosen=(memcached)
[[ ${STEPDOWN_SAMPLE:-} != all ]] || chosen=("${workloads[@]}")
if [[ -n ${STEPDOWN_CASE:-} ]]; then
	chosen=()
	for name in "${workloads[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $name != ${STEPDOWN_CASE%%:*} ]] || chosen+=("$name")
	done
fi

# table_row NAME SECONDS: a row of the table of all workloads, of the report in $errors: as whom before and after, capabilities before and
# after, rounds, seconds of stepdown-wrap and with the build, proofs that failed.
table_row() {
	awk -v name="$1" -v seconds="$2" '
		/^  run as / { sub(/^  run as +/, ""); who[++users] = $0 }
		/^  capabilities / { sub(/:.*/, "", $2); count[++sets] = $2 }
		/^  work / { rounds = $2; work = $(NF - 1) }
		/^  no +/ { sub(/^  no +(optional +)?/, ""); failed = failed (failed == "" ? "" : "; ") substr($0, 1, 200) }
		END { printf "| %s | %s | %s | %s | %s | %d | %d | %d | %s |\n", name, who[1], who[2], count[1], count[2], rounds, work, seconds, failed == "" ? "none" : failed }
	' <<<"$errors"
}

# workload_works NAME: it is wrapped in one command, and its processes are the user's, or root's with few capabilities.
workload_works() {
	local name=$1 user=${workload_user[$1]} begin=$SECONDS

	build_image docker "sd-wrap-$name" <<<"${workload_file[$name]}" || return
	wrap_limit='' wrap docker "sd-wrap-$name" --check "${workload_check[$name]}"
	if [[ $user == root ]]; then
		like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=' "$name: root with few capabilities"
		report_says "$name: without most of them" '^  capabilities +[1-9]: '
	else
		like "$status $(entrypoint)" "^0 --user=${user}([ =]|\$)" "$name: as $user"
		report_says "$name: no process is another user's" "^  run as +($user|10001)\$"
	fi
	report_says "$name: no_new_privs" '^  no_new_privs +yes$'
	is "$(grep -cE '^  no +[^o ]' <<<"$errors")" 0 "$name: every proof that is required"
	diag "$(table_row "$name" $((SECONDS - begin)))"
	docker rmi --force "sd-wrap-$name" >/dev/null
}

for name in "${chosen[@]}"; do
	workload_works "$name"
done
done_testing
