#!/bin/bash
# The messages of tests/common/messages, each brought about by what a user does wrong or by what a container lacks.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tree
need_commands setcap setpriv strace

mkdir -p "$tree/data" "$tree/cache" "$tree/read-only" "$tree/slow" "$tree/srv"/{owned/other,open/deep,mounts/deep,target}
mount -t tmpfs -o mode=755 tmpfs "$tree/read-only"
touch "$tree/read-only/file" && mount -o remount,ro "$tree/read-only"
mount -t tmpfs tmpfs "$tree/srv/mounts/deep"
touch "$tree/srv/owned/other/"{root,app} && chown 999 "$tree/srv/owned/other" && chown 998 "$tree/srv/owned/other/app"
chmod 777 "$tree/srv/open" && ln -s ../target "$tree/srv/open/link" && chown -h 1000 "$tree/srv/open/link"
for name in of-root large nobody linked; do
	touch "$tree/srv/$name" && chown 1000:1000 "$tree/srv/$name"
done
chown 1000:0 "$tree/srv/of-root" && chown 2147483648 "$tree/srv/large" && chown 65534:65534 "$tree/srv/nobody" && ln "$tree/srv/linked" "$tree/srv/other"
printf 'echo a script\n' >"$tree/opt/no-hash-bang"
printf '#!/bin/bash\necho a script\n' >"$tree/opt/no-bash"
# The head of a program for a machine that nobody has built.
{ printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\376\376\1\0\0\0'; head -c 100 /dev/zero; } >"$tree/opt/other-machine"
cp "$shared/tools/probe" "$tree/opt/capable"
cp "$tree/usr/local/bin/stepdown" "$tree/opt/setuid"
cp "$tree/usr/local/bin/stepdown" "$tree/opt/setcap" && setcap cap_setuid,cap_setgid+ep "$tree/opt/setcap"
chmod 755 "$tree"/opt/{no-hash-bang,no-bash,other-machine,capable} && chmod 4755 "$tree/opt/setuid" && setcap cap_net_raw=ep "$tree/opt/capable"
printf '#!/bin/sh\n' >"$tree/opt/not-executable"

# --- the table ------------------------------------------------------------------------------------------------------------------

declare -A said=()
read_messages

# says IDS: the whole answer is these lines, and the last word of an error is what to do.
says() {
	local ids=${1//,/ } wanted='' id

	for id in $ids; do
		wanted+=${wanted:+$'\n'}${line_of[$id]:-"$id is not in the table"}
		said[$id]=yes
	done
	is "$status $errors" "${status_of[$id]:-} $wanted" "message $ids"
	((status == 0)) || [[ $ids == call_that_lies ]] || like "$errors" '\)$' "message $ids: what to do stands at its end"
}

# message IDS WORD...: in the tree, as root with everything that the machine gives.
message() {
	capture in_tree "$tree" "${@:2}"
	says "$1"
}

# message_under IDS PROGRAM... -- WORD...: the same, started by a program outside of the tree.
message_under() {
	capture in_tree_under "$tree" "${@:2}"
	says "$1"
}

# --- who ------------------------------------------------------------------------------------------------------------------------

message user_missing stepdown probe uid
message user_unknown stepdown --user redis probe uid
message user_twice stepdown -u 1000 -u 1001 probe uid
message group_unknown stepdown --user app --group docker probe uid
message root_by_name stepdown --user=root probe uid
message group_0_by_variable env PGID=0 stepdown '--user=1000:${PGID}' probe uid
message value_carriage_return env $'PUID=1000\r' stepdown '--user=${PUID:-1000}' probe uid
message value_colon env PUID=1000:0 stepdown '--user=${PUID}' probe uid
message id_too_large stepdown --user 4294967296 probe uid
message variable_unset stepdown '--user=app=${PUID}' probe uid
message variable_of_a_shell stepdown '--user=$PUID' probe uid
message path_group_0 stepdown --user app --group @/srv/of-root probe uid
message path_owner_too_large stepdown --user @/srv/large probe uid
message path_owner_not_mapped stepdown --user @/srv/nobody probe uid
message path_with_hard_links stepdown --user @/srv/linked probe uid

# --- accounts -------------------------------------------------------------------------------------------------------------------

# with_etc COMMAND IDS WORD...: after COMMAND in a mount namespace of its own, with the tree as working directory.
with_etc() {
	message_under "$2" unshare --mount --propagation private sh -c "cd \"\$0\" && $1 && exec \"\$@\"" "$tree" -- "${@:3}"
}
read_only='mount --bind etc etc && mount -o remount,bind,ro etc'
with_etc "$read_only" account_read_only stepdown --user svc=10001 true
with_etc "$read_only" account_read_only_strict stepdown --user svc=10001 --strict true
with_etc 'mount --bind etc/passwd etc/passwd' account_mount stepdown --user app=1500 true
mv "$tree/etc/passwd" "$tree/etc/passwd.real" && ln -s passwd.real "$tree/etc/passwd"
message account_link stepdown --user app=1500 true
mv "$tree/etc/passwd.real" "$tree/etc/passwd"
echo 'damaged:x:1000' >>"$tree/etc/passwd"
message account_damaged stepdown --user damaged=10001 true

# --- where ----------------------------------------------------------------------------------------------------------------------

message path_relative stepdown --user app --own data probe uid
message path_root stepdown --user app --own / probe uid
message path_of_the_system stepdown --user app --own /etc probe uid
message path_missing stepdown --user app --own /srv/none probe uid
message path_with_carriage_return env $'VOLUMES=/srv/c\r' stepdown --user app '--mkdir=${VOLUMES:-}' probe uid
message path_by_a_link_of_a_user stepdown --user app --own /srv/open/link probe uid
message path_new,path_with_white_space env 'VOLUMES=/srv/a /srv/b' stepdown --user app '--mkdir=${VOLUMES:-}' probe uid
message owners,owners_lost stepdown --user app --own /srv/owned probe uid
message changed,other_mounts stepdown --user app --own /srv/mounts probe uid
message not_only_root sh -c 'stepdown --verbose --user app --own /srv/open/deep true 2>&1 | grep "only root" >&2'
message skipped_read_only,unwritable_read_only stepdown --user app --own /read-only probe uid
message_under skipped_without_chown,unwritable setpriv --bounding-set=-chown -- stepdown --user app --own /data probe uid

# A server that squashes root does not let it change owners (EPERM), or not even look (EACCES). A host can set the owners itself.
if [[ -c /dev/fuse ]] && build_slowfs; then
	mkdir -p "$work/backing/list-EACCES" && touch "$work/backing/EPERM" "$work/backing/ignored"
	mount_slowfs "$work/backing" "$tree/slow" 0
	message skipped_squashed_change stepdown --user app --own /slow/EPERM --strict true
	message changed_squashed,skipped_squashed_look stepdown --user app --own /slow/list-EACCES --strict true
	message skipped_ignored stepdown --user app --own /slow/ignored --strict true
	unmount_slowfs "$tree/slow"
else
	skip "messages about a server" "needs /dev/fuse"
	said[skipped_squashed_change]=no said[skipped_squashed_look]=no said[skipped_ignored]=no said[changed_squashed]=no
fi

# --- the options themselves -----------------------------------------------------------------------------------------------------

message nothing stepdown
message option_with_one_dash stepdown --user app -own /data probe uid
message letter_with_equals_sign stepdown -u=app probe uid
message command_and_setup_only stepdown --user app --setup-only probe uid
ln -s stepdown "$tree/usr/local/bin/setpriv"
message tool_setpriv setpriv app probe uid
message command_missing stepdown --user app --own /data
message option_mistyped stepdown --usr app probe uid
message option_without_value stepdown --user
message umask_not_octal stepdown --user app --umask 999 probe uid
message capability_mistyped stepdown --user app --cap net_bind probe uid

# --- the command ----------------------------------------------------------------------------------------------------------------

message command_unknown stepdown --user app serve
message command_not_executable stepdown --user app /opt/not-executable
message command_without_hash_bang stepdown --user app /opt/no-hash-bang
message command_without_interpreter stepdown --user app /opt/no-bash
message command_for_another_machine stepdown --user app /opt/other-machine
message command_with_capabilities stepdown --user app /opt/capable

# --- the container --------------------------------------------------------------------------------------------------------------

message_under no_setuid setpriv --bounding-set=-setuid -- stepdown --user app probe uid
message_under no_setgid setpriv --bounding-set=-setgid -- stepdown --user app probe uid
message_under no_setuid_and_setgid setpriv --bounding-set=-setuid,-setgid -- stepdown --user app probe uid
message_under no_setpcap setpriv --bounding-set=-setpcap -- stepdown --user 0 --allow-root --allow-new-privs probe uid
message_under no_capability_to_keep setpriv --bounding-set=-net_admin -- stepdown --user app --cap NET_ADMIN probe uid
user=(setpriv --reuid=1001 --regid=1001 --clear-groups --inh-caps=+sys_chroot --ambient-caps=+sys_chroot)
message_under setup_not_root "${user[@]}" -- stepdown --user app --setup-only
message_under not_root "${user[@]}" -- stepdown --user app probe uid
message_under account_not_root "${user[@]/1001/1002}" -- stepdown --user svc=1002 true
# The option is wrong, because nothing may be looked at before.
message_under setuid "${user[@]}" -- /opt/setuid --no-such-option
message_under setuid "${user[@]}" -- /opt/setcap --no-such-option
message_under umask_forbidden strace -f -o /dev/null -e inject=umask:error=EPERM -- stepdown --user app --umask 0027 true
message_under call_that_lies strace -f -o /dev/null -e inject=setresuid:retval=0 -- stepdown --user app probe uid

chown -hR 100000:100000 "$tree" 2>/dev/null
userns=$shared/tools/userns
message_under uid_not_mapped "$userns" "0 100000 10" "0 100000 65536" allow -- stepdown --user 1000:1001 probe
message_under gid_not_mapped "$userns" "0 100000 65536" "0 100000 10" allow -- stepdown --user 1000:1001 probe
message_under setgroups_denied setpriv --groups 6 "$userns" "0 100000 65536" "0 100000 65536" deny -- stepdown --user 1000:1001 probe

# --- the table, once more -------------------------------------------------------------------------------------------------------

# Two of them take a process that stands elsewhere.
for id in account_locked ended_by_signal; do
	grep -qF "line_of[$id]" "$e2e_directory"/*/42-*.t && said[$id]=yes
done
is "$(printf '%s\n' "${!line_of[@]}" | grep -vxFf <(printf '%s\n' "${!said[@]}"))" '' "messages: each line of the table was brought about"
is "$(for id in "${!line_of[@]}"; do printf '%s\n' "${status_of[$id]} ${line_of[$id]}"; done | sort | uniq -d)" '' "messages: no two lines are alike"
done_testing
