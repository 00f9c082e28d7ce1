#!/bin/bash
# System calls that fail, that claim to have worked, or that an old kernel does not have, by a seccomp filter in a real container.
# The filter comes with no-new-privileges: the runtime then loads it last, and does not meet it itself.

# shellcheck disable=SC2016 # the dollars are for the shell in the container
# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
need_engines

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

gid_calls=(setgid setregid setresgid)
uid_calls=(setuid setreuid setresuid)
EPERM=1 EAGAIN=11 ENOSYS=38

with_filter "S11_setgroups_fails" 125 '' '^stepdown: ' "$(filter $EPERM setgroups)" -- stepdown --user app probe uid
with_filter "S11_setgroups_lies" 125 '' '^stepdown: ' "$(filter 0 setgroups)" --group-add 2000 -- stepdown --user app probe uid
with_filter "S11_setresgid_fails" 125 '' '^stepdown: ' "$(filter $EPERM "${gid_calls[@]}")" -- stepdown --user app probe uid
with_filter "S11_setresgid_lies" 125 '' '^stepdown: ' "$(filter 0 "${gid_calls[@]}")" -- stepdown --user app probe uid
with_filter "S11_setresuid_fails" 125 '' '^stepdown: ' "$(filter $EPERM "${uid_calls[@]}")" -- stepdown --user app probe uid
with_filter "S11_setresuid_fails_for_a_limit" 125 '' '^stepdown: ' "$(filter $EAGAIN "${uid_calls[@]}")" -- stepdown --user app probe uid
with_filter "S11_setresuid_lies" 125 '' '^stepdown: ' "$(filter 0 "${uid_calls[@]}")" -- stepdown --user app probe uid
with_filter "S12_capset_fails" 125 '' '^stepdown: ' "$(filter $EPERM capset)" -- stepdown --user app --cap net_bind_service probe uid
with_filter "S12_capset_lies" 125 '' '^stepdown: ' "$(filter 0 capset)" -- stepdown --user app --cap net_bind_service probe uid
with_filter "S12_capset_lies_for_root" 125 '' '^stepdown: ' "$(filter 0 capset)" -- stepdown --user 0 --allow-root probe cap
with_filter "S12_prctl_fails" 125 '' '^stepdown: ' "$(filter $EPERM prctl)" -- stepdown --user app probe uid

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

done_testing
