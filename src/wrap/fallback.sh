# shellcheck shell=sh
# The fallback: the service stays root, with few capabilities.

# Those that are printed anyway, because the smallest set is the smallest for the check only: a server with fewer of these breaks when
# it is used in another way (a terminal of ssh, the job of another user).
usual_caps=chown,dac_override,fowner,kill,setgid,setuid

# try_fallback: sets the options for root. Fails if even all capabilities of the engine do not pass.
try_fallback() {
	allow_root=1 user_spec=root user_name=root user_uid=0 user_gid=0 keep_caps='' try_caps='' new_privileges='' check_user=''
	! needs_low_port || try_caps=net_bind_service
	user_reason=$class_text
	: >"$work/grants"
	engine_caps=$(capability_names "$(awk -F '\t' '$1 == 1 { print $7 }' "$work/processes")")
	[ -n "$engine_caps" ] || engine_caps=chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,setfcap
	if [ -z "$minimal" ]; then
		# Most servers that need one more need sys_chroot, so one trial saves many.
		for list in "$usual_caps" "$usual_caps,sys_chroot"; do
			! try_caps_again "$(known_caps "$list")" "the usual capabilities${list#"$usual_caps"}" || return 0
		done
	fi
	if ! try_caps_again "$engine_caps" "all capabilities of the engine"; then
		new_privileges=1
		try_caps_again "$engine_caps" "all capabilities, and setuid programs" || return 1
		note_left "The service needs setuid programs, so no_new_privs stays off. A setuid program is a way back to root."
	fi
	leave_out
}

# known_caps LIST: those of the list that the engine gives.
known_caps() {
	printf '%s\n' "$1" | tr , '\n' | while read -r name; do
		case ,$engine_caps, in *,"$name",*) echo "$name" ;; esac
	done | paste -s -d , -
}

# try_caps_again LIST TEXT: one trial as root with these; a failure is believed if it repeats.
try_caps_again() {
	keep_caps=$1
	write_options
	tries=0
	while [ "$tries" -lt "$repeats" ]; do
		tries=$((tries + 1))
		rounds=$((rounds + 1))
		count_trial "as root with $2"
		began=$(date +%s)
		if try_options; then
			note_trial passed "as root with $2 ($1): $(seconds_since "$began") s"
			return 0
		fi
		note_trial failed "as root with $2 ($1): $why"
	done
	return 1
}

# leave_out: all capabilities at first, then each left out, several trials at the same time. Then what was found, in one trial.
leave_out() {
	rm -f "$work"/needed.*
	running=0
	for name in $(printf '%s' "$engine_caps" | tr , ' '); do
		[ -n "$minimal" ] || case ,$usual_caps, in *,"$name",*) continue ;; esac
		count_trial "as root without $name"
		try_without "$name" "$repeats" &
		children="$children $!"
		running=$((running + 1))
		if [ "$running" -ge "$side_by_side" ]; then
			wait
			children='' running=0
		fi
	done
	wait
	children=''
	confirm_needed
	needed=''
	for name in $(printf '%s' "$engine_caps" | tr , ' '); do
		[ -e "$work/needed.$name" ] || { [ -z "$minimal" ] && case ,$usual_caps, in *,"$name",*) true ;; *) false ;; esac } || continue
		needed=${needed:+$needed,}$name
	done
	for name in $(printf '%s' "$engine_caps" | tr , ' '); do
		[ ! -e "$work/tried.$name" ] || note_trial "$(cat "$work/tried.$name")" "as root without $name"
	done
	! try_caps_again "$needed" "what was needed" || return 0
	try_caps_again "$engine_caps" "all capabilities again"
}

# confirm_needed: once more without each that seems to be needed, alone, because several trials at once are slow.
confirm_needed() {
	for name in $(printf '%s' "$engine_caps" | tr , ' '); do
		[ -e "$work/needed.$name" ] || continue
		rm -f "$work/needed.$name"
		count_trial "as root without $name, once more"
		try_without "$name" "$((repeats - 1))"
	done
}

# try_without NAME NUMBER: leaves needed.NAME if all of so many trials without it failed.
try_without() {
	(
		trap - EXIT HUP INT TERM
		step_file=$work/step_options.$1
		write_root_options "$1" >"$step_file"
		tries=0
		while [ "$tries" -lt "$2" ]; do
			tries=$((tries + 1))
			id=$(start_trial 2>/dev/null) || continue
			passes "$id" "$limit"
			tried=$?
			remove_container "$id"
			[ "$tried" != 0 ] || { echo passed >"$work/tried.$1" && exit 0; }
		done
		echo failed >"$work/tried.$1"
		: >"$work/needed.$1"
	)
}

# write_root_options NAME: the options of the fallback with all capabilities but this one.
write_root_options() {
	printf '%s\n' --user=root --allow-root "--cap=$(printf '%s\n' "$engine_caps" | tr , '\n' | grep -vx "$1" | paste -s -d , -)"
	[ -z "$new_privileges" ] || printf '%s\n' --allow-new-privs
}
