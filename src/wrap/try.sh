# shellcheck shell=sh
# Trials: the trial image with stepdown in front of the command, and what makes a trial pass.

# write_options: stepdown's options for the chosen user and the grants, one per line, in $work/step_options.
write_options() {
	{
		printf '%s\n' "--user=$user_spec"
		[ -z "$allow_root" ] || printf '%s\n' --allow-root
		[ -z "$keep_caps" ] || printf '%s\n' "--cap=$keep_caps"
		[ -z "$try_caps" ] || printf '%s\n' "--try-cap=$try_caps"
		[ -z "$new_privileges" ] || printf '%s\n' --allow-new-privs
		[ -n "$allow_root" ] || write_grants
	} >"$work/step_options"
}

# write_grants: the directories and the home. A dollar is doubled, because stepdown fills variables in.
write_grants() {
	for kind in mkdir own own-top; do
		awk -F '\t' -v kind="$kind" '$1 == kind { gsub(/\$/, "$$", $2); list = list ":" $2 }
			END { if (list != "") print "--" kind "=" substr(list, 2) }' "$work/grants"
	done
	# The option is for all of them, so it is there only if the old image made all of them with one mode.
	awk -F '\t' '
		function digit(text) { return (text ~ /^r/ ? 4 : 0) + (text ~ /^.w/ ? 2 : 0) + (text ~ /^..[xst]/ ? 1 : 0) }
		$1 == "mkdir" { mode[$4]; last = $4 }
		END {
			for (each in mode) count++
			if (count == 1 && last != "" && last !~ /[sStT]/ && last != "rwxr-xr-x")
				printf "--mkdir-mode=0%d%d%d\n", digit(substr(last, 1, 3)), digit(substr(last, 4, 3)), digit(substr(last, 7, 3))
		}' "$work/grants"
	home=$(awk -F '\t' '$1 == "env-home" { gsub(/\$/, "$$", $2); print $2; exit }' "$work/grants")
	if [ -n "$home" ]; then
		printf '%s\n' "--home=$home"
	elif grep -q '^home	' "$work/grants" && ! home_is_usable; then
		printf '%s\n' "--home=/home/$user_name" "--mkdir=/home/$user_name"
	fi
}

# home_is_usable: the account has a home, and may write there.
home_is_usable() {
	account_home=$(awk -F : -v uid="$user_uid" '$3 == uid { print $6; exit }' "$work/passwd")
	[ -n "$account_home" ] && [ "$account_home" != / ] &&
		with_files 'END { exit !(kind[directory] == "d" && may_write(directory)) }' "directory=$account_home" </dev/null
}

# start_trial OPTION...: starts the trial image with the options of docker run, and prints the container's id.
start_trial() {
	eval "start_container \"\$@\" --entrypoint /.stepdown-wrap/stepdown \"\$trial_image\" \
		$(quote_lines <"${step_file:-$work/step_options}")-- ${prefix:-} $entrypoint $command_words"
}

# drop_leftovers: of processes, those that the check left behind. The first process of a new container has no_new_privs, which all its
# descendants inherit and none can lose (prctl(2)), so the first process did not start a process without it.
drop_leftovers() {
	awk -F '\t' '
		$1 == 1 { first = $8 }
		{ line[NR] = $0; own[NR] = $8 }
		END { for (i = 1; i <= NR; i++) if (first != "1" || own[i] != "0") print line[i] }'
}

# users_are_right ID: all processes are the chosen user in every way, or the set of effective users is that of the old container. A few
# looks, because a server may still be starting its children.
users_are_right() {
	[ -z "${check_is_status:-}" ] || return 0
	for _ in 1 2 3 4 5 6; do
		list_processes "$1" | drop_leftovers >"$work/processes.$1"
		if [ -n "$allow_root" ]; then
			effective_users "$work/processes.$1" >"$work/users.$1"
			cmp -s "$work/users.$1" "$work/old_users" && return 0
		else
			[ -s "$work/processes.$1" ] && awk -F '\t' -v uid="${expected_uid:-$user_uid}" \
				'$2 != uid || $3 != uid || $4 != uid || $8 == "0" { bad = 1 } END { exit bad }' "$work/processes.$1" && return 0
		fi
		pause
	done
	why="the check passed, but processes run as $(name_users "$(effective_users "$work/processes.$1")")"
	[ -n "$allow_root" ] || why="$why; not all as the user with no_new_privs: $(awk -F '\t' -v uid="${expected_uid:-$user_uid}" \
		'$2 != uid || $3 != uid || $4 != uid || $8 == "0" { print $9 }' "$work/processes.$1" | sort -u | print_list)"
	[ -s "$work/processes.$1" ] || why="the check passed, but then no process was seen: $(last_words "$1")"
	return 1
}

