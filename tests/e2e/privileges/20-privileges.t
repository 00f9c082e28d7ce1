#!/bin/bash
# The command can do nothing more than was asked for, whatever the engine or the caller gave.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines
need_commands capsh setpriv

none=$(capabilities 0000000000000000)
# The sets of a process that could not empty the bounding set, or never had one of its own.
four_sets=(cap.amb cap.eff cap.inh cap.prm)
none_of_four=$(sed /bnd/d <<<"$none")
user='uid 1000 1000 1000 1000'
app=$(identity 1000 1000 "33 44 1000")

# --- in a container -------------------------------------------------------------------------------------------------------------

# A command of the container can do this, and no more.
gives "S12_all_five_sets_are_empty" 0 "$none"$'\nno_new_privs 1\nsecurebits 0000000000000000' '^$' \
	-- stepdown --user app probe cap no_new_privs securebits
gives "a_supervisor_with_few_capabilities_steps_down_for_each_program" 0 "$none_of_four"$'\n'"$app"$'\nno_new_privs 1' '' \
	-- stepdown --user root --allow-root --cap chown,kill,setgid,setuid -- stepdown --user app --own /tmp -- \
	probe "${four_sets[@]}" uid gid groups no_new_privs
gives "S13_setuid_root_program_gives_nothing" 0 "$user"$'\ncap.eff 0000000000000000' '' -- sh -c '
	stepdown --user app probe-suid uid; exec stepdown --user app probe-suid cap.eff'

# Fewer capabilities than the engines give.
few=(--cap-drop ALL --cap-add CHOWN --cap-add NET_RAW --cap-add SETGID --cap-add SETPCAP --cap-add SETUID)
gives "S13_setuid_root_program_has_the_bounding_set_with_allow_new_privs" 0 $'cap.eff 00000000000021c1\nuid 1000 0 0 0\nno_new_privs 0' '' \
	"${few[@]}" -- stepdown --user app --allow-new-privs probe-suid cap.eff uid no_new_privs

# A user who is not root has nothing to step down from.
gives "not_root_runs_as_whoever_that_is" 0 "$none_of_four"$'\n'"$(identity 1000 1000 1000)"$'\nno_new_privs 1' '^$' --user 1000:1000 \
	-- stepdown --strict --user app:app --try-cap net_bind_service probe "${four_sets[@]}" uid gid groups no_new_privs

# --- callers that prepared something, without an engine ---------------------------------------------------------------------------

need_tree

install -m 604 -g 1000 /dev/null "$tree/tmp/denied"
tree_gives "S9_a_file_that_is_denied_to_the_group_stays_closed" 1 '' "can't open '/tmp/denied': Permission denied" -- stepdown --user app:app cat /tmp/denied
tree_gives "S10_start_with_groups_of_root" 0 "groups 27 1000" '^$' setpriv --groups 0,6,27 -- stepdown --user app:app probe groups
kept=+sys_admin,+sys_chroot,+setuid,+setgid,+setpcap
tree_gives "S12_securebits_that_hinder_are_fatal_or_cleared" 0 "$none"$'\n'"$user" '^$' setpriv "--inh-caps=$kept" "--ambient-caps=$kept" \
	--securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked -- stepdown --user app probe cap uid
# The number is SECBIT_NO_CAP_AMBIENT_RAISE.
tree_gives "S12_a_securebit_against_ambient_capabilities_is_cleared" 0 "$(capabilities 0000000000000400)"$'\nsecurebits 0000000000000000' '^$' \
	sh -c 'exec capsh --secbits=64 --shell=/usr/bin/env -- "$@"' sh -- stepdown --user app --cap net_bind_service probe cap securebits
# The process is not root, and has an ambient capability: chroot needs it, and the command may keep it.
one=-all,+sys_chroot
tree_gives "try_cap_not_root_with_an_ambient_capability" 0 "$(capabilities 0000000000040000)"$'\n'"$user" '^$' \
	setpriv --reuid 1000 --regid 1000 --clear-groups "--bounding-set=$one" "--inh-caps=$one" "--ambient-caps=$one" \
	-- stepdown --user app --try-cap sys_chroot,sys_admin probe cap uid

done_testing
