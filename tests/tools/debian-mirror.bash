# Prints the mirror of Debian from which this machine's own apt fetches.
debian_mirror() {
	local codename mirror

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	mirror=$(apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" | head -n 1)
	[[ -n $mirror ]] || { printf 'apt knows no mirror of Debian here\n' >&2 && return 1; }
	printf '%s\n' "$mirror"
}
