# shellcheck shell=sh
# Decides who the service is to be, and what that user must own.

# stop_with TEXT: the report without a Dockerfile, status 1.
stop_with() {
	result_text=$1
	print_report
	exit 1
}

# classify: from the old container's processes to the way that is tried. Sets $class and $class_text.
#   user      the image's USER is not root
#   never     everything runs as root, and nothing switches
#   once      all processes have one uid that is not root's
#   master    root and one other uid
#   session   switches users at work: root with few capabilities
classify() {
	others=$(cut -f 2-4 "$work/processes" | tr '\t' '\n' | sort -un | sed '/^0$/d')
	other_count=$(printf '%s' "$others" | grep -c .)
	if [ "$old_user" != root ]; then
		class=user class_text="the image's USER is $old_user"
	elif [ ! -s "$work/processes" ]; then
		class=never class_text='the command ends by itself'
		[ -e "$work/wanted_status" ] || stop_with "the processes of the old container cannot be seen: they end soon after the check, or the image has no cat and the engine is not on this machine"
	elif awk -F '\t' '$2 != $3 || $3 != $4 { found = 1 } END { exit !found }' "$work/processes"; then
		class=session class_text='a process has an effective uid that differs from its real or saved uid, so it can go back'
	elif [ "$other_count" -gt 1 ]; then
		class=session class_text="processes run as several users: $(name_users "$others")"
	elif [ "$other_count" = 1 ] && cut -f 2-4 "$work/processes" | tr '\t' '\n' | grep -qx 0; then
		class=master class_text="a master runs as root, the others as $(user_of "$others")"
	elif [ "$other_count" = 1 ]; then
		class=once class_text="all processes run as $(user_of "$others")"
	else
		classify_root
	fi
	say "what was seen: $class_text"
}

# name_users UIDS: names by commas.
name_users() {
	for uid in $1; do user_of "$uid"; done | print_list
}

# classify_root: everything runs as root at rest. A login server switches only when somebody logs in.
classify_root() {
	class=never class_text='all processes run as root, and none switches'
	if [ -e "$work/pam" ]; then
		class=session class_text='all processes run as root, and one has loaded libpam, as login servers do'
	elif [ -z "$tracer" ] || ! watch_switches; then
		without_switching || { class=session class_text='all processes run as root at rest, but the check fails without the capabilities SETUID and SETGID'; }
	else
		class=session class_text="all processes run as root at rest, but one became $(name_users "$switched") under the check"
	fi
}

# without_switching: the old image passes without the capabilities to switch. A failure is believed if it repeats.
without_switching() {
	tries=0
	while [ "$tries" -lt "$repeats" ]; do
		tries=$((tries + 1))
		count_trial "the old image without SETUID and SETGID"
		if run_old --cap-drop SETUID --cap-drop SETGID; then
			note_trial passed "the old image without SETUID and SETGID"
			return 0
		fi
		note_trial failed "the old image without SETUID and SETGID: $why"
	done
	return 1
}

# run_old OPTION...: one start of the old image.
run_old() {
	id=$(start_container "$@" "$image_id" 2>"$work/errors") || { why=$(first_line <"$work/errors") && return 1; }
	await "$id" "$limit"
	old_result=$?
	remove_container "$id"
	return "$old_result"
}

# find_candidates: the users to try, one per line: uid, gid or nothing, reason.
find_candidates() {
	case $class in
	session) : ;;
	once | master) printf '%s\t\t%s\n' "$others" "the old processes run as this user" ;;
	user) printf '%s\t\t%s\n' user "the image's USER" ;;
	never)
		{
			candidates_in_command
			cut -f 2 "$work/volume_owners" | sed 's/$/	files in a volume belong to this account/'
			cut -f 3 "$work/added" | sed 's/$/	files that the old image made belong to this account/'
			candidates_in_paths
		} | awk -F '\t' -v passwd="$work/passwd" '
			BEGIN {
				while ((getline line < passwd) > 0) { split(line, part, ":"); if (!(part[3] in name)) name[part[3]] = part[1] }
			}
			$1 == 0 || name[$1] ~ /^(root|daemon|bin|sys|games|man)$/ || seen[$1]++ { next }
			name[$1] == "nobody" { last = $1 "\t\t" $2; next }
			{ print $1 "\t\t" $2 }
			END { if (last != "") print last }'
		if grep -q '^app:' "$work/passwd"; then
			printf 'app\t\tthe image has this account, and no other fits\n'
		else
			printf 'app\t\tno account of the image fits\n'
		fi
		;;
	esac
}

# candidates_in_command: accounts that stand as a word of the command, or behind "=" or ":".
candidates_in_command() {
	tr '=:, ' '[\n*]' <"$work/command" | awk -F : -v passwd="$work/passwd" '
		BEGIN { while ((getline line < passwd) > 0) { split(line, part, ":"); uid[part[1]] = part[3] } }
		$0 in uid { print uid[$0] "\tthe command names this account" }'
}

# candidates_in_paths: accounts of packages that are a part of a path in the command, as tomcat in /usr/share/tomcat10, or redis in
# redis-server. Accounts that every distribution has are left out.
candidates_in_paths() {
	{
		cat "$work/command"
		printf '%s\n' "$image_directory"
		cut -f 9 "$work/processes"
		cat "$work/volumes"
	} | tr '/ ' '[\n*]' | sed 's/[0-9.-]*$//; p; s/-.*//; p; s/d$//' | awk -v passwd="$work/passwd" '
		BEGIN { while ((getline line < passwd) > 0) { split(line, part, ":"); uid[part[1]] = part[3] } }
		/^(root|daemon|bin|sys|sync|games|man|lp|mail|news|uucp|proxy|backup|list|irc|gnats|nobody|_apt|operator|ftp|cron|app)$/ { next }
		$0 in uid { print uid[$0] "\ta path or a process of the service names this account" }'
}

