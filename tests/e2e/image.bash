# The images that the end-to-end tests run, as trees of files and as tar archives; nothing is fetched but Debian packages.
#
#   sd-busybox             busybox, passwd and group of our own, stepdown, the probe (also setuid root), gosu and su-exec by link, Debian's gosu
#   debian:bookworm-slim   Debian 12 made by debootstrap, with stepdown, the probe and both gosus in the same places

: "${work:?}" "${shared:?}" # a part of engine.bash and of tests/distributions

# shellcheck source-path=SCRIPTDIR source=../tools/mirror.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools/mirror.bash"
image_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The binary under test, with the libraries that it wants when it was built for a look inside. One that was built for another
# architecture is started by an emulator ($STEPDOWN_E2E_EMULATOR).
# install_stepdown TREE PLACE
install_stepdown() {
	local library

	if [[ -n ${STEPDOWN_E2E_EMULATOR:-} ]]; then
		install -D -m 755 "$STEPDOWN_E2E_EMULATOR" "$1/opt/emulator/qemu"
		install -m 755 "$STEPDOWN" "$1/opt/emulator/stepdown"
		# stepdown looks at its name. What it becomes is a program of this machine: it sees what the kernel holds, not what an emulator says.
		printf '%s\n' '#!/bin/sh' 'exec /opt/emulator/qemu -0 "$0" /opt/emulator/stepdown "$@"' >"$2" && chmod 755 "$2"
		return
	fi
	install -m 755 "$STEPDOWN" "$2"
	for library in $(ldd "$STEPDOWN" 2>/dev/null | grep -o ' */[^ ]*'); do
		[[ -e $1$library ]] || install -D -m 755 "$library" "$1$library"
	done
}

# install_ours TREE: the binary under test, the probe, and the two gosus, one as a link, one Debian's.
install_ours() {
	local bin=$1/usr/local/bin

	mkdir -p "$bin" "$1/opt/link" "$1/opt/real"
	[[ ! -x $STEPDOWN ]] || install_stepdown "$1" "$bin/stepdown"
	install -m 755 "$shared/tools/probe" "$bin/probe"
	install -m 4755 "$shared/tools/probe" "$bin/probe-suid"
	ln -s ../../usr/local/bin/stepdown "$1/opt/link/gosu"
	ln -s ../../usr/local/bin/stepdown "$1/opt/link/su-exec"
	install -m 755 "$(command -v gosu)" "$1/opt/real/gosu"
}

# The path of a static busybox. Debian's two packages conflict, so the program is fetched where the other one is installed.
static_busybox() {
	if ldd "$(command -v busybox)" >/dev/null 2>&1; then
		cached "busybox-$(uname -m)" fetch_busybox
	else
		command -v busybox
	fi
}

fetch_busybox() {
	(cd "$work" && apt-get --quiet=2 download busybox-static && dpkg-deb --extract busybox-static_*.deb busybox &&
		mv busybox/bin/busybox "$1") >&2
}

make_busybox_tree() {
	local tree=$1 busybox applet

	busybox=$(static_busybox) || return
	mkdir -p "$tree"/{bin,dev,etc,home/app,proc,root,run,sbin,sys,tmp,usr/bin,usr/sbin,var}
	install -m 755 "$busybox" "$tree/bin/busybox"
	while read -r applet; do
		[[ -e $tree/$applet ]] || ln -s /bin/busybox "$tree/$applet"
	done < <("$busybox" --list-full)
	cat >"$tree/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		daemon:x:1:1:daemon:/usr/sbin:/sbin/nologin
		app:x:1000:1000:The app:/home/app:/bin/sh
		other:x:1001:1001::/home/other:/bin/sh
		nobody:x:65534:65534:nobody:/:/sbin/nologin
	END
	# Root is a member of groups that must not stay behind; app is a member of two.
	cat >"$tree/etc/group" <<-'END'
		root:x:0:root
		daemon:x:1:
		disk:x:6:root
		wheel:x:10:root
		www:x:33:app,other
		video:x:44:app
		app:x:1000:
		other:x:1001:
		nogroup:x:65534:
	END
	chmod 1777 "$tree/tmp"
	chmod 700 "$tree/root"
	chown 1000:1000 "$tree/home/app"
	ln -s ../run "$tree/var/run"
	install_ours "$tree"
}

# cached FILE COMMAND...: the path of FILE in the cache, where "COMMAND PATH" makes it once, because that takes long.
cached() {
	local cache=${STEPDOWN_TEST_CACHE:-/var/tmp/stepdown-tests}

	mkdir -p "$cache" 2>/dev/null && [[ -w $cache ]] || cache=$shared
	once "$cache/$1" "${@:2}" && printf '%s\n' "$cache/$1"
}

# debian_archive SUITE: the path of its archive.
debian_archive() {
	cached "debian-$1-$(uname -m).tar" make_debian_archive "$1"
}

# make_debian_archive SUITE ARCHIVE
make_debian_archive() {
	local mirror tree

	mirror=$(debian_mirror) && tree=$(mktemp -d "$work/debian.XXXXXX") || return
	debootstrap --variant=minbase "$1" "$tree" "$mirror" >"$tree.log" 2>&1 </dev/null ||
		{ tail -n 5 "$tree.log" >&2; return 1; }
	rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,locale,man}
	# The official image has this line too: without it dpkg waits for each file on the disk.
	printf 'force-unsafe-io\n' >"$tree/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
	chmod 755 "$tree"
	tar -C "$tree" --numeric-owner -cf "$2" . && rm -rf --one-file-system "$tree"
}

make_debian_tree() {
	local archive

	archive=$(debian_archive bookworm) && mkdir -p "$1" || return
	tar -C "$1" --numeric-owner -xpf "$archive" || return
	printf 'app:x:1000:1000:The app:/home/app:/bin/sh\n' >>"$1/etc/passwd"
	printf 'app:x:1000:\nwww:x:3333:app\n' >>"$1/etc/group"
	install -d -o 1000 -g 1000 "$1/home/app"
	install_ours "$1"
}

# once PATH COMMAND...: makes PATH by "COMMAND PATH" where it is missing, and nobody else makes it at the same time.
once() {
	local lock result

	[[ ! -s $1 ]] || return 0
	exec {lock}>>"$1.lock" && flock "$lock" || return
	[[ -s $1 ]] || { rm -rf "$1.part" && "${@:2}" "$1.part" && mv "$1.part" "$1"; }
	result=$?
	exec {lock}>&-
	return "$result"
}

# make_tree busybox|debian: the tree of an image in the shared directory. Nobody may write to it.
make_tree() {
	once "$shared/$1" "make_$1_tree"
}

# Runs a command as root in such a tree, with a clean environment and descriptors.
# in_tree TREE COMMAND…
in_tree() {
	timeout -k 5 60 env -i HOME=/root PATH="$image_path" chroot "$@"
}

# in_tree_under TREE PROGRAM... -- COMMAND...: the same, behind a program from outside of the tree.
in_tree_under() {
	local -a before behind

	split "${@:2}"
	timeout -k 5 60 env -i HOME=/root PATH="$image_path" "${before[@]}" chroot "$1" "${behind[@]}"
}
