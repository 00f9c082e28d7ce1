# The container engines of the end-to-end tests: a dockerd of our own and podman, both with all their state in one directory, so that
# nothing on the machine is touched and several runs can stand side by side.
#
# A test file calls `need_engines`; afterwards `$engines` names those that work, and
#   run_in ENGINE IMAGE [ENGINE OPTION]... -- COMMAND [ARG]...
# runs a command as the container's first process. What `run` has started is used ($STEPDOWN_E2E_SHARED: the directory with tools,
# images and $shared/bin/ENGINE, the engines' clients; $STEPDOWN_E2E_ENGINES: those that work); else the file starts its own.
#
# The limits are not raised and capabilities are not asked for beyond the usual, so that it runs where CAP_SYS_RESOURCE is missing.

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# in_system COMMAND: where the package of the daemon, Debian's docker.io or the vendor's docker-ce, puts its programs. A client
# that stands earlier in PATH may be another version.
in_system() {
	PATH=/usr/sbin:/usr/bin type -P "$1"
}

runc_program=$(in_system runc)
init_program=$(in_system docker-init || in_system catatonit)
shared=${STEPDOWN_E2E_SHARED:-$work/shared}
engines=
declare -i container_count=0
declare -A clients=()

source "$e2e_directory/image.bash"
source "$e2e_directory/tree.bash"
source "$e2e_directory/slowfs.bash"
source "$e2e_directory/documents.bash"
source "$e2e_directory/wrap.bash"

docker() {
	timeout --foreground -k 5 120 "$shared/bin/docker" "$@"
}

podman() {
	timeout --foreground -k 5 120 "$shared/bin/podman" "$@"
}

# write_client FILE COMMAND...: a program that runs the command with more words behind it.
write_client() {
	mkdir -p "${1%/*}" && printf '#!/bin/bash\nexec %s "$@"\n' "$(printf '%q ' "${@:2}")" >"$1" && chmod 755 "$1"
}

# start_dockerd CLIENT HOME COMMAND...: a daemon by this command, all of whose files are in HOME.
start_dockerd() {
	local client=$1 home=$2

	mkdir -p "$home" && printf '{}\n' >"$home/daemon.json"
	write_client "$client" "$(in_system docker)" --host "unix://$home/socket"
	"${@:3}" --data-root "$home/root" --exec-root "$home/exec" --host "unix://$home/socket" --pidfile "$home/pid" \
		--config-file "$home/daemon.json" --bridge none --iptables=false --ip6tables=false \
		--default-ulimit nofile=1024:1024 >"$home/log" 2>&1 </dev/null &
	defer stop_dockerd "$home"
	wait_until "$client" version || { diag "dockerd does not answer:" "$(tail -n 5 "$home/log")"; return 1; }
}

stop_dockerd() {
	set -- "$(<"$1/pid")"
	kill "$1" && { wait_until process_is_gone "$1" || kill -KILL "$1"; }
}

start_docker() {
	start_dockerd "$shared/bin/docker" "$shared/docker" setpriv --pdeathsig TERM setsid "$(in_system dockerd)"
}

# write_podman FILE HOME: a client all of whose files are in HOME.
write_podman() {
	write_client "$1" env CONTAINERS_CONF="$2/containers.conf" podman --root "$2/root" --runroot "$2/runroot" --tmpdir "$2/tmp" \
		--runtime "$runc_program" --cgroup-manager cgroupfs --events-backend file --storage-driver overlay
}

# The lock files lie with the rest: the shared-memory segment that is usual would be the machine's.
start_podman() {
	mkdir -p "$shared/podman"
	cat >"$shared/podman/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		init_path = "$init_program"
		[engine]
		lock_type = "file"
		[engine.runtimes]
		runc = ["$runc_program"]
	END
	write_podman "$shared/bin/podman" "$shared/podman"
	defer podman rm --all --force --time 0
	podman info >/dev/null
}

# Tools, images and engines in $shared. An engine that is missing or does not start is skipped by its name; if there is none, the
# engine `tree` takes its place.
start_engines() {
	local engine

	mkdir -p "$shared"
	build_tools "$shared/tools" && make_tree busybox && tar -C "$shared/busybox" --numeric-owner -cf "$shared/busybox.tar" . || return
	engines=
	for engine in docker podman; do
		[[ ${STEPDOWN_ENGINE:-$engine} == "$engine" ]] || continue
		if [[ -z $runc_program || -z $(in_system "${engine/docker/dockerd}") ]]; then
			skip "the engine $engine" "it is not installed"
		elif "start_$engine" && import_busybox "$engine"; then
			engines+=" $engine"
		else
			skip "the engine $engine" "it does not start"
		fi
	done
	[[ -n $engines ]] || engines=tree
}

