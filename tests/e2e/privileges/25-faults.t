#!/bin/bash
# System calls that fail or that an old kernel does not have, by a seccomp filter in a real container. tests/faults lets each call fail and
# lie.
# The filter comes with no-new-privileges: the runtime then loads it last, and does not meet it itself.

# shellcheck disable=SC2016 # the dollars are for the shell in the container
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_real_engines

none=$(capabilities 0000000000000000)

# filter ERRNO CALL…: prints the path of a profile in which these calls give ERRNO; 0 is a lie.
filter() {
	local file

	file=$work/seccomp.$1.$2
	printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [%s], "action": "SCMP_ACT_ERRNO", "errnoRet": %d}]}\n' \
		"$(printf '"%s",' "${@:2}" | sed 's/,$//')" "$1" >"$file"
	printf '%s\n' "$file"
}

# with_filter NAME STATUS OUTPUT PATTERN FILTER [ENGINE OPTION]... -- COMMAND…
with_filter() {
	gives "$1" "$2" "$3" "$4" --security-opt no-new-privileges --security-opt "seccomp=$5" "${@:6}"
}

EPERM=1 ENOSYS=38

with_filter "an_old_kernel" 0 "$none"$'\nuid 1000 1000 1000 1000' '' \
	"$(filter $ENOSYS openat2 statx faccessat2 close_range fchmodat2 clone3)" --tmpfs /data -- \
	sh -c 'mkdir /data/sub; touch /data/sub/file; stepdown --user app --own /data probe cap uid && stat -c %u /data/sub/file >/data/owner
		test "$(cat /data/owner)" = 1000'
with_filter "S36_chown_is_forbidden" 0 'uid 1000 1000 1000 1000' "'/data.*not permitted" \
	"$(filter $EPERM chown fchown lchown fchownat)" --tmpfs /data -- stepdown --user app --own /data probe uid
with_filter "S36_chown_is_forbidden_and_strict" 125 '' "'/data.*not permitted" \
	"$(filter $EPERM chown fchown lchown fchownat)" --tmpfs /data -- stepdown --user app --own /data --strict probe uid
with_filter "S23_standard_streams_that_cannot_be_given_are_no_failure" 0 'uid 1000 1000 1000 1000' '^$' \
	"$(filter $EPERM chown fchown lchown fchownat)" -- stepdown --user app probe uid

# --- S39: a call whose error is no answer -------------------------------------------------------------------------------------

# A private directory of the former user, which root may not look into without CAP_DAC_OVERRIDE, but its owner may. What cannot be
# looked at is left and told; the start ends, and the command runs.
three=(--cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID)
private='mkdir -m 700 /data/private && touch /data/private/file && chown -R 999:999 /data/private && exec stepdown --user app --own /data id -u'
for errno in 1 13 38; do
	with_filter "S39_setfsuid_ends_with_$errno" 0 1000 "skipped: 1 of [0-9]+, the first is '/data/private': Permission denied" \
		"$(filter "$errno" setfsuid)" "${three[@]}" --tmpfs /data -- sh -c "$private"
done
with_filter "S39_setfsuid_lies" 0 1000 "the first is '/data/private': Permission denied" \
	"$(filter 0 setfsuid)" "${three[@]}" --tmpfs /data -- sh -c "$private"
with_filter "S39_setfsuid_works" 0 1000 "entries changed: 3 of 3" \
	"$(filter 1 vhangup)" "${three[@]}" --tmpfs /data -- sh -c "$private"

# --- S40: kernels that do not tell where another mount begins by one call or the other ---------------------------------------------

mkdir -p "$work/vol/mount" "$work/outside/deep" && touch "$work/vol/file" "$work/outside/secret" "$work/outside/deep/secret"
turn=1 # one engine for each, because they share the volume
# stays NAME PATTERN FILTER [ENGINE OPTION]...: a directory of the same file system is mounted in the volume.
stays() {
	local name=$1 pattern=$2 profile=$3

	chown -R 0:0 "$work/vol"
	shift 3
	with_filter "$name" 0 'uid 1000 1000 1000 1000' "$pattern" "$profile" --volume "$work/vol:/vol" --volume "$work/outside:/vol/mount" "$@" -- \
		stepdown --user app --own /vol probe uid
	is "$(find "$work/outside" ! -user 0)" '' "$name: nothing on the other mount has changed owner"
}
for errno in $EPERM $ENOSYS; do
	stays "S40_mounts_by_statx, $errno" 'entries changed: 2 of 2' "$(filter "$errno" openat2)"
	stays "S40_mounts_by_handle, $errno" 'entries changed: 2 of 2' "$(filter "$errno" openat2 statx)"
	stays "S40_mounts_by_fdinfo, $errno" 'entries changed: 2 of 2' "$(filter "$errno" openat2 statx name_to_handle_at)"
done

# --- S49: the end of a thread is known by the kernel's word -------------------------------------------------------------------------

# shellcheck disable=SC2034
many_starts='mkdir -p /data/a /data/b /data/c /data/d && i=0
	while [ $i -lt 200 ]; do
		chown -R 0:0 /data
		stepdown --quiet --user app --own /data --own-jobs 8 true || echo "start $i ended with $?"
		i=$((i + 1))
	done
	echo $i'
for errno in 1 3; do
	with_filter "S49_tgkill_ends_with_$errno" 0 200 '' "$(filter "$errno" tgkill)" --tmpfs /data -- sh -c "$many_starts"
done

done_testing
