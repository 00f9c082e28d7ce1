#!/bin/bash
# What the command can still do: nothing more than was asked for, whatever the engine or the caller gave.

# shellcheck disable=SC2016 # the dollars are for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines

none=$(capabilities 0000000000000000)
bind=$(capabilities 0000000000000400)
app=$(identity 1000 1000 "33 44 1000")

gives "S12_all_five_sets_are_empty" 0 "$none"$'\nno_new_privs 1\nsecurebits 0000000000000000' '^$' \
	-- stepdown --user app probe cap no_new_privs securebits
for name in net_bind_service CAP_NET_BIND_SERVICE Cap_Net_Bind_Service; do
	gives "cap_keeps_what_is_named_in_all_sets: $name" 0 "$bind"$'\nuid 1000 1000 1000 1000\nno_new_privs 1' '' \
		-- stepdown --user app --cap "$name" probe cap uid no_new_privs
done
gives "cap_takes_a_list" 0 "$(capabilities 0000000000000480)" '' \
	-- stepdown --user app --cap net_bind_service,setuid probe cap
gives "cap_for_root_that_is_allowed" 0 "$bind" '' -- stepdown --user 0 --allow-root --cap net_bind_service probe cap
gives "cap_that_the_engine_did_not_give" 125 '' 'sys_admin|SYS_ADMIN' -- stepdown --user app --cap sys_admin probe cap
few=(--cap-drop ALL --cap-add CHOWN --cap-add NET_RAW --cap-add SETGID --cap-add SETPCAP --cap-add SETUID)
bounding=00000000000021c1
gives "S13_allow_new_privs_keeps_the_bounding_set_and_no_other" 0 "$(capabilities 0000000000000000 | sed "s/bnd .*/bnd $bounding/")"$'\nno_new_privs 0' '^$' \
	"${few[@]}" -- stepdown --user app --allow-new-privs probe cap no_new_privs
gives "S13_allow_new_privs_with_cap" 0 "$(capabilities 0000000000002000 | sed "s/bnd .*/bnd $bounding/")"$'\nno_new_privs 0' '^$' \
	"${few[@]}" -- stepdown --user app --allow-new-privs --cap net_raw probe cap no_new_privs

# --try-cap: what is there of it, in all five sets, and never an error. The last line of all five is what a restricted start has.
without="keeping capabilities: 'cap_net_bind_service': missing in the container \\(the command runs without\\)"
gives "try_cap_as_root" 0 "$bind"$'\nuid 1000 1000 1000 1000\nno_new_privs 1' '^$' \
	-- stepdown --user app --strict --try-cap net_bind_service,sys_admin probe cap uid no_new_privs
gives "try_cap_and_cap_add_up" 0 "$(capabilities 0000000000000480)" '' \
	-- stepdown --user app --cap setuid --try-cap net_bind_service,sys_admin --try-cap sys_time probe cap
gives "try_cap_that_root_lacks" 0 "$none" "$without" "${few[@]}" \
	-- stepdown --user app -v --strict --try-cap net_bind_service probe cap
gives "try_cap_of_what_is_no_capability" 125 '' "^stepdown: --try-cap: 'net_bind': there is no such" \
	-- stepdown --user app --try-cap net_bind probe cap
gives "try_cap_not_root" 0 "$(sed /bnd/d <<<"$none")"$'\nuid 1000 1000 1000 1000\nno_new_privs 1' '^$' --user 1000:1000 \
	-- stepdown --user app --strict --try-cap net_bind_service probe cap.amb cap.eff cap.inh cap.prm uid no_new_privs
gives "try_cap_restricted" 0 "$none" "$without" --user 1000:1000 --cap-drop ALL --security-opt no-new-privileges \
	-- stepdown --user app -v --try-cap net_bind_service probe cap

gives "S9_a_file_that_is_denied_to_the_group_stays_closed" 0 EACCES '' -- sh -c '
	echo secret >/tmp/denied; chown root:app /tmp/denied; chmod 604 /tmp/denied
	exec stepdown --user app:app probe open /tmp/denied'
gives "S10_groups_of_root_are_gone" 0 "$app"$'\nEACCES' '' --group-add 6 --group-add 10 -- sh -c '
	echo secret >/tmp/disk; chown root:disk /tmp/disk; chmod 640 /tmp/disk
	stepdown --user app probe uid gid groups; exec stepdown --user app probe open /tmp/disk'
gives "S11_root_is_out_of_reach" 0 EPERM '' -- stepdown --user app probe setuid0
gives "S13_setuid_root_program_gives_nothing" 0 $'uid 1000 1000 1000 1000\ncap.eff 0000000000000000' '' -- sh -c '
	stepdown --user app probe-suid uid; exec stepdown --user app probe-suid cap.eff'
gives "S13_setuid_root_program_has_the_bounding_set_with_allow_new_privs" 0 \
	"cap.eff $bounding"$'\nuid 1000 0 0 0\nno_new_privs 0' '' "${few[@]}" \
	-- stepdown --user app --allow-new-privs probe-suid cap.eff uid no_new_privs

