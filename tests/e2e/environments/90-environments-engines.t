#!/bin/bash
# Environments that engines make: Docker with and without a user namespace, podman of root's and of a user's, gVisor.

# shellcheck source-path=SCRIPTDIR source=../environment.bash
source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_engines
need_environments
need_commands newuidmap runsc unshare setpriv
# shellcheck source-path=SCRIPTDIR source=../made_up.bash
source "$e2e_directory/made_up.bash"

three=(--cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID)
only_three=00000000000000c1

# --- root's engines -----------------------------------------------------------------------------------------------------------

# in_engine ENGINE [OPTION]... -- COMMAND...
in_engine() {
	run_in "$1" sd-busybox --tmpfs /data "${@:2}"
}
for engine in $engines; do
	environment "$engine" in_engine "$engine" --
	environment "$engine, no-new-privileges" in_engine "$engine" --security-opt no-new-privileges --
	bounding=$only_three
	environment "$engine, three capabilities" in_engine "$engine" "${three[@]}" --
	told[number]="'cap_setgid,cap_setuid': missing"
	told[account]="'cap_setgid,cap_setuid': missing"
	environment "$engine, no capabilities" in_engine "$engine" --cap-drop ALL --
done

# --- Docker with userns-remap -------------------------------------------------------------------------------------------------

if [[ " $engines " == *" docker "* ]]; then
	chmod 755 "$work"
	if start_remapped; then
		environment "docker with userns-remap" in_engine remapped --
		bounding=$only_three
		environment "docker with userns-remap, three capabilities" in_engine remapped "${three[@]}" --
	else
		fail "environment docker with userns-remap: can be entered"
	fi
fi

# --- a user's podman ----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2317 # called by run_in
podman_with_users() {
	CONTAINERS_CONF=$shared/podman/containers.conf with_users timeout --foreground -k 5 60 podman --root "$shared/podman/root" \
		--runroot "$shared/podman/run" --tmpdir "$shared/podman/tmp" --runtime "$runc_program" \
		--cgroup-manager cgroupfs --events-backend file --storage-driver overlay "$@"
}

if [[ " $engines " == *" podman "* ]]; then
	if import_for user rootless "$shared/busybox.tar"; then
		environment "a user's podman" in_engine rootless --
		bounding=$only_three
		environment "a user's podman, three capabilities" in_engine rootless "${three[@]}" --
		groups="GID $user" # the engine's gift, and kept as such
		environment "a user's podman, --userns keep-id" in_engine rootless --userns keep-id --user 0:0 --
		environment "a user's podman, --userns nomap" in_engine rootless --userns nomap --
	fi
	# Only his own id is mapped, so all in the image must be his.
	tar -C "$shared/busybox" --owner 0 --group 0 --numeric-owner -cf "$work/lone.tar" .
	if import_for lone loner "$work/lone.tar"; then
		told[number]="the uid: '1000': not mapped"
		told[account]="the uid: '10001': not mapped"
		environment "a user's podman with one id" in_engine loner --
	fi
	# It maps as many ids as the image's account files need.
	told[account]="the uid: '10001': not mapped"
	environment "podman, --userns auto" in_engine podman_with_users --userns auto --
fi

# --- gVisor -------------------------------------------------------------------------------------------------------------------

# A kernel of its own in front of the machine's. Without an engine, because it gives away the /dev/null that it is started with: here
# that is one of ours, and its standard streams are others.
bundle=$work/bundle
mkdir "$bundle" && mknod -m 666 "$bundle/null" c 1 3 && : >"$bundle/empty"
capabilities='"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID"'
gvisor() {
	local words

	words=$(printf '%s\0' "$@" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().split("\0")[:-1]))')
	rm -rf "$bundle/root" && cp -a "$shared/busybox" "$bundle/root" && mkdir "$bundle/root/data"
	cat >"$bundle/config.json" <<-END
		{
			"ociVersion": "1.0.0", "hostname": "gvisor", "root": {"path": "root"},
			"process": {
				"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=$image_path"], "args": $words,
				"capabilities": {"bounding": [$capabilities], "effective": [$capabilities], "permitted": [$capabilities]}
			},
			"mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
			"linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network"}]}
		}
	END
	# shellcheck disable=SC2016 # the dollars are for that shell
	unshare --mount --propagation private sh -c 'mount --bind "$0/null" /dev/null && exec "$@" <"$0/empty"' "$bundle" \
		timeout --foreground -k 5 60 runsc --root "$bundle/state" --platform ptrace --ignore-cgroups --network none \
		run --bundle "$bundle" "gvisor-$BASHPID" 2> >(cat >&2) | cat
}
fsids=none
environment "gVisor" gvisor

# gVisor has no setfsuid(2) (S39).
capabilities='"CAP_CHOWN", "CAP_SETGID", "CAP_SETUID"'
# shellcheck disable=SC2016
capture gvisor sh -c 'mkdir -m 700 /data/private && touch /data/file && chown -R 999:999 /data && exec stepdown --user app --own /data id -u'
result "S39_gvisor_with_three_capabilities" 0 1000 "skipped: 1 of 3, the first is '/data/private': Permission denied"

done_testing
