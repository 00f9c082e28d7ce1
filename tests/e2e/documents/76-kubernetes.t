#!/bin/bash
# The manifests in src/examples, run by podman with the image of src/doc/kubernetes.md. They run all at once, because podman takes its
# time over init containers.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines podman
need_commands catatonit
read_document src/doc/kubernetes.md

image=example.org/app:1
manifests=(as-root restricted init)
none=0000000000000000
# The application prints what it sees, then waits for its end.
install -D -m 755 "$STEPDOWN" "$work/context/stepdown"
install -m 755 /dev/stdin "$work/context/server" <<'END'
#!/bin/sh
trap 'exit 0' TERM
probe uid gid groups cap no_new_privs
touch /data/written && stat -c '%u:%g %n' /data /data/written /data/old 2>/dev/null
touch /written 2>/dev/null || echo read-only
echo ready
sleep 1000 &
wait
END
podman tag sd-busybox docker.io/library/busybox:latest
defer podman rmi --force docker.io/library/busybox:latest
build_image podman "$image" "$work/context"/* < <(block image)

# A volume with a file of root's in it, as an older release may have left it.
old_volume() {
	podman volume create "$1" >/dev/null && touch "$(podman volume inspect --format '{{.Mountpoint}}' "$1")/old"
}
for claim in app-as-root app-init; do
	defer podman volume rm --force "$claim"
	ok "a volume with an old file: $claim" old_volume "$claim"
done

# Podman 4.3 removes an init container when it has ended, and may fail at that for not having noticed; so here it is to be kept.
for name in "${manifests[@]}"; do
	defer podman pod rm --force --time 0 "app-$name"
	sed 's/^metadata:/&\n  annotations: {io.podman.annotations.init.container.type: always}/' \
		"$repository/src/examples/pod-$name.yaml" >"$work/$name.yaml"
	podman play kube --network none "$work/$name.yaml" >"$work/$name.log" 2>&1 </dev/null &
	clients[$name]=$!
done

says_ready() {
	podman logs "app-$1-app" 2>/dev/null | grep -qx ready
}

# pod_runs NAME BOUNDING-SET GROUPS OWNED...: its application is 10001 with nothing else, and owns these files.
pod_runs() {
	wait "${clients[$1]}"
	is "$? $(grep -i error "$work/$1.log")" '0 ' "pod-$1: podman takes the manifest"
	ok "pod-$1: the application runs" wait_until says_ready "$1"
	is "$(podman logs "app-$1-app" 2>/dev/null)" "$(capabilities "$none" | sed "s/bnd .*/bnd $2/"; identity 10001 10001 "$3"
		printf '%s\n' 'no_new_privs 1' "${@:4}" read-only ready)" "pod-$1: the application is 10001 with nothing else, and owns the volume"
}

# The user is a member of two groups, which it has where stepdown chose the user.
owned=('10001:10001 /data' '10001:10001 /data/written')
pod_runs as-root 00000000000000c1 '33 44 10001' "${owned[@]}" '10001:10001 /data/old'
pod_runs restricted "$none" 10001 "${owned[@]}"
pod_runs init "$none" 10001 "${owned[@]}" '10001:10001 /data/old'

# Podman leaves fsGroup aside, so here is what the kubelet makes of a volume: root's, but the group may write.
mkdir "$work/volume" && chown 0:10001 "$work/volume" && chmod 2775 "$work/volume"
runs "fsGroup: a volume that the group may write to is right" 0 'uid 10001 10001 10001 10001' '^$' \
	run_in podman sd-busybox --user 10001:10001 --group-add 10001 --cap-drop ALL --security-opt no-new-privileges --read-only \
	--volume "$work/volume:/data" -- stepdown --user 10001 --own-once /data --strict probe uid

done_document
