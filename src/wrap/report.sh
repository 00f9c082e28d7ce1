# shellcheck shell=sh
# The report on standard error: before and after, every trial, the proofs, and what is left to a person.

row() {
	printf '  %-14s %s\n' "$1" "$2"
}

# describe_processes FILE: users, capabilities and no_new_privs of a container's processes.
describe_processes() {
	if [ ! -s "$1" ]; then
		row 'run as' 'not seen, because the command ended'
		return
	fi
	row 'run as' "$(name_users "$(cut -f 2-4 "$1" | tr '\t' '\n' | sort -un)")"
	row 'capabilities' "$(describe_caps "$1")"
	row 'no_new_privs' "$(cut -f 8 "$1" | sort -u | sed 's/0/no/; s/1/yes/' | print_list)"
}

describe_caps() {
	all=$(cut -f 6 "$1" | sort | tail -n 1)
	names=$(capability_names "$all")
	[ -z "$names" ] && echo none || echo "$(printf '%s\n' "$names" | tr , '\n' | grep -c .): $names"
}

# describe_writable: what the user may write in the image, with the grants; computed from owners and modes.
describe_writable() {
	if [ -n "$allow_root" ]; then
		case ,$keep_caps, in *,dac_override,*) echo 'every path, as before' ;; *) echo "what belongs to root" ;; esac
		return
	fi
	# shellcheck disable=SC2016 # an awk program
	with_files '
		BEGIN {
			for (path in kind) {
				if (kind[path] == "l") continue
				total++
				if (!is_free(path) && may_write(path)) writable++
			}
			printf "%d of %d paths of the image", writable, total
		}'
	[ "$(grep -cE '^(own|own-top|mkdir)' "$work/grants")" = 0 ] || printf ', among them %s' "$(awk -F '\t' '$1 ~ /^(own|own-top|mkdir)$/ { print $2 }' "$work/grants" | print_list)"
	echo
}

# note_environment: variables that a person must look at.
note_environment() {
	secrets=$(sed -n 's/^\([A-Za-z0-9_]*\(PASS\|SECRET\|TOKEN\|APIKEY\|API_KEY\|PRIVATE\)[A-Za-z0-9_]*\)=..*/\1/p' "$work/environment" | print_list)
	[ -z "$secrets" ] || note_left "The image's environment has secrets ($secrets). Every process and every user of the engine can read them."
	ids=$(sed -n 's/^\(PUID\|PGID\|UID\|GID\|USER_ID\|GROUP_ID\|USERMAP_UID\|USERMAP_GID\)=.*/\1/p' "$work/environment" | print_list)
	[ -z "$ids" ] || note_left "The image has variables for ids ($ids). Its script can no longer use them, because it does not run as root. Write them into --user."
}

# note_configuration: what would be better than the fallback.
note_configuration() {
	[ -n "$allow_root" ] || return 0
	if grep -q 'supervisord' "$work/processes" "$work/command"; then
		note_left 'supervisord: with "user=" removed from its programs, or with stepdown in front of each "command=", supervisord itself needs less.'
	elif grep -qE '(^|[ /'\''])(gosu|su-exec|setpriv|runuser|su)( |'\'')' "$work/command"; then
		note_left 'The command switches users by a program of its own. Without that program in ENTRYPOINT, the service could run as the user from the beginning.'
	elif [ "$other_count" -gt 1 ]; then
		note_left "Programs run as $(name_users "$others"). If each of them gets a container of its own, none needs root."
	else
		note_left 'The service stays root with few capabilities. If its configuration can keep it from switching users, try that first and wrap again.'
	fi
	note_left 'Root with these capabilities can still write what belongs to root. no_new_privs keeps setuid programs from raising.'
}

# print_report: everything on standard error.
print_report() {
	note_environment
	{
		printf '\nreport of stepdown-wrap %s, %s\n' "$wrap_version" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		row image "$image ($image_id, $image_platform)"
		row engine "$engine_name $engine_version"
		row check "${check_text:-}"
		# The values of variables may be passwords, and a report is filed.
		[ -z "$run_text" ] || row 'run options' "$(printf '%s' "$run_text" | sed 's/\(-e\|--env\)\([ =]*["'\'']*[A-Za-z0-9_]*\)=[^ ]*/\1\2=.../g')"
		row 'what was seen' "${class_text:-nothing}"
		row result "$result_text"
		row work "$rounds rounds, $trial_count trials and proofs, $(seconds_since "$began_all") s"
		printf '\nbefore\n'
		[ ! -e "$work/processes" ] || describe_processes "$work/processes"
		[ ! -e "$work/files" ] || [ "$old_user" != root ] || row writable "all $(grep -vc '^l' "$work/files") paths of the image"
		if [ -s "$work/new_processes" ] || [ -n "${check_is_status:-}" ]; then
			printf '\nafter\n'
			describe_processes "$work/new_processes"
			row writable "$(describe_writable)"
		fi
		printf '\ntrials\n'
		awk -F '\t' '{ printf "  %-7s %s\n", $1, $2 }' "$work/trials"
		[ ! -s "$work/proofs" ] || printf '\nproofs (a start that the report does not need is marked "optional")\n'
		awk -F '\t' '{ printf "  %-4s %-9s %s\n", $1, $2 == "" ? "optional" : "", $3 }' "$work/proofs"
		print_refused
		[ ! -s "$work/left" ] || printf '\nleft to you\n'
		sed 's/^/  - /' "$work/left"
	} >&2
}

# print_refused: directories that stepdown gives to nobody, and the refused calls for --trace.
print_refused() {
	if [ -s "${work}/refused" ]; then
		printf '\nnot owned, because they belong to the system\n'
		awk -F '\t' '{ printf "  %s (%s)\n", $1, $2 }' "$work/refused"
	fi
	if [ -s "$work/refused_calls" ]; then
		printf '\nsystem calls that were refused in failed trials\n'
		sed 's/^/  /' "$work/refused_calls"
	fi
}
