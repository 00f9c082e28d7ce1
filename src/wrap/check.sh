# shellcheck shell=sh
# The check: --check and --check-host, else the image's HEALTHCHECK, else the ports of the old container.

# choose_check: sets $check_kind and the words for the report.
choose_check() {
	check_seconds=30
	if [ -n "$check$check_host" ]; then
		check_kind=given
		check_text="${check:+in the container: $check}${check_host:+${check:+; }on this machine: $check_host}"
	elif [ -n "$health_kind" ] && [ "$health_kind" != NONE ]; then
		check_kind=health
		check_text="the image's own HEALTHCHECK"
	else
		check_kind=ports
		check_text="none given: the same listening ports, or the same exit status"
		note_left "No --check was given, so only ports or the exit status were compared. A service that answers wrongly passes. Give --check."
	fi
}

# limited COMMAND...: a check that hangs has failed.
limited() {
	if command -v timeout >/dev/null 2>&1; then
		timeout -k 1 "$check_seconds" "$@"
	else
		"$@"
	fi
}

# exec_check ID WORD...: runs a command of the check in the container, as the old image's user.
exec_check() {
	checked=$1
	shift
	set -- "$checked" "$@"
	if [ -n "$check_user" ]; then
		set -- --user "$check_user" "$@"
	elif [ "$old_user" != root ]; then
		set -- --user "$old_user" "$@"
	fi
	limited "$docker" exec "$@" </dev/null >"$work/check_output.$checked" 2>&1
}

# check_once ID: runs the check once.
check_once() {
	case $check_kind in
	given)
		[ -z "$check" ] || exec_check "$1" sh -c "$check" || return 1
		[ -z "$check_host" ] || check_on_host "$1"
		;;
	health)
		eval "exec_check \"\$1\" $health_command_words"
		;;
	ports) ports_are_open "$1" ;;
	esac
}

check_on_host() {
	pid=$(engine inspect --type container --format '{{.State.Pid}}' "$1" 2>/dev/null)
	CONTAINER=$1 PID=$pid DOCKER=$docker limited sh -c "$check_host" </dev/null >"$work/check_output.$1" 2>&1
}

# ports_are_open ID: the first container defines the ports: those that stay the same for three looks. A container that ended with 0
# defines that status.
ports_are_open() {
	if [ ! -e "$work/wanted_ports" ]; then
		list_ports "$1" >"$work/now_ports"
		if cmp -s "$work/now_ports" "$work/last_ports"; then steady=$((${steady:-0} + 1)); else steady=0; fi
		mv "$work/now_ports" "$work/last_ports"
		[ "$steady" -ge 6 ] && { [ -s "$work/last_ports" ] || [ "$steady" -ge 30 ]; } || return 1
		cp "$work/last_ports" "$work/wanted_ports"
	fi
	# Without ports a container passes if it still runs after a few looks.
	echo >>"$work/looks.$1"
	[ -s "$work/wanted_ports" ] || [ "$(grep -c '' "$work/looks.$1")" -ge 10 ] || return 1
	list_ports "$1" >"$work/open_ports.$1"
	[ -z "$(comm -23 "$work/wanted_ports" "$work/open_ports.$1")" ]
}

# runs_in_container: whether the check needs a running container, whose state need not be asked then.
runs_in_container() {
	[ "$check_kind" = health ] || [ -n "$check" ]
}

# await ID LIMIT: waits until the check passes. Otherwise sets $why.
await() {
	deadline=$(($(date +%s) + $2))
	while :; do
		# A check in the container passes in a running container only.
		! runs_in_container || ! check_once "$1" || return 0
		set -- "$1" "$2" "$(container_state "$1")"
		case $3 in
		running* | created* | initialized*)
			runs_in_container || ! check_once "$1" || return 0
			;;
		exited* | stopped* | dead*)
			[ "$check_kind" != ports ] || ! ends_as_before "${3#* }" || return 0
			why=$(last_words "$1")
			why="it ended with status ${3#* }: ${why:-it printed nothing}"
			return 1
			;;
		esac
		if [ "$(date +%s)" -ge "$deadline" ]; then
			why="the check did not pass in $2 s: $(first_line <"$work/check_output.$1" 2>/dev/null | cut -c 1-200)"
			return 1
		fi
		pause
	done
}

# ends_as_before STATUS: a command that ends by itself, with the status of the old image.
ends_as_before() {
	[ -e "$work/wanted_ports" ] && [ ! -e "$work/wanted_status" ] && return 1
	[ -e "$work/wanted_status" ] || { [ "$1" = 0 ] && echo 0 >"$work/wanted_status" && : >"$work/wanted_ports" && check_is_status=1; } || return 1
	[ "$(cat "$work/wanted_status")" = "$1" ]
}
