# shellcheck shell=sh
# The needs of a failed trial: the refused system calls under strace, and the lines of the log. These are hints; only a trial proves.

# find_hints: writes the lines of hints.awk for the last failed trial to $work/hints.
find_hints() {
	: >"$work/trace"
	[ -z "$tracer" ] || trace_trial
	with_files "$(hints_awk)" "$work/log" "$work/trace" | sort -u >"$work/hints"
	# The kernel refuses a program whose file capabilities the bounding set lacks. stepdown names them.
	sed -n 's/^stepdown: .*lacks the file capabilities.*--cap \([a-z_,]*\).*/cap	\1/p' "$work/log" >>"$work/hints"
	[ -z "$trace" ] || sed 's/^[0-9]* *//' "$work/trace" | sort | uniq -c | sort -rn | head -n 40 >>"$work/refused_calls"
}

# trace_trial: the same trial under strace, as the same user. A setuid program does not become root under it.
trace_trial() {
	say "the same under strace"
	prefix="$tracer -f -qq -y -Z -s 4096 -o /.stepdown-wrap/trace/calls -e trace=%file,%creds,bind,chroot,socket,fchown,fchmod --"
	id=$(start_trial 2>"$work/errors")
	prefix=''
	[ -n "$id" ] || return 0
	check_why=$why
	await "$id" $((limit > 20 ? 20 : limit)) || true
	why=$check_why
	engine cp "$id:/.stepdown-wrap/trace/calls" - 2>/dev/null | tar -xOf - >"$work/trace" 2>/dev/null
	remove_container "$id"
}

# watch_switches: whether the old image sets a uid that is not root's, under the check. Leaves the uids in $switched. A server that goes
# on as root if it cannot switch is found by this only.
watch_switches() {
	count_trial "the old image under strace"
	id=$(eval "start_container --entrypoint /.stepdown-wrap/loader \"\$trial_image\" ${tracer#* } -f -qq -o /.stepdown-wrap/trace/calls \
		-e trace=setuid,setreuid,setresuid,setfsuid -- $entrypoint $command_words" 2>"$work/errors") || return 1
	await "$id" "$limit"
	traced=$?
	engine cp "$id:/.stepdown-wrap/trace/calls" - 2>/dev/null | tar -xOf - >"$work/trace" 2>/dev/null
	remove_container "$id"
	switched=$(sed -n 's/.*set[a-z]*uid[0-9]*(\(.*\)) *= 0.*/\1/p' "$work/trace" | tr -c '0-9\n-' '\n' | sed '/^0*$/d; /^-/d; /^4294967295$/d' | sort -un)
	if [ "$traced" != 0 ]; then
		note_trial failed "the old image under strace: $why"
	else
		became='nobody else'
		[ -z "$switched" ] || became=$(name_users "$switched")
		note_trial passed "the old image under strace: it became $became"
	fi
	[ -n "$switched" ]
}

# note_secrets: files that a user must not be able to read. No group is given for them: the service would hold all passwords or keys.
note_secrets() {
	while IFS='	' read -r kind path; do
		[ "$kind" != secret ] ||
			note_left "As $user_name the service may not read $path. Must it? It was not made readable, because the service and every session would then hold what is in it."
	done <"$work/hints"
}

# take_hints: adds what the hints ask for. Fails if nothing is new.
take_hints() {
	new_caps=''
	while IFS='	' read -r kind path _; do
		case $kind in
		cap) add_capability "$path" ;;
		read) note_left "As $user_name the service may not read $path. If it must, give the file a group of its own in the image." ;;
		esac
	done <"$work/hints"
	grep -E '^(own|own-top|mkdir|home)	' "$work/hints" | merge_grants || [ -n "$new_caps" ]
}

# add_capability NAMES: to --try-cap if it is for ports, else to --cap.
add_capability() {
	case ,$try_caps,$keep_caps, in *,"$1",*) return ;; esac
	new_caps=1
	case $1 in
	net_bind_service) try_caps=${try_caps:+$try_caps,}$1 ;;
	*) keep_caps=${keep_caps:+$keep_caps,}$1 ;;
	esac
}
