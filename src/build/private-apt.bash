# shellcheck shell=bash
# An apt of our own that asks where the machine's asks, with all its state in one directory: the
# machine's own set-up is not touched, and root is not needed.

# The machine's package sources, all as TYPE, into DIRECTORY.
# write_sources TYPE DIRECTORY
write_sources() {
	local type=$1 directory=$2 from

	mkdir "$directory"
	for from in /etc/apt/sources.list.d/*.sources; do
		[[ -f $from ]] || continue
		sed "s/^[Tt]ypes:.*/Types: $type/" "$from" >"$directory/${from##*/}"
	done
	for from in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[[ -f $from ]] || continue
		# A line and its deb-src twin become one.
		sed -n -E "s/^[[:space:]]*deb(-src)?[[:space:]]+/$type /p" "$from" | sort -u \
			>"$directory/${from##*/}"
	done
}

# Afterwards apt-get and apt-cache are the private ones, for packages of ARCHITECTURE (else of the
# machine's), or with deb-src for source packages.
# private_apt DIRECTORY deb|deb-src [ARCHITECTURE]
private_apt() {
	local directory=$1 type=$2 architecture=${3:-}

	mkdir -p "$directory/state/lists/partial" "$directory/cache/archives/partial"
	write_sources "$type" "$directory/sources"
	cat >"$directory/apt.conf" <<-EOF
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$directory/sources";
		Dir::State "$directory/state";
		Dir::State::status "/var/lib/dpkg/status";
		Dir::Cache "$directory/cache";
		Acquire::Languages "none";
	EOF
	if [[ -n $architecture ]]; then
		: >"$directory/status"
		cat >>"$directory/apt.conf" <<-EOF
			APT::Architecture "$architecture";
			APT::Architectures { "$architecture"; };
			Dir::State::status "$directory/status";
		EOF
	fi
	if ((EUID == 0)) && id _apt >/dev/null 2>&1; then
		# apt fetches as this user.
		chmod 755 "$directory"
		chown _apt "$directory"
	fi
	export APT_CONFIG=$directory/apt.conf
	# A source that has none of these fails; the others may do.
	apt-get -qq update || true
}
