# shellcheck shell=bash
# Engines of made-up users: Docker with userns-remap (`start_remapped`, then the engine `remapped`), and podman of a user (`import_for`, then the
# engines `rootless` and `loner`). A file that sources this calls need_engines first.
#
# The users and their subordinate ids are made up, in a mount namespace of their own: the machine's /etc stays as it is.

: "${work?}" "${shared?}" "${image_path?}" "${dockerd_program?}" "${docker_client?}" "${runc_program?}" "${status=}" "${errors=}"

lone=64000 # has no subordinate ids
user=64001
first_id=1000000

made_up=$work/made-up
mkdir "$made_up"
for file in passwd group; do
	cp "/etc/$file" "$made_up/$file"
	printf 'sdlone:x:%d:%d::%s:/bin/sh\nsduser:x:%d:%d::%s:/bin/sh\n' $lone $lone "$work/lone" $user $user "$work/user" |
		if [[ $file == passwd ]]; then cat; else sed -E 's/^([^:]*:x:[0-9]+).*/\1:/'; fi >>"$made_up/$file"
done
printf 'sduser:%d:200000\ncontainers:%d:200000\n' $first_id $((first_id + 200000)) | tee "$made_up/subuid" >"$made_up/subgid"
install -d -m 700 -o $lone -g $lone "$work/lone" "$work/lone/run"
install -d -m 700 -o $user -g $user "$work/user" "$work/user/run"

# with_users COMMAND...: in a mount namespace where these users exist.
# shellcheck disable=SC2016 # the dollars are for that shell
with_users() {
	local file

	unshare --mount --propagation slave sh -c '
		for file in passwd group subuid subgid; do
			mount --bind "$0/$file" /etc/$file || exit
		done
		exec "$@"' "$made_up" "$@"
}

# --- Docker with userns-remap -------------------------------------------------------------------------------------------------

start_remapped() {
	local home=$work/remapped

	mkdir -p "$home" && printf '{}\n' >"$home/daemon.json"
	with_users setsid "$dockerd_program" --userns-remap sduser:sduser --data-root "$home/root" --exec-root "$home/exec" \
		--host "unix://$home/socket" --pidfile "$home/pid" --config-file "$home/daemon.json" --bridge none \
		--iptables=false --ip6tables=false --default-ulimit nofile=1024:1024 >"$home/log" 2>&1 </dev/null &
	defer stop_remapped
	wait_until 30 remapped version || { diag "$(tail -n 5 "$home/log")"; return 1; }
	remapped import --change "ENV PATH=$image_path" "$shared/busybox.tar" sd-busybox >/dev/null
}

stop_remapped() {
	stop_process "$(<"$work/remapped/pid")"
}

# shellcheck disable=SC2317 # called by run_in
remapped() {
	timeout --foreground -k 5 60 "$docker_client" --host "unix://$work/remapped/socket" "$@"
}

# --- a user's podman ----------------------------------------------------------------------------------------------------------

# podman_options HOME: the options of this user's podman, quoted for the shell.
podman_options() {
	printf '%q ' --root "$1/root" --runroot "$1/runroot" --tmpdir "$1/tmp" --runtime "$runc_program" --cgroup-manager cgroupfs \
		--events-backend file --storage-driver overlay
}

# as_user NAME UID COMMAND...: as the made-up user, in the user's home, with an environment of the user's.
as_user() {
	local name=sd$1 home=$work/$1 uid=$2

	shift 2
	(cd "$home" && with_users setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i HOME="$home" USER="$name" PATH="$PATH" \
		XDG_RUNTIME_DIR="$home/run" CONTAINERS_CONF="$home/containers.conf" "$@")
}

# podman_of NAME UID ARGUMENT...
podman_of() {
	local -a options

	eval "options=($(podman_options "$work/$1"))"
	as_user "$1" "$2" timeout --foreground -k 5 100 podman "${options[@]}" "${@:3}"
}

# shellcheck disable=SC2317 # called by run_in
rootless() {
	podman_of user "$user" "$@"
}

# shellcheck disable=SC2317 # called by run_in
loner() {
	podman_of lone "$lone" "$@"
}

# end_pause_process NAME: podman leaves a process behind that keeps the user's namespace.
# shellcheck disable=SC2317 # called by the clean-up
end_pause_process() {
	local file

	while IFS= read -r file; do
		kill "$(<"$file")"
	done < <(find "$work/$1" -name pause.pid)
}

# import_for NAME PODMAN ARCHIVE: the engine PODMAN of the user NAME.
import_for() {
	defer end_pause_process "$1"
	install -m 644 "$shared/podman/containers.conf" "$work/$1/containers.conf"
	install -m 644 "$3" "$work/$1/image.tar"
	defer "$2" unshare rm -rf "$work/$1/root" "$work/$1/runroot"
	capture "$2" import --change "ENV PATH=$image_path" "$work/$1/image.tar" sd-busybox
	((status == 0)) || fail "environment a user's podman: can be entered" "$errors"
	return "$status"
}

