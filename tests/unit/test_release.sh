#!/usr/bin/env bash
# usage: test_release.sh ARCHITECTURE...
#
# All that is given away: the source as "meson dist" packs it, the files that "meson install" puts into place, one version in
# all of it, and the programs that src/build/release makes for each ARCHITECTURE, which an emulator runs. build is there already.

# shellcheck source-path=SCRIPTDIR source=../tools/script.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools/script.bash"
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build")
unpacked=$work/stepdown-$version
installed=$work/installed/usr/local

# --- the source -------------------------------------------------------------------------------------

# The tree as it is now as a clone of its own, whatever it came from.
dist_packs() {
	"$root/tests/tools/copy-tree" "$root" "$work/clone" && cd "$work/clone" && git init -q . && git add . &&
		git -c user.name=test -c user.email=test@localhost commit -q -m 'The tree as it is' &&
		meson setup --native-file src/build/musl.ini "$work/build" . && meson dist -C "$work/build" --no-tests &&
		cd "$work/build/meson-dist" && sha256sum --check "stepdown-$version.tar.xz.sha256sum" &&
		tar -C "$work" --no-same-owner -xf "stepdown-$version.tar.xz"
}

# become_another_builder: for builds in another place.
become_another_builder() {
	umask 077
	export TZ=XYZ-13:45 LC_ALL=C.UTF-8 HOME=/nonexistent USER=somebody NINJAFLAGS=-j1
}

# builds_the_same_program: from files of another date. The clock of a build must not get into the program (-Wdate-time), nor the
# dates of files into archives.
builds_the_same_program() (
	become_another_builder
	mkdir -p "$unpacked/subprojects/packagecache" &&
		cp "$root"/subprojects/packagecache/* "$unpacked/subprojects/packagecache" &&
		find "$unpacked" -name '*.c' -exec touch -d '2001-09-09 01:46' '{}' + &&
		"$unpacked/tests/build" && cmp "$unpacked/build/stepdown" "$root/build/stepdown"
)

# --- what is installed ------------------------------------------------------------------------------

# Mode and place of every file; nothing more: links named gosu and su-exec are for who wants them.
installed_files() {
	(cd "$root/src" && find doc examples -type f -printf '644 usr/local/share/doc/stepdown/%p\n')
	cat <<-EOF
		644 usr/local/share/doc/stepdown/CHANGES
		644 usr/local/share/doc/stepdown/LICENSE
		644 usr/local/share/doc/stepdown/LICENSE.libcap-ng
		644 usr/local/share/doc/stepdown/stepdown.spdx.json
		644 usr/local/share/man/man1/stepdown-wrap.1
		644 usr/local/share/man/man1/stepdown.1
		755 usr/local/bin/stepdown
		755 usr/local/bin/stepdown-wrap
	EOF
}

installs_exactly_this() {
	DESTDIR=$work/installed meson install -C "$root/build" --no-rebuild --quiet --strip &&
		diff <(installed_files | sort) <(cd "$work/installed" && find . ! -type d -printf '%m %P\n' | sort) &&
		cmp "$root/build/stepdown" "$installed/bin/stepdown"
}

# The SBOM and stepdown-wrap, which are made, are in it.
installs_the_same_from_the_other_place() {
	DESTDIR=$work/another meson install -C "$unpacked/build" --no-rebuild --quiet --strip &&
		diff -r "$work/installed" "$work/another"
}

version_stands_in_one_place() {
	! grep -rnF "$version" "$root/README.md" "$root/Dockerfile.example" "$root/meson_options.txt" "$root/src" \
		--exclude=CHANGES --exclude-dir=packaging
}

version_is_that_of_the_packages() {
	[[ $(sed -n '1s/^stepdown (\(.*\)-[^-]*) .*/\1/p' "$root/src/packaging/debian/changelog") == "$version" ]] &&
		grep -x "pkgver=$version" "$root/src/packaging/alpine/APKBUILD"
}

