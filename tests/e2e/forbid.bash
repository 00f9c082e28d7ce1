# shellcheck shell=bash
# A tree in which the program, and nothing else, runs under a filter (see forbid.c): for whoever has sourced environment.bash and
# called need_environments.

: "${shared:?}" "${image_path:?}"

# shellcheck disable=SC2034 # used by the test files
EPERM=1 ENOSYS=38
tree=$(copy_tree filters) || exit
mkdir "$tree/data" && install -m 755 "$shared/tools/forbid" "$tree/usr/local/bin/forbid"

fresh() {
	rm -rf "${tree:?}/etc" "$tree/data" && cp -a "$shared/busybox/etc" "$tree/etc" && mkdir "$tree/data"
}

# forbidding ERRNO CALLS COMMAND...: only the program itself is under the filter, not the shell that looks.
# shellcheck disable=SC2016 # the dollars are for that shell
forbidding() {
	printf '#!/bin/sh\nexec forbid %s %s /usr/local/bin/stepdown "$@"\n' "$1" "$2" >"$tree/usr/local/sbin/stepdown"
	chmod 755 "$tree/usr/local/sbin/stepdown"
	# With a group that must not stay behind.
	timeout -k 5 60 env -i HOME=/root PATH="$image_path:$PATH" setpriv --groups 6 chroot "$tree" "${@:3}"
}
mkdir -p "$tree/usr/local/sbin"
