#!/bin/bash
# Dockerfile.example, built from this tree and run as its readers would run it: redis behind a shell script, one volume all the time.

# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"

repository=$(cd "$e2e_directory/../.." && pwd)
image=sd-example-$$
container=sd-example-$$
# shellcheck source-path=SCRIPTDIR source=../redis.bash
source "$e2e_directory/redis.bash"

# Packages are fetched in there: it may take longer than what the other files do with docker.
build_image() {
	docker import "$archive" "$image-base" &&
		DOCKER_BUILDKIT=1 timeout -k 5 900 "$docker_client" --host "$docker_address" build --network host --progress plain \
			--build-arg "BASE=$image-base" --file "$repository/Dockerfile.example" --tag "$image" "$repository"
}

# start [DOCKER-RUN-OPTION]...: a new container with the same volume.
start() {
	docker rm --force "$container" >/dev/null 2>&1
	docker run --detach --network none --name "$container" --volume "$container:/data" "$@" "$image" >/dev/null && redis_runs
}

# The same with a volume of its own, which goes away with the container.
start_without_volume() {
	docker run --detach --network none --name "$container" "$@" "$image" >/dev/null && redis_runs
}

restart() {
	docker restart --time 20 "$container" >/dev/null && redis_runs
}

need_engines
need_engine docker
archive=$(debian_archive) || skip_all "needs a mirror of Debian"
defer docker rmi --force "$image" "$image-base"
defer docker volume rm --force "$container"
defer docker rm --force --volumes "$container"

capture build_image
if ((status != 0)); then
	fail "Dockerfile.example can be built" "$(tail -n 30 <<<"$errors")"
	done_testing
fi
pass "Dockerfile.example can be built"

ok "the default: redis answers" start
is "$(first_process)" "$(given_up 10001 10001)" "the default: the first process is redis as 10001, with nothing left"
is "$(owners)" 10001:10001 "the default: the volume is the user's"
is "$(docker exec "$container" cat /etc/passwd | grep ^app:)" 'app:*:10001:10001::/:/sbin/nologin' "the default: there is an account"
is "$(messages)" '' "the default: all was right already, so nothing is said"
is "$(redis SET key 'kept since the first start')" OK "the default: redis takes a key"
is "$(redis CONFIG GET dir | tail -n 1)" /data "the default: redis keeps its data in the volume"

ok "a restart: redis answers" restart
is "$(redis GET key)" 'kept since the first start' "a restart: the key is there"
is "$(owners)" 10001:10001 "a restart: the volume is the user's"
is "$(messages)" '' "a restart: there is nothing to change"

ok "a new container: redis answers" start
is "$(redis GET key)" 'kept since the first start' "a new container on the same volume: the key is there"

ok "read-only: redis answers" start --read-only
is "$(first_process)" "$(given_up 10001 10001)" "read-only: the first process has nothing left"
is "$(messages)" '' "read-only: the account is there, so nothing is said"
is "$(redis GET key)" 'kept since the first start' "read-only: the key is there"

ok "PUID and PGID: redis answers" start --env PUID=1234 --env PGID=2345
is "$(first_process)" "$(given_up 1234 2345)" "PUID and PGID: the first process is redis as 1234:2345"
is "$(owners)" 1234:2345 "PUID and PGID: the volume is theirs"
is "$(redis GET key)" 'kept since the first start' "PUID and PGID: the key is there"

like "$(messages)" "owning: '/data': entries changed: [1-9]" "PUID and PGID: what was changed is told"
ok "PUID and PGID, a restart: redis answers" restart
is "$(first_process)" "$(given_up 1234 2345)" "PUID and PGID, a restart: the first process is redis as 1234:2345"
is "$(messages | grep -c "owning: '/data'")" 1 "PUID and PGID, a restart: the volume was changed by the first start only"
ok "PUID and PGID, read-only: redis answers" start --env PUID=1235 --env PGID=2345 --read-only
is "$(first_process)" "$(given_up 1235 2345)" "PUID and PGID, read-only: the first process is redis as 1235:2345"
like "$(messages)" "'app': Read-only file system \(the ids are used by number\)" "PUID and PGID, read-only: that the account is another is told"

ok "three capabilities: redis answers" start --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID
is "$(first_process)" "$(given_up 10001 10001 00000000000000c1)" "three capabilities: the bounding set stays, all else is gone"
is "$(owners)" 10001:10001 "three capabilities: the volume is the user's again"

ok "four capabilities: redis answers" start --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID --cap-add SETPCAP
is "$(first_process)" "$(given_up 10001 10001)" "four capabilities: nothing at all is left"

ok "a hardened pod that starts as root: redis answers" start --read-only --security-opt no-new-privileges --cap-drop ALL \
	--cap-add CHOWN --cap-add SETUID --cap-add SETGID
is "$(first_process)" "$(given_up 10001 10001 00000000000000c1)" "a hardened pod that starts as root: nothing but the bounding set is left"
is "$(redis GET key)" 'kept since the first start' "a hardened pod that starts as root: the key is there"

ok "a hardened pod with a user: redis answers" start --read-only --security-opt no-new-privileges --cap-drop ALL --user 10001:10001
is "$(first_process)" "$(given_up 10001 10001)" "a hardened pod with a user: nothing is left"

ok "--user: redis answers" start --user 10001:10001
like "$(first_process)" "^$(given_up 10001 10001 '[0-9a-f]{16}')$" "--user: the first process is redis as that user"
is "$(messages)" '' "--user: it is the user that was asked for, so nothing is said"
is "$(redis GET key)" 'kept since the first start' "--user: the key is there"

docker rm --force --volumes "$container" >/dev/null 2>&1
ok "--user and a new volume: redis answers" start_without_volume --user 10001:10001 --read-only
is "$(owners)" 10001:10001 "--user and a new volume: it is the user's"
is "$(messages)" '' "--user and a new volume: there is nothing to say"

docker rm --force --volumes "$container" >/dev/null 2>&1
capture docker run --name "$container" --network none --volume "$container:/data" --env PUID=0 "$image"
result "PUID=0 does not start as root" 125 '' "^stepdown: stepping down: 'app=0:10001': it is uid 0 "
done_testing