# --- a release --------------------------------------------------------------------------------------

# release DIRECTORY ARCHITECTURE...: in a copy of the sources. What was fetched serves both.
release() {
	"$root/tests/tools/copy-tree" "$root" "$1" &&
		SOURCE_DATE_EPOCH=1700000000 STEPDOWN_MUSL="${STEPDOWN_MUSL:-$work/musl}" "$1/src/build/release" "${@:2}"
}

sums_are_right() {
	# Two files for each architecture, and nothing else.
	(cd "$work/one/build-release" && sha256sum --check --strict SHA256SUMS && (($(wc -l <SHA256SUMS) == 2 * $#)))
}

releases_the_same_in_another_place() (
	become_another_builder
	release "$work/another place" "$@" && diff "$work/one/build-release/SHA256SUMS" "$work/another place/build-release/SHA256SUMS"
)

ok dist_packs dist_packs
ok dist_has_all_files diff <(git -C "$work/clone" ls-files | sort) <(find "$unpacked" '(' -type f -o -type l ')' -printf '%P\n' | sort)
ok dist_builds_the_same_program builds_the_same_program
ok install_installs_exactly_this installs_exactly_this
ok install_installs_the_same_from_another_place installs_the_same_from_the_other_place
ok installed_links_lead_to_installed_files "$root/tests/unit/check-links" "$installed/share/doc/stepdown"
ok version_is_the_newest_in_changes test "$(grep -m 1 -E '^[0-9]+\.[0-9]+\.[0-9]+$' "$root/src/CHANGES")" = "$version"
ok version_is_said_by_the_program test "$("$root/build/stepdown" --version)" = "stepdown $version"
ok version_stands_in_one_place version_stands_in_one_place
ok version_is_that_of_the_packages version_is_that_of_the_packages
ok sbom_is_spdx_2.3_and_tells_of_the_program "$root/tests/unit/check-spdx" \
	"$installed/share/doc/stepdown/stepdown.spdx.json" "$installed/bin/stepdown" "$version"
# lintian asks man for the warnings, which are those of groff.
ok manual_has_no_warnings_of_groff diff /dev/null <(groff -mandoc -ww -Tutf8 -z "$root"/src/man/*.1 2>&1)
has_network || { skip "release_builds" "there is no network for the packages of other architectures"; done_testing; exit; }
ok release_builds release "$work/one" "$@" || exit
ok release_sums_are_right sums_are_right "$@"
[[ ${STEPDOWN_SAMPLE:-} != all ]] || ok release_is_the_same_in_another_place releases_the_same_in_another_place "$@"
# The usual tests show what an emulator can of ids and capabilities. It executes no program of another architecture.
declare -A emulator_of=([arm64]=aarch64 [armhf]=arm [i386]=i386 [ppc64el]=ppc64le [riscv64]=riscv64 [s390x]=s390x)
for architecture; do
	program=$work/one/build-release/stepdown-$version-linux-$architecture
	ok "release_is_hardened_and_has_no_path_of_the_builder: $architecture" "$root/tests/unit/check-hardened" "$program" "$work" "$root"
	ok "release_has_no_symbols: $architecture" test -z "$(readelf -SW "$program" | grep -E ' \.(symtab|debug)')"
	ok "release_sbom_is_spdx_2.3_and_tells_of_the_program: $architecture" \
		"$root/tests/unit/check-spdx" "$program.spdx.json" "$program" "$version"
	STEPDOWN=$program STEPDOWN_ENGINE=tree STEPDOWN_E2E_EMULATOR=$(command -v "qemu-${emulator_of[$architecture]-}-static") \
		"$root/tests/e2e/run" "$root/tests/e2e/privileges/20-privileges.t" |
		sed -E "s/^((not )?ok [0-9]+ - )/\1$architecture: /" || failures=$((failures + 1))
done
done_testing
