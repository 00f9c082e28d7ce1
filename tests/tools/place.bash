# shellcheck shell=bash
# Chooses $place, the directory of all temporary files: TMPDIR, or /tmp or /var/tmp if that does not do.
#
# Podman takes no run root of more than 50 bytes. The tests make devices and setuid programs, so the mount allows them. A directory in
# a user's home has parents that somebody may exchange, or that nobody else may enter.

place=${TMPDIR:-/tmp}
for candidate in "$place" /tmp /var/tmp; do
	if ((${#candidate} <= 8)) && [[ -w $candidate && ! $(findmnt -no OPTIONS -T "$candidate" 2>/dev/null) =~ nosuid|nodev|noexec ]]; then
		place=$candidate
		break
	fi
done
export TMPDIR=$place
