#!/bin/bash
# Environments that engines make: Docker with and without a user namespace, podman of root's and of a user's, gVisor. User namespaces of other
# shapes are in 91.

source "$(dirname "${BASH_SOURCE[0]}")/../environment.bash"
need_engines
need_commands newuidmap unshare setpriv
source "$e2e_directory/made_up.bash"

# in_engine NAME ENGINE [OPTION]...
in_engine() {
	environment "$1" run_in "$2" sd-busybox --tmpfs /data "${@:3}" --
}

for engine in $engines; do
	in_engine "$engine" "$engine"
	who=1000:1001 bounding=00000000000000c1
	in_engine "$engine, three capabilities, no-new-privileges" "$engine" --security-opt no-new-privileges \
		--cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID
done
# No engine differs in this one.
told="'cap_setgid,cap_setuid': missing"
in_engine "$engine, no capabilities" "$engine" --cap-drop ALL

! start_remapped || in_engine "docker with userns-remap" remapped
if start_rootless; then
	in_engine "a user's podman" rootless
	# The engine's gift is kept as such. Linux sorts by the numbers outside of the namespace.
	groups="$user GID"
	in_engine "a user's podman, --userns keep-id" rootless --userns keep-id --user 0:0
fi

type -P runsc >/dev/null || { skip "environment gVisor" "needs the command runsc"; done_testing; }

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
	unshare --mount --propagation private sh -c 'mount --bind "$0/null" /dev/null && exec "$@" <"$0/empty"' "$bundle" \
		timeout --foreground -k 5 60 runsc --root "$bundle/state" --platform ptrace --ignore-cgroups --network none \
		run --bundle "$bundle" "gvisor-$BASHPID" 2> >(cat >&2) | cat
}
fsids=none
environment "gVisor" gvisor

# gVisor has no setfsuid(2) (S39).
capabilities='"CAP_CHOWN", "CAP_SETGID", "CAP_SETUID"'
capture gvisor sh -c 'mkdir -m 700 /data/private && touch /data/file && chown -R 999:999 /data && exec stepdown --user app --own /data id -u'
result "S39_gvisor_with_three_capabilities" 0 1000 "skipped: 1 of 3, the first is '/data/private': Permission denied"

done_testing
