#!/bin/bash
# The images of src/doc/images.md, built from what stands there by every engine (docker with both of its builders) and run.
# one at a time: the names of images are the document's

# shellcheck disable=SC2016,SC2317 # the dollars are for scripts in images; what `capture` calls is called
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../documents.bash
source "$e2e_directory/documents.bash"
# shellcheck source-path=SCRIPTDIR source=../wrap.bash
source "$e2e_directory/wrap.bash"
need_engines
# The page has commands for both.
need_engine docker
need_engine podman
archive=$(debian_archive) || skip_all "needs a mirror of Debian"
read_document src/doc/images.md

# The directory in which the page's reader stands, and the context of the images.
mkdir -p "$work/here/build" "$work/bin"
install -m 755 "$STEPDOWN" "$work/here/build/stepdown"
install -m 755 "$shared/tools/probe" "$work/here/build/server"

# Commands of the page, in that directory, with the engines of these tests.
run_block() {
	local commands

	commands=$(block "$1") || return
	export shared docker_address docker_client runc_program
	export -f docker podman
	(cd "$work/here" && PATH=$work/bin:$PATH bash -e -c "$commands")
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

make_wrap || fail "stepdown-wrap can be made"
ln -s "$work/stepdown-wrap" "$work/bin/stepdown-wrap"
mkdir "$work/somebodys"
printf '%s\n' '#!/bin/sh' 'mkdir -p /var/cache/server && echo $$ >/run/server.pid && date >>/data/log && exec "$@"' >"$work/somebodys/docker-entrypoint.sh"
printf '%s\n' '#!/bin/sh' '[ "$2" = "two words" ] && exec httpd -f -p 8080 -h /' >"$work/somebodys/server"
chmod 755 "$work/somebodys"/*

for engine in $engines; do
	# What it means is the same in each engine.
	in_each_engine || [[ $engine == docker || $engines != *docker* ]] || continue
	defer "$engine" rmi --force somebodys-image-as-user somebodys-image
	printf '%s\n' 'FROM sd-busybox' 'RUN mkdir /data && sed -i /^app:/d /etc/passwd /etc/group' 'VOLUME /data' 'COPY docker-entrypoint.sh server /' 'ENV PATH=/:/usr/local/bin:/bin:/sbin:/usr/bin:/usr/sbin' \
		'RUN echo hello >/index.html' 'ENTRYPOINT ["/docker-entrypoint.sh"]' 'CMD ["server", "--log", "two words"]' |
		DOCKER_BUILDKIT=1 "$engine" build --network host --tag somebodys-image --file - "$work/somebodys" >"$work/log" 2>&1
	capture env DOCKER="$work/$engine" PATH="$work/bin:$PATH" bash -c "cd '$work/here' && $(block wrap)"
	result "wrap: $engine: the command works" 0 '' 'yes +the way back'
	is "$(sed -E '1s/wrap [0-9.]+ for/wrap VERSION for/; 1s/, [a-z0-9:]+\.$/, ID./' "$work/here/Dockerfile.wrapped")" "$(block wrapped)" \
		"wrap: $engine: the Dockerfile is the one of the page"
	capture run_block wrap-build
	is "$status" 0 "wrap: $engine: the Dockerfile is built"
	runs "wrap: $engine: it steps down" "$engine" somebodys-image-as-user 10001 10001 -- probe
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
	result "child: $engine: S26_PUID_0_is_refused" 125 '' "it is uid 0"
	builds "child-with-numbers: $engine" "$engine" 1 child-with-numbers child-with-numbers
	runs "child-with-numbers: $engine: it steps down" "$engine" child-with-numbers 2000 2001 -- server
	capture run_in "$engine" child-with-numbers -- sh -c 'stat -c "%u:%g %n" /data; id -un'
	result "child-with-numbers: $engine: its volume is the user's" 0 $'2000:2001 /data\napp' "'/data': entries changed: 1 of 1"
	capture run_in "$engine" our-base -- sh -c 'id -u'
	is "$status $output $(grep -c owning: <<<"$errors")" '0 10001 0' "base: $engine: no volumes are no error"
done

# Podman's own image format has no ONBUILD.
if [[ " $engines " == *" docker "* ]]; then
	defer docker rmi --force our-onbuild onbuild-child
	builds "onbuild" docker 0 our-onbuild onbuild
	printf '%s\n' 'FROM our-onbuild' 'COPY server /usr/local/bin/server' | build_image docker 0 onbuild-child >"$work/log" 2>&1
	is "$?" 0 "onbuild: a child image is built"
	runs "onbuild: read-only, the child steps down" docker onbuild-child 10001 10001 --read-only -- server
	unlike "$errors" making "onbuild: read-only, the account and the directory are there"
fi

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