# choose_user UID GID: sets what the trials need: $user_spec, $user_uid, $user_gid, $user_name.
choose_user() {
	user_uid=$1 user_gid=$2
	if [ "$1" = app ]; then
		choose_app
	elif [ "$1" = user ]; then
		choose_image_user
	else
		user_name=$(user_of "$1")
		user_spec=$user_name
		[ -n "$user_gid" ] || user_gid=$(awk -F : -v uid="$1" '$3 == uid { print $4; exit }' "$work/passwd")
		[ -n "$user_gid" ] || user_gid=$(awk -F '\t' -v uid="$1" '$3 == uid { print $5; exit }' "$work/processes")
		[ "$user_name" != "$1" ] || user_spec=$1:${user_gid:=$1}
	fi
}

# choose_app: the account "app" of the image, or a new one with a free number.
choose_app() {
	user_name=app
	user_uid=$(awk -F : '$1 == "app" { print $3; exit }' "$work/passwd")
	user_gid=$(awk -F : '$1 == "app" { print $4; exit }' "$work/passwd")
	user_spec=app
	[ -z "$user_uid" ] || [ "$user_uid" = 0 ] || return 0
	user_uid=10001
	while cut -d : -f 3 "$work/passwd" "$work/group" | grep -qx "$user_uid"; do
		user_uid=$((user_uid + 1))
	done
	user_gid=$user_uid
	# shellcheck disable=SC2016 # stepdown fills the variables in
	user_spec="app=\${PUID:-$user_uid}:\${PGID:-$user_gid}"
}

# choose_image_user: the numbers of USER are those that the old processes have.
choose_image_user() {
	user_uid=$(awk -F '\t' '$1 == 1 { print $3 }' "$work/processes")
	user_gid=$(awk -F '\t' '$1 == 1 { print $5 }' "$work/processes")
	[ -n "$user_uid" ] || user_uid=$(awk -F : -v name="${old_user%%:*}" '$1 == name || $3 == name { print $3; exit }' "$work/passwd")
	[ -n "$user_uid" ] || user_uid=${old_user%%:*}
	[ -n "$user_gid" ] || user_gid=$user_uid
	user_name=$(user_of "$user_uid")
	user_spec=$(printf '%s' "$old_user" | sed 's/\$/$$/g')
	case $user_spec in
	*:* | *[!0-9]*) ;;
	# docker gives a number without an account group 0, stepdown the group of the same number.
	*) [ "$user_name" != "$user_uid" ] || user_spec=$user_spec:$user_gid ;;
	esac
}

# decide_grants: what the chosen user must own at first, in $work/grants: kind, path, reason.
decide_grants() {
	{
		decide_volumes
		with_files "$(decide_awk)" "$work/added" "$work/diff"
		home=$(sed -n 's/^HOME=//p' "$work/environment")
		case $home in '' | / | /root | /root/*) ;; *) printf 'env-home\t%s\tENV HOME of the image\n' "$home" ;; esac
	} | merge_grants
}

# with_files PROGRAM FILE...: runs an awk program that knows the image's files, the chosen user and the command.
with_files() {
	awk_program=$1
	shift
	awk -F '\t' -v files="$work/files" -v passwd="$work/passwd" -v group="$work/group" -v user="$user_uid" -v gid="$user_gid" \
		-v grants="$work/grants" -v command_file="$work/command" -v directory="${image_directory:-/}" -v added="$work/added" -v log_file="$work/log" \
		"$(files_awk)
$awk_program" "$@"
}

# decide_volumes: a volume is owned if nobody but root and the chosen user has files in it.
decide_volumes() {
	while IFS= read -r path; do
		strangers=$(awk -F '\t' -v path="$path" -v user="$user_uid" '$1 == path && $2 != 0 && $2 != user { print $2 }' "$work/volume_owners")
		case $path in
		*:*) note_left "Volume $path: a colon in the path cannot be written in --own. Give the volume to the user by hand." ;;
		*)
			if [ -z "$strangers" ]; then
				printf 'own\t%s\tVOLUME of the image\n' "$path"
			else
				note_left "Volume $path: files belong to $(awk -F '\t' -v path="$path" '$1 == path { print $2 }' "$work/volume_owners" | while read -r uid; do user_of "$uid"; done | print_list). It is not owned, because the owners could not be restored."
			fi
			;;
		esac
	done <"$work/volumes"
}

# merge_grants: adds lines to $work/grants and leaves out what others include or stepdown has refused. Fails if nothing is new.
merge_grants() {
	cp "$work/grants" "$work/grants.old"
	cat "$work/grants.old" - | awk -F '\t' -v refused="$work/refused_paths" '
		BEGIN { while ((getline name < refused) > 0) is_refused[name] = 1 }
		$1 == "left" || is_refused[$2] || seen[$1, $2]++ { next }
		{ line[++n] = $0; what[n] = $1; path[n] = $2; if ($1 == "own") owned[$2] = 1 }
		function covered(i, p) {
			if (what[i] != "own" && what[i] != "own-top")
				return 0
			p = path[i]
			if (what[i] == "own-top" && p in owned)
				return 1
			while (sub(/\/[^\/]*$/, "", p) && p != "")
				if (p in owned)
					return 1
			return 0
		}
		END { for (i = 1; i <= n; i++) if (!covered(i)) print line[i] }' >"$work/grants.new"
	mv "$work/grants.new" "$work/grants"
	! cmp -s "$work/grants" "$work/grants.old"
}
