#!/bin/bash
# The images of src/doc/images.md, built from what stands there by every engine (docker with both of its builders) and run.

# shellcheck disable=SC2317 # what `capture` calls is called
# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
# shellcheck source-path=SCRIPTDIR source=documents.bash
source "$e2e_directory/documents.bash"
need_engines
# The page has commands for both.
need_engine docker
need_engine podman
archive=$(debian_archive) || skip_all "needs a mirror of Debian"
read_document src/doc/images.md

# The directory in which the page's reader stands, and the context of the images.
mkdir -p "$work/here/build" "$work/here/src" "$work/bin"
cp "$repository/src/wrap.tmpl" "$work/here/src"
install -m 755 "$STEPDOWN" "$work/here/build/stepdown"
install -m 755 "$shared/tools/probe" "$work/here/build/server"
printf '#!/bin/sh\nexec "$@"\n' >"$work/here/build/docker-entrypoint.sh" && chmod 755 "$work/here/build/docker-entrypoint.sh"

# Commands of the page, in that directory, with the engines of these tests.
run_block() {
	local commands

	commands=$(block "$1") || return
	export shared docker_address docker_client runc_program
	export -f docker podman
	(cd "$work/here" && bash -e -c "$commands")
}

# build_image ENGINE BUILDER IMAGE: a Dockerfile on standard input.
build_image() {
	DOCKER_BUILDKIT=$2 "$1" build --network host --tag "$3" --file - "$work/here/build"
}

# builds NAME ENGINE BUILDER IMAGE BLOCK
builds() {
	block "$5" >"$work/Dockerfile" && build_image "$2" "$3" "$4" <"$work/Dockerfile" >"$work/log" 2>&1
	is "$? $(tail -n 5 "$work/log" | grep -i error)" '0 ' "$1: it is built"
}

# runs NAME ENGINE IMAGE UID GID [OPTION]... -- [WORD]...: as that user with nothing left, and with these words.
runs() {
	local name=$1 engine=$2 image=$3 uid=$4 gid=$5

	shift 5
	capture run_in "$engine" "$image" "$@" uid gid groups cap no_new_privs
	output=$(sort <<<"$output")
	result "$name" 0 "$({ identity "$uid" "$gid" "$gid"; capabilities 0000000000000000; echo no_new_privs 1; } | sort)"
}

# --- somebody else's ----------------------------------------------------------------------------------------------------------

for engine in $engines; do
	printf '%s\n' 'FROM sd-busybox' 'VOLUME /data' 'COPY docker-entrypoint.sh server /' 'ENV PATH=/:/bin' 'ENTRYPOINT ["/docker-entrypoint.sh"]' \
		'CMD ["server", "--log", "two words"]' | build_image "$engine" 1 somebodys-image >"$work/log" 2>&1
	capture run_block "wrap$([[ $engine == docker ]] || echo "-$engine")"
	is "$status" 0 "wrap: $engine: the commands work"
	is "$(sed 's,^FROM localhost/,FROM ,' "$work/here/Dockerfile.wrapped")" "$(block wrapped)" "wrap: $engine: the Dockerfile is the one of the page"
	runs "wrap: $engine: it steps down" "$engine" somebodys-image-as-user 10001 10001 -- server
	capture run_in "$engine" somebodys-image-as-user --
	result "wrap: $engine: the CMD is there" 0 '' "'/data': entries changed: 1 of 1"
	"$engine" rmi --force somebodys-image-as-user somebodys-image >/dev/null 2>&1
done

# --- a base, and its children -------------------------------------------------------------------------------------------------

declare -A base=([docker]=debian:bookworm-slim [podman]=docker.io/library/debian:bookworm-slim)
for engine in $engines; do
	# What an image means to its children is the same to both.
	in_each_engine || [[ $engine == docker || $engines != *docker* ]] || continue
	# Podman is content with the small image under that name.
	if [[ $engine == docker ]]; then
		docker import "$archive" "${base[$engine]}" >/dev/null
	else
		"$engine" tag sd-busybox "${base[$engine]}"
	fi
	defer "$engine" rmi --force "${base[$engine]}" our-base child child-with-numbers
	builds "base: $engine" "$engine" 1 our-base base
	builds "child: $engine" "$engine" 0 child child
	runs "child: $engine: it steps down" "$engine" child 10001 10001 -- server
	capture run_in "$engine" child -- sh -c 'stat -c "%u:%g %n" /data /cache'
	result "child: $engine: its volumes are made, and the user's" 0 $'10001:10001 /data\n10001:10001 /cache' "'/cache': new, "
	runs "child: $engine: numbers at the start" "$engine" child 1234 2345 --env PUID=1234 --env PGID=2345 -- server
	capture run_in "$engine" child --env PUID=0 -- server
	result "child: $engine: S26_PUID_0_is_refused" 125 '' "that is root"
	builds "child-with-numbers: $engine" "$engine" 1 child-with-numbers child-with-numbers
	runs "child-with-numbers: $engine: it steps down" "$engine" child-with-numbers 2000 2001 -- server
	capture run_in "$engine" child-with-numbers -- sh -c 'stat -c "%u:%g %n" /data; id -un'
	result "child-with-numbers: $engine: its volume is the user's" 0 $'2000:2001 /data\napp' "'/data': entries changed: 1 of 1"
	capture run_in "$engine" our-base -- sh -c 'id -u'
	is "$status $output $(grep -c owning: <<<"$errors")" '0 10001 0' "base: $engine: no volumes are no error"
done

# --- from scratch -------------------------------------------------------------------------------------------------------------

for place in docker:0 docker:1 podman:0; do
	engine=${place%:*}
	[[ " $engines " == *" $engine "* ]] || continue
	defer "$engine" rmi --force "from-scratch-${place#*:}"
	builds "scratch: $place" "$engine" "${place#*:}" "from-scratch-${place#*:}" scratch
	runs "scratch: $place: it steps down" "$engine" "from-scratch-${place#*:}" 10001 10001 --
	capture run_in "$engine" "from-scratch-${place#*:}" --read-only -- env.HOME env.USER
	result "scratch: $place: read-only, it has its account" 0 $'env.HOME /data\nenv.USER app' '^$'
	capture run_in "$engine" "from-scratch-${place#*:}" --user 10001:10001 -- uid gid env.HOME
	result "scratch: $place: as that user from the beginning, a new volume is its own" 0 \
		$'uid 10001 10001 10001 10001\ngid 10001 10001 10001 10001\nenv.HOME /data' '^$'
done

done_document
