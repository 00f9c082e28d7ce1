# Engines of a made-up user: after `start_remapped` the engine `remapped`, which is Docker with userns-remap, and after `start_rootless` the
# engine `rootless`, which is podman of the user. A file that sources this calls need_engines first.
#
# The user and the subordinate ids are made up, in a mount namespace of their own: the machine's /etc stays as it is.

: "${work?}" "${shared?}" "${engines?}"

user=64001
made_up=$work/made-up
mkdir "$made_up"
{ cat /etc/passwd; printf 'sduser:x:%d:%d::%s:/bin/sh\n' $user $user "$work/user"; } >"$made_up/passwd"
{ cat /etc/group; printf 'sduser:x:%d:\n' $user; } >"$made_up/group"
echo sduser:1000000:200000 | tee "$made_up/subuid" >"$made_up/subgid"
install -d -m 700 -o $user -g $user "$work/user" "$work/user/run"

# with_users COMMAND...: in a mount namespace where this user exists.
with_users() {
	unshare --mount --propagation slave sh -c '
		for file in passwd group subuid subgid; do
			mount --bind "$0/$file" /etc/$file || exit
		done
		exec "$@"' "$made_up" "$@"
}

# start_remapped: fails if docker is not asked for, and is a failed test if it is and does not start.
start_remapped() {
	[[ " $engines " == *" docker "* ]] || return
	start_dockerd "$work/bin/remapped" "$work/remapped" with_users setsid "$(in_system dockerd)" --userns-remap sduser:sduser &&
		import_busybox remapped && return
	fail "environment docker with userns-remap: can be entered"
	return 1
}

remapped() {
	timeout --foreground -k 5 60 "$work/bin/remapped" "$@"
}

# as_user COMMAND...: as the made-up user, in the user's home, with an environment of the user's.
as_user() {
	(cd "$work/user" && with_users setpriv --reuid $user --regid $user --clear-groups env -i HOME="$work/user" USER=sduser PATH="$PATH" \
		XDG_RUNTIME_DIR="$work/user/run" "$@")
}

rootless() {
	as_user timeout --foreground -k 5 100 "$work/user/podman" "$@"
}

# start_rootless: the same for podman. It leaves a process behind that keeps the user's namespace.
start_rootless() {
	[[ " $engines " == *" podman "* ]] || return
	defer eval 'find "$work/user" -name pause.pid -exec cat "{}" + | xargs -r kill'
	install -m 644 "$shared/podman/containers.conf" "$work/user/containers.conf"
	write_podman "$work/user/podman" "$work/user"
	defer rootless unshare rm -rf "$work/user/root" "$work/user/runroot"
	import_busybox rootless && return
	fail "environment a user's podman: can be entered"
	return 1
}
