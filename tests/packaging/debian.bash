# shellcheck shell=bash
# The packages of src/packaging/debian: built by an ordinary user without a network, checked, installed, run and
# purged in a chroot of tests/distributions.

: "${root:?}" "${work:?}" "${suite?}" "${tree?}" # tests/distributions sets them

# The source as upstream and a packager lay it out. No source of libcap-ng is in it, because Debian has the library.
lay_out_source() {
	local build=$tree/build source

	version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")
	source=$build/stepdown-$version
	rm -rf "$build" && "$root/tests/tools/copy-tree" "$root" "$source" && rm -rf "$source/subprojects/packagecache" &&
		tar -C "$build" -cJf "$build/stepdown_$version.orig.tar.xz" "stepdown-$version" &&
		cp -r "$source/src/packaging/debian" "$source/debian" && chown -R 65534:65534 "$build"
}

# Build-Depends are complete, because nothing else is installed. lintian is for the test.
# shellcheck disable=SC2016 # the dollar is for the shell inside
install_build_tools() {
	inside sh -c '
		apt="apt-get --yes --quiet=2 --no-remove --no-install-recommends -o Dpkg::Use-Pty=0"
		export DEBIAN_FRONTEND=noninteractive DEB_BUILD_PROFILES=nocheck
		apt-get --quiet=2 update && $apt install build-essential lintian && $apt build-dep "/build/stepdown-$0"' "$version"
}

# The unit tests are left out: tests/run unit runs them as an ordinary user too.
build_packages() {
	without_network setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs \
		env HOME=/nonexistent DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
		sh -c "cd '/build/stepdown-$version' && dpkg-buildpackage --no-sign"
}

# Also in what is only pedantic, and about overrides that nothing needs. These are left out: the
# release of the policy, because each release of Debian asks for its own; unknown-field in Debian 12, whose lintian does not
# know Static-Built-Using; the bug of a first upload.
# shellcheck disable=SC2016 # the dollar is for the shell inside
lintian_is_silent() {
	local said left_out=out-of-date-standards-version

	[[ $suite != bookworm ]] || left_out=unknown-field
	said=$(without_network setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
		sh -c 'cd /build && exec lintian --display-info --pedantic --tag-display-limit 0 --suppress-tags \
			"$0",initial-upload-closes-no-bugs ./*.changes' "$left_out" 2>&1)
	printf '%s\n' "$said"
	[[ -z $said ]]
}

# Everything but what dpkg and apt keep for themselves.
list_files() {
	(cd "$tree" && find . -xdev \( -path ./build -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) \
		-prune -o -printf '%y %m %U:%G %p\n' | LC_ALL=C sort) >"$work/files.$1"
}

# The promises of the packages: fields, programs that step down to exactly this, a page for each program.
# shellcheck disable=SC2016 # the dollars are for the shell inside
run_installed_programs() {
	inside sh -euc '
		set -- stepdown stepdown-static
		dpkg-query --show --showformat "\${Depends}\n" stepdown | grep libcap-ng0 | grep libc6
		[ -z "$(dpkg-query --show --showformat "\${Depends}" stepdown-static)" ]
		for field in Built-Using Static-Built-Using; do
			dpkg-deb --field /build/stepdown-static_*.deb "$field" | grep "glibc (= .*libcap-ng (= "
		done
		for program; do
			[ "$("$program" --version)" = "stepdown $0" ]
			status="Uid:(\s10001){4}|Gid:(\s10002){4}|Groups:\s10002 ?|NoNewPrivs:\s1|Cap...:\s0{16}"
			[ "$("$program" --user 10001:10002 grep -cxE "$status" /proc/self/status)" = 9 ]
			if "$program" --user 10001:10002 setpriv --reuid=0 true; then exit 1; fi
		done
		# The static program is enough where there is nothing else.
		mkdir /tmp/empty
		cp /usr/bin/stepdown-static /tmp/empty
		chroot /tmp/empty /stepdown-static --user 10001 /stepdown-static --version
		stepdown-wrap --help | grep "^usage: stepdown-wrap"
		for path in $(dpkg --listfiles "$@" | grep "^/usr/bin/."); do
			zcat "/usr/share/man/man1/${path##*/}.1.gz" | grep "^\.Sh NAME"
		done' "$version"
}

has_documents() {
	local share=$tree/usr/share

	"$root/tests/unit/check-links" "$share/doc/stepdown" &&
		(cd "$root/src" && find doc examples -type f) | sed "s|^|$share/doc/stepdown/|" | xargs ls -d
}

# The packages have no configuration, so that --remove leaves as little as --purge.
leaves_nothing() {
	inside dpkg --remove stepdown stepdown-static && list_files after &&
		diff "$work/files.before" "$work/files.after" && ! inside dpkg-query --show 'stepdown*'
}

test_debian_packages() {
	lay_out_source
	try "the tools of Build-Depends can be installed" install_build_tools || return
	try "an ordinary user builds the packages without a network" build_packages || return
	try "lintian has nothing to say about the packages" lintian_is_silent
	list_files before
	try "the packages can be installed" inside sh -c 'dpkg --install /build/stepdown_*.deb /build/stepdown-static_*.deb' || return
	try "the installed programs step down and have manual pages" run_installed_programs
	try "the installed documents lead to each other" has_documents
	try "removing the packages leaves nothing" leaves_nothing
	rm -rf "$tree/build"
}
