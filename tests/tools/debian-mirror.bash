# shellcheck shell=bash

# The mirror of Debian that this machine's own apt uses, from .sources files and from one-line lists.
debian_mirror() {
	local file mirror codename

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	mirror=$(
		for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
			[[ ! -r $file ]] || sed -nE "s/^deb +(\[[^]]*\] +)?([^ ]+) +$codename +main.*/\\2/p" "$file"
		done
		for file in /etc/apt/sources.list.d/*.sources; do
			[[ ! -r $file ]] || awk -v codename=" $codename " '
				function flush() { if (uris && index(suites, codename)) print uris; uris = suites = "" }
				/^URIs:/ { uris = $2 }
				/^Suites:/ { suites = " " $0 " " }
				/^[ \t]*$/ { flush() }
				END { flush() }' "$file"
		done | head -n 1
	)
	mirror=${mirror%%$'\n'*}
	[[ -n $mirror ]] || { printf 'apt knows no mirror of Debian here\n' >&2 && return 1; }
	printf '%s\n' "$mirror"
}
