# shellcheck shell=bash
# The mirror of Debian from which this machine's own apt fetches.

: "${work:?}" # a part of the scripts and of the e2e files

debian_mirror() {
	local codename mirror

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	mirror=$(apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | head -n 1)
	[[ -n $mirror ]] || { printf 'apt knows no mirror of Debian here\n' >&2 && return 1; }
	printf '%s\n' "$mirror"
}

# has_network: true if the mirror answers within 20 s.
has_network() {
	local uri

	uri=$(apt-get update --print-uris 2>/dev/null | sed -n "s/^'\([^']*InRelease\)'.*/\1/p" | head -n 1)
	[[ -n $uri ]] && timeout 20 /usr/lib/apt/apt-helper download-file "$uri" "$work/InRelease" >/dev/null 2>&1
}
