# shellcheck shell=bash
# A container with redis in it, as its users and as the kernel see it; $container is its name.

: "${container:?}" # set by the test, after engine.bash

none=0000000000000000

redis() {
	docker exec "$container" redis-cli "$@" 2>/dev/null
}

redis_answers() {
	[[ $(redis PING) == PONG ]]
}

redis_runs() {
	wait_until 20 redis_answers
}

# What the kernel says of the container's first process, in one line.
first_process() {
	docker exec "$container" cat /proc/1/status |
		awk '/^(Name|Uid|Gid|Groups|CapPrm|CapEff|CapBnd|NoNewPrivs):/ { $1 = $1; printf "%s%s", n++ ? " " : "", $0 }'
}

owners() {
	docker exec "$container" find /data -printf '%U:%G\n' | sort -u
}

messages() {
	docker logs "$container" 2>&1 | sed -n '/^stepdown: /p'
}

# The line of first_process for UID and GID with everything given up, but for the bounding set where that is another.
given_up() {
	printf 'Name: redis-server Uid: %s %s %s %s Gid: %s %s %s %s Groups: %s CapPrm: %s CapEff: %s CapBnd: %s NoNewPrivs: 1' \
		"$1" "$1" "$1" "$1" "$2" "$2" "$2" "$2" "$2" "$none" "$none" "${3:-$none}"
}