# Fewer capabilities than the engines give.
gives "setuid_and_setgid_are_enough" 0 "$(capabilities 0000000000000000 | sed '/bnd/d')
$app
no_new_privs 1" '' --cap-drop ALL --cap-add SETUID --cap-add SETGID \
	-- stepdown --user app probe cap.amb cap.eff cap.inh cap.prm uid gid groups no_new_privs
gives "setuid_setgid_and_chown" 0 "$app" '' --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add CHOWN \
	-- stepdown --user app --own /tmp probe uid gid groups
gives "a_supervisor_with_few_capabilities_steps_down_for_each_program" 0 "$(sed /bnd/d <<<"$none")
$app
no_new_privs 1" '' -- stepdown --user root --allow-root --cap chown,kill,setgid,setuid \
	-- stepdown --user app --own /tmp -- probe cap.amb cap.eff cap.inh cap.prm uid gid groups no_new_privs
gives "S30_no_capabilities" 125 '' "'cap_setgid,cap_setuid'.*--cap-add" --cap-drop ALL -- stepdown --user app probe uid
gives "S30_no_setgid" 125 '' "'cap_setgid'.*--cap-add" --cap-drop ALL --cap-add SETUID -- stepdown --user app probe uid
gives "S30_no_setuid" 125 '' "'cap_setuid'.*--cap-add" --cap-drop ALL --cap-add SETGID -- stepdown --user app probe uid
gives "S33_without_setpcap_new_privileges_are_refused_to_uid_0" 125 '' "'cap_setpcap'.*--cap-add" \
	--cap-drop ALL --cap-add SETUID --cap-add SETGID -- stepdown --user 0 --allow-root --allow-new-privs probe uid
gives "without_chown_a_volume_is_told" 0 "uid 1000 1000 1000 1000" '--cap-add CHOWN' \
	--cap-drop ALL --cap-add SETUID --cap-add SETGID -- stepdown --user app --own /home probe uid

# Other ways to start a container.
gives "read_only" 0 "$app" '' --read-only -- stepdown --user app probe uid gid groups
gives "read_only_account_is_used_by_number" 0 "$(identity 10001 10001 10001)" "'svc': Read-only" \
	--read-only -- stepdown --user svc=10001:10001 probe uid gid groups
gives "engine_sets_no_new_privileges" 0 "$app" '' --security-opt no-new-privileges -- stepdown --user app probe uid gid groups
gives "init_in_front" 0 $'uid 1000 1000 1000 1000\npid other' '' --init -- stepdown --user app probe uid pid
for engine in $engines; do
	capture run_in "$engine" sd-busybox --tty -- stepdown --user app probe uid gid groups
	is "$(tr -d '\r' <<<"$output")" "$app" "terminal: $engine"
done

# Not root: nothing to step down from.
gives "not_root_runs_as_whoever_that_is" 0 "$(identity 1000 1000 1000)
no_new_privs 1" '' --user 1000:1000 -- stepdown --user app probe uid gid groups no_new_privs
gives "not_root_and_another_user" 0 "uid 1234 1234 1234 1234" 'stepdown: .*(app|1000)' --user 1234:1234 \
	-- stepdown --user app --own /root --mkdir /new probe uid
gives "not_root_gives_up_its_capabilities" 0 "$(sed /bnd/d <<<"$none")" '' --user 1000:1000 \
	-- stepdown --user app probe cap.amb cap.eff cap.inh cap.prm
gives "not_root_strict_with_the_user_asked_for" 0 "uid 1000 1000 1000 1000" '' --user 1000:1000 \
	-- stepdown --strict --user app:app probe uid
gives "not_root_keeps_new_privileges_if_they_are_allowed" 0 $'uid 1000 1000 1000 1000\nno_new_privs 0' '^$' --user 1000:1000 \
	-- stepdown --strict --user app --allow-new-privs probe uid no_new_privs
gives "a_kept_capability_counts_when_it_is_checked_who_can_write" 0 'uid 1000 1000 1000 1000' '^$' -- sh -c \
	'mkdir -m 700 /root/data && exec stepdown --strict --user app --cap dac_override --mkdir /root/data/there/in probe uid 2>/dev/null'
gives "S26_a_variable_cannot_choose_group_0" 125 '' 'a variable has chosen group 0' --env PGID=0 \
	-- stepdown --user 'app=${PUID:-1000}:${PGID:-1000}' probe uid
gives "not_root_strict_with_another_user" 125 '' '^stepdown: ' --user 1001:1001 -- stepdown --strict --user app probe uid

# Callers that prepared something; the tree is entered without an engine.
tree=$(copy_tree privileges)
stepdown_under() {
	capture timeout -k 5 60 env -i HOME=/root PATH="$image_path:$PATH" "$@"
}
stepdown_under setpriv --inh-caps=+sys_admin --ambient-caps=+sys_admin --securebits=+no_setuid_fixup \
	chroot "$tree" stepdown --user app probe cap uid
