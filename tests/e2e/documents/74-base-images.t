#!/bin/bash
# The images of src/doc/images.md, built from what stands there and run: by docker with both of its builders, and by podman. 72-wrap wraps
# the first one.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines docker podman # the page has commands for both
need_debian docker
read_document src/doc/images.md
run_by 72-wrap wrap wrapped wrap-build

# The context of the images.
context=$work/context
mkdir "$context"
install -m 755 "$STEPDOWN" "$context/stepdown"
install -m 755 "$shared/tools/probe" "$context/server"

# builds ENGINE IMAGE BLOCK
builds() {
	build_image "$1" "$2" "$context"/* < <(block "$3")
}

# only UID GID [LINE]...: what a command prints that is that user with nothing left, and lines behind it.
only() {
	capabilities 0000000000000000
	identity "$1" "$2" "$2"
	printf '%s\n' 'no_new_privs 1' "${@:3}"
}
looks=(cap uid gid groups no_new_privs)

# A base image means the same in each engine, so podman runs with --all alone.
for engine in docker $([[ ${STEPDOWN_SAMPLE:-} != all ]] || echo podman); do
	# Podman is content with the small image under that name.
	[[ $engine == docker ]] || podman tag sd-busybox docker.io/library/debian:bookworm-slim
	builds "$engine" our-base base
	builder=0 builds "$engine" child child
	builds "$engine" child-with-numbers child-with-numbers
	capture run_in "$engine" child -- sh -c 'server "$@"; stat -c "%u:%g %n" /data /cache' sh "${looks[@]}"
	result "child: $engine: it steps down, and its volumes are made" 0 "$(only 10001 10001 '10001:10001 /data' '10001:10001 /cache')" \
		"'/cache': new, "
	runs "child: $engine: numbers at the start" 0 "$(only 1234 2345)" '' run_in "$engine" child --env PUID=1234 --env PGID=2345 -- server "${looks[@]}"
	capture run_in "$engine" child-with-numbers -- sh -c 'server "$@"; stat -c "%u:%g %n" /data; id -un' sh "${looks[@]}"
	result "child-with-numbers: $engine: it steps down, and its volume is the user's" 0 "$(only 2000 2001 '2000:2001 /data' app)" \
		"'/data': entries changed: 1 of 1"
	capture run_in "$engine" our-base -- sh -c 'id -u'
	is "$status $output $(grep -c owning: <<<"$errors")" '0 10001 0' "base: $engine: no volumes are no error"
done

# Podman's own image format has no ONBUILD.
builder=0 builds docker our-onbuild onbuild
builder=0 build_image docker onbuild-child "$context/server" <<<$'FROM our-onbuild\nCOPY server /usr/local/bin/server'
runs "onbuild: read-only, the child steps down" 0 "$(only 10001 10001)" '' run_in docker onbuild-child --read-only -- server "${looks[@]}"
unlike "$errors" making "onbuild: read-only, the account and the directory are there"

for engine in docker podman; do
	builds "$engine" from-scratch scratch
	capture run_in "$engine" from-scratch --read-only -- "${looks[@]}" env.HOME env.USER
	result "scratch: $engine: read-only, it steps down and has its account" 0 "$(only 10001 10001 'env.HOME /data' 'env.USER app')" '^$'
	capture run_in "$engine" from-scratch --user 10001:10001 -- uid gid env.HOME
	result "scratch: $engine: as that user from the beginning, a new volume is its own" 0 \
		$'uid 10001 10001 10001 10001\ngid 10001 10001 10001 10001\nenv.HOME /data' '^$'
done

done_document