# import_busybox ENGINE
import_busybox() {
	"$1" import --change "ENV PATH=$image_path" "$shared/busybox.tar" sd-busybox >"$work/import" 2>&1 || { diag "$(<"$work/import")"; return 1; }
}

# build_image ENGINE NAME [FILE]...: a Dockerfile on standard input; the files are its context. Packages may be fetched, so this may take
# longer than a start of a container. The builder is BuildKit, or the one before it if `builder=0`.
build_image() {
	local engine=$1 name=$2 context

	context=$(mktemp -d "$work/context.XXXXXX") || return
	(($# < 3)) || cp "${@:3}" "$context"
	defer "$engine" rmi --force "$name"
	DOCKER_BUILDKIT=${builder-1} timeout -k 5 1800 "$shared/bin/$engine" build --network host --tag "$name" --file - "$context" >"$work/build.log" 2>&1 ||
		{ fail "the image $name can be built: $engine" "$(tail -n 15 "$work/build.log")"; return 1; }
	pass "the image $name can be built: $engine"
}

# need_tools: for files that use trees and tools, but no engine.
need_tools() {
	[[ $EUID -eq 0 ]] || skip_all "needs root"
	need_commands musl-gcc busybox gosu
	[[ -x $STEPDOWN ]] || { fail "there is a binary to test" "$STEPDOWN is not an executable file"; done_testing; }
	mkdir -p "$shared"
	[[ -x $shared/tools/userns ]] || build_tools "$shared/tools" || { fail "the tools can be built"; done_testing; }
}

# need_tree [debian]: for files that start what is in $tree, without an engine. It is a copy of a small image's tree, or of Debian's.
need_tree() {
	local image=${1:-busybox}

	need_tools
	[[ $image != debian ]] || need_archive
	tree=$work/tree
	{ make_tree "$image" && cp -a "$shared/$image" "$tree"; } || { fail "the tree can be made"; done_testing; }
	[[ -e $tree/dev/null ]] || mknod -m 666 "$tree/dev/null" c 1 3
}

need_network() {
	has_network || skip_all "needs a network"
}

# need_archive: $archive is a tree of Debian.
need_archive() {
	archive=$(debian_archive bookworm) || skip_all "needs a mirror of Debian"
}

# need_engines [NAME]...: for files that are about these engines. "real" is docker or podman: the engine "tree" does not know all options.
need_engines() {
	local name

	need_tools
	if [[ -n ${STEPDOWN_E2E_ENGINES:-} ]]; then
		engines=$STEPDOWN_E2E_ENGINES
	else
		start_engines || { fail "the engines can be started"; done_testing; }
	fi
	# A signal does not end what runs in the background: it is over soon, and its engine is to be there until then.
	defer eval '((${#clients[@]} == 0)) || wait "${clients[@]}"'
	for name; do
		[[ " $engines " == *" $name "* || ($name == real && $engines != tree) ]] || skip_all "needs the engine $name"
	done
}

# The container has a name of its own, so that one whose client had to be killed can be taken away.
run_in() {
	local engine=$1 image=$2 result name
	local -a before behind

	split "${@:3}"
	container_count+=1
	name=sd-$BASHPID-$container_count-$RANDOM
	"$engine" run --rm --network none --name "$name" "${before[@]}" "$image" "${behind[@]}"
	result=$?
	if ((result == 124 || result == 137)); then
		"$engine" rm --force "$name" >/dev/null 2>&1
	fi
	return "$result"
}

# The usual test: what a command gives as the first process of a container, in every engine, and in all at once. `result` judges it.
# gives NAME STATUS OUTPUT PATTERN [ENGINE OPTION]... -- COMMAND [ARG]...
gives() {
	local engine

	for engine in $engines; do
		run_in "$engine" sd-busybox "${@:5}" >"$work/$engine.stdout" 2>"$work/$engine.stderr" </dev/null &
		clients[$engine]=$!
	done
	for engine in $engines; do
		wait "${clients[$engine]}"
		status=$?
		output=$(<"$work/$engine.stdout")
		errors=$(own_messages <"$work/$engine.stderr")
		result "$1: $engine" "$2" "$3" "$4"
	done
}

# The same in $tree, without an engine. PROGRAM is outside of the tree and starts what is in it.
# tree_gives NAME STATUS OUTPUT PATTERN [PROGRAM [ARG]...] -- COMMAND [ARG]...
tree_gives() {
	runs "${@:1:4}" in_tree_under "$tree" "${@:5}"
}