result "S12_inheritable_and_ambient_sets_are_emptied" 0 "$none"$'\nuid 1000 1000 1000 1000'
kept=+sys_admin,+sys_chroot,+setuid,+setgid,+setpcap
stepdown_under setpriv --inh-caps=$kept --ambient-caps=$kept --securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked \
	chroot "$tree" stepdown --user app probe cap uid
if ((status == 125)); then
	like "$errors" '^stepdown: ' "S12_securebits_that_hinder_are_fatal_or_cleared"
else
	result "S12_securebits_that_hinder_are_fatal_or_cleared" 0 "$none"$'\nuid 1000 1000 1000 1000'
fi
# The process is not root, and has an ambient capability: chroot needs it, and the command keeps it.
one=-all,+sys_chroot
stepdown_under setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set=$one --inh-caps=$one --ambient-caps=$one \
	chroot "$tree" stepdown --user app --try-cap sys_chroot,sys_admin probe cap uid
result "try_cap_not_root_with_an_ambient_capability" 0 "$(capabilities 0000000000040000)"$'\nuid 1000 1000 1000 1000' '^$'
stepdown_under setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set=$one --inh-caps=$one --ambient-caps=$one \
	chroot "$tree" stepdown --user app --try-cap sys_admin probe cap.amb cap.eff cap.inh cap.prm
result "try_cap_not_root_keeps_no_other" 0 "$(sed /bnd/d <<<"$none")" '^$'
stepdown_under setpriv --groups 0,6,27 chroot "$tree" stepdown --user app:app probe groups
result "S10_start_with_groups_of_root" 0 "groups 27 1000"
stepdown_under chroot "$tree" stepdown --user app probe cap uid no_new_privs threads
result "S34_no_proc" 0 "$none"$'\nuid 1000 1000 1000 1000\nno_new_privs 1\nthreads -1'
mkdir -p "$tree/proc"
stepdown_under unshare --mount --propagation private sh -c '
	mount --bind /proc "$1/proc" && exec unshare --pid --fork chroot "$1" stepdown --user app probe cap uid' sh "$tree"
result "S34_proc_of_another_pid_namespace" 0 "$none"$'\nuid 1000 1000 1000 1000'
stepdown_under unshare --mount --propagation private sh -c '
	mount -t proc proc "$1/proc" && exec chroot "$1" stepdown --user app probe threads' sh "$tree"
result "S31_one_thread" 0 "threads 1"

install -m 4755 "$tree/usr/local/bin/stepdown" "$tree/usr/local/bin/stepdown-suid"
install -m 2755 -g 33 "$tree/usr/local/bin/stepdown" "$tree/usr/local/bin/stepdown-sgid"
for name in stepdown-suid stepdown-sgid; do
	stepdown_under chroot --userspec=65534:65534 "$tree" "$name" --user app probe uid
	result "S25_installed_with_special_bits: $name" 125 '' '^stepdown: .*set[ug]id'
done

# User namespaces of other shapes.
userns() {
	stepdown_under "$shared/tools/userns" "$@"
}
userns "0 0 1" "0 0 1" deny chroot "$tree" stepdown --user app probe uid
result "user_namespace_with_one_id_says_that_the_id_is_not_mapped" 125 '' '1000.*not mapped'
stepdown_under setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user \
	chroot "$tree" stepdown --user app probe uid
result "unshare_map_root_user" 125 '' 'not mapped|setgroups'
userns "0 100000 10,2000 102000 1" "0 100000 10,2000 102000 1" allow chroot "$tree" stepdown --user 1000:1000 probe uid
result "user_namespace_with_few_ids_says_that_the_id_is_not_mapped" 125 '' '1000.*not mapped'
userns "0 100000 10,2000 102000 1" "0 100000 10,2000 102000 1" allow chroot "$tree" stepdown --user 2000:2000 probe uid gid groups
result "user_namespace_with_few_ids_of_which_it_is_one" 0 "$(identity 2000 2000 2000)"
userns "0 100000 65536" "0 100000 65536" allow chroot "$tree" stepdown --user app probe uid gid groups cap
result "user_namespace_with_all_ids" 0 "$none"$'\n'"$app"
stepdown_under setpriv --groups 0,6 "$shared/tools/userns" "0 100000 65536" "0 100000 65536" deny \
	chroot "$tree" stepdown --user app probe uid
result "S10_user_namespace_with_setgroups_denied" 125 '' setgroups
userns "0 100000 65536" "0 100000 1" allow chroot "$tree" stepdown --user app:0 probe uid gid
result "user_namespace_with_the_group_mapped" 0 $'uid 1000 1000 1000 1000\ngid 0 0 0 0'
userns "0 100000 65536" "0 100000 1" allow chroot "$tree" stepdown --user 1000:1000 probe uid
result "user_namespace_without_the_group" 125 '' '1000.*not mapped'

done_testing
