# Engines of a made-up user: Docker with userns-remap (`start_remapped`, then the engine `remapped`), and podman of the user (`import_for`, then
# the engine `rootless`). A file that sources this calls need_engines first.
#
# The user and the subordinate ids are made up, in a mount namespace of their own: the machine's /etc stays as it is.

: "${work?}" "${shared?}" "${image_path?}" "${status=}" "${errors=}"

user=64001
first_id=1000000

made_up=$work/made-up
mkdir "$made_up"
{ cat /etc/passwd; printf 'sduser:x:%d:%d::%s:/bin/sh\n' $user $user "$work/user"; } >"$made_up/passwd"
{ cat /etc/group; printf 'sduser:x:%d:\n' $user; } >"$made_up/group"
printf 'sduser:%d:200000\n' $first_id | tee "$made_up/subuid" >"$made_up/subgid"
install -d -m 700 -o $user -g $user "$work/user" "$work/user/run"
# The user looks into it.
chmod 755 "$work"

# with_users COMMAND...: in a mount namespace where this user exists.
with_users() {
	unshare --mount --propagation slave sh -c '
		for file in passwd group subuid subgid; do
			mount --bind "$0/$file" /etc/$file || exit
		done
		exec "$@"' "$made_up" "$@"
}

# --- Docker with userns-remap -------------------------------------------------------------------------------------------------

start_remapped() {
	start_dockerd "$work/bin/remapped" "$work/remapped" with_users setsid "$(in_system dockerd)" --userns-remap sduser:sduser &&
		remapped import --change "ENV PATH=$image_path" "$shared/busybox.tar" sd-busybox >/dev/null
}

remapped() {
	timeout --foreground -k 5 60 "$work/bin/remapped" "$@"
}

# --- a user's podman ----------------------------------------------------------------------------------------------------------

# as_user NAME UID COMMAND...: as the made-up user, in the user's home, with an environment of the user's.
as_user() {
	local home=$work/$1

	(cd "$home" && with_users setpriv --reuid "$2" --regid "$2" --clear-groups env -i HOME="$home" USER="sd$1" PATH="$PATH" \
		XDG_RUNTIME_DIR="$home/run" "${@:3}")
}

rootless() {
	as_user user "$user" timeout --foreground -k 5 100 "$work/user/podman" "$@"
}

# end_pause_process NAME: podman leaves a process behind that keeps the user's namespace.
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
	write_podman "$work/$1/podman" "$work/$1"
	defer "$2" unshare rm -rf "$work/$1/root" "$work/$1/runroot"
	capture "$2" import --change "ENV PATH=$image_path" "$work/$1/image.tar" sd-busybox
	((status == 0)) || fail "environment a user's podman: can be entered" "$errors"
	return "$status"
}
