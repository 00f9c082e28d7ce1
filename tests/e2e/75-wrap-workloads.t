#!/bin/bash
# stepdown-wrap on root images of Debian's packages (workloads.bash), each checked by a real client before and after.
#
#   STEPDOWN_WRAP_WORKLOADS=all, or names    which ones; the default is a sample of two, because each takes a minute
#
# More than a few take longer than "run" allows one file, so start this file itself then. With STEPDOWN_WRAP_KEEP=DIRECTORY the
# Dockerfiles and reports are kept.

# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
# shellcheck source-path=SCRIPTDIR source=wrap.bash
source "$e2e_directory/wrap.bash"
# shellcheck source-path=SCRIPTDIR source=workloads.bash
source "$e2e_directory/workloads.bash"
need_engines
[[ " $engines " == *" docker "* ]] || skip_all "needs docker"
make_wrap || { fail "stepdown-wrap can be made"; done_testing; }
archive=$(debian_archive) || { fail "the base image can be made"; done_testing; }
docker import --change "ENV PATH=$image_path" "$archive" sd-wrap-debian >/dev/null
defer docker rmi --force sd-wrap-debian

read -ra chosen <<<"${STEPDOWN_WRAP_WORKLOADS:-nginx cron}"
[[ ${chosen[*]} != all ]] || chosen=("${workloads[@]}")

# workload_works NAME: it is wrapped in one command, and its processes are the user's, or root's with few capabilities.
workload_works() {
	local name=$1 user=${workload_user[$1]} begin=$SECONDS

	build_image docker "sd-wrap-$name" <<<"${workload_file[$name]}" || return
	wrap_limit=120 wrap docker "sd-wrap-$name" --check "${workload_check[$name]}"
	if [[ -n ${STEPDOWN_WRAP_KEEP:-} ]]; then
		printf '%s\n' "$output" >"$STEPDOWN_WRAP_KEEP/$name.Dockerfile"
		printf '%s\n' "$errors" >"$STEPDOWN_WRAP_KEEP/$name.report"
	fi
	if [[ $user == root ]]; then
		like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=' "$name: root with few capabilities"
		report_says "$name: without most of them" '^  capabilities +[1-9]: '
	else
		like "$status $(entrypoint)" "^0 --user=${user}([ =]|\$)" "$name: as $user"
		report_says "$name: no process is another user's" "^  run as +($user|10001)\$"
	fi
	report_says "$name: no_new_privs" '^  no_new_privs +yes$'
	is "$(grep -cE '^  no +[^o ]' <<<"$errors")" 0 "$name: every proof that is required"
	diag "$name: $((SECONDS - begin)) s: $(grep -E '^  (work|capabilities) ' <<<"$errors" | tr -s ' ' | tr '\n' ';')"
	docker rmi --force "sd-wrap-$name" >/dev/null
}

for name in "${chosen[@]}"; do
	workload_works "$name"
done
done_testing
