#!/bin/sh
# What goes out: the source as "meson dist" packs it, what "meson install" puts where, and one version in all of it.
#
# usage: test_dist.sh SOURCE-DIRECTORY BUILD-DIRECTORY
set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"

source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-dist.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
unset CC CFLAGS CPPFLAGS LDFLAGS
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$source/meson.build")
unpacked=$work/stepdown-$version

# The tree as it is now as a clone of its own, whatever it came from.
dist_packs() {
	"$source/tests/tools/copy-tree" "$source" "$work/clone" &&
		cd "$work/clone" && git init -q . && git add . &&
		git -c user.name=test -c user.email=test@localhost commit -q -m 'The tree as it is' &&
		meson setup --native-file src/build/musl.ini "$work/build" . && meson dist -C "$work/build" --no-tests &&
		cd "$work/build/meson-dist" && sha256sum --check "stepdown-$version.tar.xz.sha256sum" &&
		tar -C "$work" --no-same-owner -xf "stepdown-$version.tar.xz"
}

dist_has_all_files() {
	(cd "$work/clone" && git ls-files | sort) >"$work/files"
	(cd "$unpacked" && find . -type f -o -type l | sed 's|^\./||' | sort) | diff "$work/files" -
}

dist_builds_the_same_program() {
	mkdir -p "$unpacked/subprojects/packagecache" &&
		cp "$source"/subprojects/packagecache/* "$unpacked/subprojects/packagecache" &&
		"$unpacked/tests/build" && cmp "$unpacked/build/stepdown" "$build/stepdown"
}

# The tests that link libpure.a alone: the files of all others are compiled elsewhere, from a copy of the tree.
dist_passes_its_tests() {
	meson setup -Dtests=enabled "$work/tests" "$unpacked" || return 1
	pure=$(sed -n "/^pure_tests = /,/^]/s|^  '\(.*\)',|tests/unit/test_\1|p" "$unpacked/tests/unit/meson.build")
	# shellcheck disable=SC2086 # a name each
	ninja -C "$work/tests" --quiet libpure.a $pure &&
		meson test -C "$work/tests" --no-rebuild --suite pure &&
		[ "$(grep -c '"result": "OK"' "$work/tests/meson-logs/testlog.json")" -gt 10 ]
}

# Mode and place of every file; nothing more: links named gosu and su-exec are for who wants them.
installs_exactly_this() {
	DESTDIR=$work/destination meson install -C "$build" --no-rebuild --quiet --strip || return 1
	cat >"$work/wanted" <<-EOF
		644 usr/local/share/doc/stepdown/CHANGES
		644 usr/local/share/doc/stepdown/LICENSE
		644 usr/local/share/doc/stepdown/LICENSE.libcap-ng
		644 usr/local/share/doc/stepdown/doc/faq.md
		644 usr/local/share/doc/stepdown/doc/images.md
		644 usr/local/share/doc/stepdown/doc/kubernetes.md
		644 usr/local/share/doc/stepdown/doc/migrating.md
		644 usr/local/share/doc/stepdown/doc/pitfalls.md
		644 usr/local/share/doc/stepdown/doc/threat-model.md
		644 usr/local/share/doc/stepdown/examples/pod-as-root.yaml
		644 usr/local/share/doc/stepdown/examples/pod-init.yaml
		644 usr/local/share/doc/stepdown/examples/pod-restricted.yaml
		644 usr/local/share/doc/stepdown/stepdown.spdx.json
		644 usr/local/share/man/man1/stepdown-wrap.1
		644 usr/local/share/man/man1/stepdown.1
		755 usr/local/bin/stepdown
		755 usr/local/bin/stepdown-wrap
	EOF
	(cd "$work/destination" && find . ! -type d -printf '%m %P\n') | sort | diff "$work/wanted" - &&
		cmp "$build/stepdown" "$work/destination/usr/local/bin/stepdown"
}

installed_links_lead_to_installed_files() {
	"$source/tests/unit/check-links" "$work/destination/usr/local/share/doc/stepdown"
}

version_is_the_newest_in_changes() {
	[ "$(grep -m 1 -E '^[0-9]+\.[0-9]+\.[0-9]+$' "$source/src/CHANGES")" = "$version" ]
}

version_is_said_by_the_program() {
	[ "$("$build/stepdown" --version)" = "stepdown $version" ]
}

version_stands_in_one_place() {
	! grep -rnF "$version" "$source/README.md" "$source/Dockerfile.example" "$source/meson_options.txt" "$source/src" \
		--exclude=CHANGES --exclude-dir=packaging
}

version_is_that_of_the_packages() {
	[ "$(sed -n '1s/^stepdown (\(.*\)-[^-]*) .*/\1/p' "$source/src/packaging/debian/changelog")" = "$version" ] &&
		grep -x "pkgver=$version" "$source/src/packaging/alpine/APKBUILD"
}

# lintian asks man for the warnings, which are those of groff.
manual_has_no_warnings_of_groff() {
	said=$(groff -mandoc -ww -Tutf8 -z "$source/src/man/stepdown.1" "$source/src/man/stepdown-wrap.1" 2>&1) && [ -z "$said" ] && return
	printf '%s\n' "$said"
	return 1
}

ok dist_packs dist_packs
ok dist_has_all_files dist_has_all_files
ok dist_builds_the_same_program dist_builds_the_same_program
ok dist_passes_its_tests dist_passes_its_tests
ok install_installs_exactly_this installs_exactly_this
ok installed_links_lead_to_installed_files installed_links_lead_to_installed_files
ok version_is_the_newest_in_changes version_is_the_newest_in_changes
ok version_is_said_by_the_program version_is_said_by_the_program
ok version_stands_in_one_place version_stands_in_one_place
ok version_is_that_of_the_packages version_is_that_of_the_packages
installed=$work/destination/usr/local
ok sbom_is_spdx_2.3_and_tells_of_the_program "$source/tests/unit/check-spdx" \
	"$installed/share/doc/stepdown/stepdown.spdx.json" "$installed/bin/stepdown" "$version"
ok manual_has_no_warnings_of_groff manual_has_no_warnings_of_groff
done_testing
