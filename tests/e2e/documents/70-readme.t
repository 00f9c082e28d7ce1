#!/bin/bash
# The commands in README.md, as its reader types them, and what it says that they print. The image of Dockerfile.example is started in the
# ways that its readers may choose, on one volume all the time. 73-wrap-workloads wraps the image.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines docker
read_document README.md
run_by 73-wrap-workloads wrap wrapped
need_debian docker
container=sd-readme-$$
none=0000000000000000
make_reader docker --detach --name "$container"
defer docker rmi --force readme-image redis-as-user stepdown installed
defer docker volume rm --force redis-data
defer docker rm --force --volumes "$container"

# The reader's directory: this tree after tests/build.
here=$work/here
mkdir "$here/build"
"$repository/tests/tools/copy-tree" "$repository" "$here"
install -m 755 "$STEPDOWN" "$here/build/stepdown"

# --- a container with redis in it -------------------------------------------------------------------------------------------------

redis() {
	docker exec "$container" redis-cli "$@" 2>/dev/null
}

redis_answers() {
	[[ $(redis PING) == PONG ]]
}

# seen: what the kernel says of the first process, the owners of the volume and the key in it.
seen() {
	docker exec "$container" sh -c 'cat /proc/1/status; find /data -printf "%U:%G\n" | sort -u' |
		grep -E '^((Name|Uid|Gid|Groups|CapPrm|CapEff|CapBnd|NoNewPrivs):|[0-9]+:)' | tr '\t' ' '
	redis GET key
}

# steps_down NAME UID:GID BOUNDING-SET MESSAGES [KEY]: redis runs as that with nothing else left, owns the volume with the key, and MESSAGES is all
# that was said.
steps_down() {
	local uid=${2%:*} gid=${2#*:}

	ok "$1: redis answers" wait_until redis_answers
	is "$(seen)" "$(printf '%s\n' 'Name: redis-server' "Uid: $uid $uid $uid $uid" "Gid: $gid $gid $gid $gid" "Groups: $gid " \
		"CapPrm: $none" "CapEff: $none" "CapBnd: $3" 'NoNewPrivs: 1' "$2" "${5-kept}")" "$1: it is redis with nothing else left"
	is "$(docker logs "$container" 2>&1 | sed -n '/^stepdown: /p')" "$4" "$1: the messages"
}

# --- in a Dockerfile --------------------------------------------------------------------------------------------------------------

printf '#!/bin/sh\nset -e\nexec redis-server --dir /data --appendonly yes "$@"\n' >"$here/build/legacy-entrypoint"
chmod 755 "$here/build/legacy-entrypoint"
block dockerfile >"$here/Dockerfile.readme"
does "the Dockerfile can be built" "docker build --file Dockerfile.readme --tag readme-image build"
does "its image can be started" "docker run readme-image"
steps_down "its image" 10001:10001 $none '' ''
docker rm --force --volumes "$container" >/dev/null

# --- Dockerfile.example -----------------------------------------------------------------------------------------------------------

# hardened NAME UID:GID BOUNDING-SET MESSAGES DOCKER-RUN-OPTION...: another container with the same volume, by these options.
hardened() {
	docker rm --force "$container" >/dev/null
	docker run --detach --network none --name "$container" --volume redis-data:/data --read-only --security-opt no-new-privileges \
		--cap-drop ALL "${@:5}" redis-as-user >/dev/null
	steps_down "a hardened pod $1" "${@:2:3}"
}

mapfile -t lines < <(block example)
is "${#lines[@]}" 3 "Dockerfile.example: three commands"
does "Dockerfile.example: ${lines[0]}" "${lines[0]}"
does "Dockerfile.example: ${lines[1]}" "${lines[1]}"
ok "the first run: redis takes a key" wait_until redis SET key kept
steps_down "the first run" 10001:10001 $none ''
is "$(docker exec "$container" grep ^app: /etc/passwd)" 'app:*:10001:10001::/:/sbin/nologin' "the first run: there is an account"
docker rm --force "$container" >/dev/null
does "Dockerfile.example: ${lines[2]}" "${lines[2]}"
steps_down "PUID and PGID" 1000:1000 $none "$(block messages)"
docker restart --time 20 "$container" >/dev/null
steps_down "PUID and PGID, a restart" 1000:1000 $none "$(block messages)"
# redis has ended once in an orderly way, and left a sixth entry.
hardened "that starts as root" 10001:10001 00000000000000c1 "stepdown: owning: '/data': entries changed: 6 of 6: uid 1000 6" \
	--cap-add CHOWN --cap-add SETUID --cap-add SETGID
hardened "with a user" 10001:10001 $none '' --user 10001:10001
docker rm --force "$container" >/dev/null
does "--user and a new volume: it is started" "docker run --user 10001:10001 --read-only --cap-drop ALL redis-as-user"
steps_down "--user and a new volume" 10001:10001 $none '' ''
docker rm --force --volumes "$container" >/dev/null

# --- the image of the program alone -----------------------------------------------------------------------------------------------

does "the image of the program alone can be built" "$(block program)"
{ echo 'FROM sd-busybox'; block install; } >"$here/Dockerfile.installed"
does "the program can be copied from it" "docker build --file Dockerfile.installed --tag installed build"
runs "the copied program runs" 0 "$("$STEPDOWN" --version)" '' run_in docker installed -- stepdown --version

# --- drop-in for gosu -------------------------------------------------------------------------------------------------------------

need_tree
capture in_tree "$tree" sh -e -c "$(block gosu); gosu app probe uid; /sbin/su-exec app probe gid"
result "the links are as gosu and su-exec" 0 $'uid 1000 1000 1000 1000\ngid 1000 1000 1000 1000' '^$'

# check-links reads all pages, and follows links to pictures too.
ok "every link leads to a file" "$here/tests/unit/check-links" "$here"
ok "every program that README.md names is there" ls "$here"/tests/{demo,build,run,bench/run}

done_document