# passes ID LIMIT: the check passes, the users are right, and the check passes once more. Otherwise sets $why.
passes() {
	await "$1" "$2" && users_are_right "$1" || return 1
	[ -z "${check_is_status:-}" ] || return 0
	pause
	await "$1" 5 || {
		why="the check passed once, and then no more: $why"
		return 1
	}
}

# try_options: one trial of $work/step_options. Leaves the log in $work/log. Paths that stepdown refuses are taken out, and
# the trial is made again.
try_options() {
	while :; do
		id=$(start_trial 2>"$work/errors") || { why=$(first_line <"$work/errors") && return 1; }
		passes "$id" "$limit"
		tried=$?
		engine logs "$id" >"$work/log" 2>&1
		remove_container "$id"
		[ "$tried" != 0 ] && drop_refused || return "$tried"
	done
}

# drop_refused: whether stepdown has refused a path, because it is the system's or does not exist. It is then left out.
drop_refused() {
	refused_path=$(sed -n "s/^stepdown: \(checking the volume\|finding the path\): '\(.*\)': .*/\2/p" "$work/log" | head -n 1)
	[ -n "$refused_path" ] && cut -f 2 "$work/grants" | grep -qxF -e "$refused_path" || return 1
	printf '%s\n' "$refused_path" >>"$work/refused_paths"
	printf '%s\t%s\n' "$refused_path" "$(awk -F '\t' -v path="$refused_path" '$2 == path { print $3; exit }' "$work/grants")" >>"$work/refused"
	merge_grants </dev/null
	write_options
}

# try_user: rounds for one candidate, until it passes or no hint is left. Status 0 passed, 1 next candidate, 2 fallback.
try_user() {
	repeated=0
	: >"$work/grants"
	decide_grants
	for _ in 1 2 3 4 5 6 7 8; do
		write_options
		rounds=$((rounds + 1))
		count_trial "as $user_name$(describe_grants)"
		began=$(date +%s)
		if try_options; then
			note_trial passed "as $user_name$(describe_grants): $(seconds_since "$began") s"
			[ -z "$check_user" ] ||
				note_left "The check passes only if it runs as $user_name, too. Root's check may leave files that the service cannot read, and so may \"docker exec\"."
			return 0
		fi
		note_trial failed "as $user_name$(describe_grants): $why"
		say "failed: $why"
		find_hints
		! grep -q '^secret	' "$work/hints" || { note_secrets && return 2; }
		take_hints && repeated=0 && continue
		repeated=$((repeated + 1))
		[ "$repeated" -lt "$repeats" ] || check_as_user || return 1
	done
	return 1
}

# check_as_user: from now on the check runs as the user. Root's check may leave a file that the service cannot read, such as the cookie of
# rabbitmqctl. Fails if it runs so already.
check_as_user() {
	[ -z "$check_user" ] && [ "$old_user" = root ] && runs_in_container || return 1
	check_user=$user_uid:$user_gid
	say "the same with the check as $user_name"
}

# describe_grants: how many directories, for the progress.
describe_grants() {
	grant_count=$(grep -cE '^(own|own-top|mkdir)	' "$work/grants")
	[ "$grant_count" = 0 ] || printf ', %d paths' "$grant_count"
	[ -z "$keep_caps" ] || printf ', --cap=%s' "$keep_caps"
}

# try_candidates: all users in turn. Fails if none passes.
try_candidates() {
	find_candidates >"$work/candidates"
	while IFS='	' read -r candidate candidate_reason <&4; do
		candidate_reason=${candidate_reason##*	}
		allow_root='' keep_caps='' new_privileges='' try_caps='' check_user=''
		! needs_low_port || try_caps=net_bind_service
		choose_user "$candidate" ''
		user_reason=$candidate_reason
		: >"$work/refused"
		: >"$work/refused_paths"
		try_user
		case $? in
		0) return 0 ;;
		2) break ;;
		esac
	done 4<"$work/candidates"
	return 1
}
