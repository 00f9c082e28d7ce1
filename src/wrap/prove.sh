# shellcheck shell=sh
# The proofs: the printed Dockerfile is built, and its image is started in every way that the report states.

# build_new: builds the Dockerfile. Sets $new_image.
build_new() {
	mkdir -p "$work/context"
	cp "$stepdown" "$work/context/stepdown" && chmod 755 "$work/context/stepdown"
	print_dockerfile "$label" >"$work/Dockerfile"
	rm -f "$work/image_id"
	if [ -z "$image_name" ]; then
		DOCKER_BUILDKIT=0 && export DOCKER_BUILDKIT
	fi
	engine build --network none --force-rm --iidfile "$work/image_id" --file "$work/Dockerfile" "$work/context" >"$work/build_log" 2>&1 || {
		why="the Dockerfile cannot be built: $(tail -n 3 "$work/build_log" | tr '\n' ' ')"
		return 1
	}
	new_image=$(cat "$work/image_id")
}

# start_new OPTION...: starts the built image.
start_new() {
	start_container "$@" "$new_image"
}

# prove_start OPTION...: one start of the new image that passes.
prove_start() {
	id=$(start_new "$@" 2>"$work/errors.$proof") || { why=$(first_line <"$work/errors.$proof") && return 1; }
	passes "$id" "$limit"
	proved=$?
	[ "$proved" != 0 ] || cp "$work/processes.$id" "$work/new_processes.$proof" 2>/dev/null
	remove_container "$id"
	return "$proved"
}

prove_fresh() {
	prove_start
}

prove_health() {
	id=$(start_new 2>"$work/errors.$proof") || { why=$(first_line <"$work/errors.$proof") && return 1; }
	passes "$id" "$limit" || { remove_container "$id" && return 1; }
	proved=1
	why='the health check failed'
	for _ in 1 2 3 4 5; do
		if eval "limited \"\$docker\" exec \"\$id\" /usr/local/bin/stepdown $(quote_lines <"$work/health_options")-- $health_command_words" \
			</dev/null >"$work/health_output" 2>&1; then
			proved=0
			break
		fi
		why="the health check failed: $(first_line <"$work/health_output" | cut -c 1-200)"
		pause
	done
	remove_container "$id"
	return "$proved"
}

# restarted IMAGE: starts, stops and starts the same container.
restarted() {
	id=$(start_container "$1" 2>"$work/errors.$proof") || { why=$(first_line <"$work/errors.$proof") && return 1; }
	shift
	await "$id" "$limit" && engine restart --time 20 "$id" >/dev/null 2>&1 && "$@" "$id" "$limit"
	proved=$?
	remove_container "$id"
	return "$proved"
}

prove_restart() {
	restarted "$new_image" passes && return
	failed=$why
	! restarted "$image_id" await && why="$failed (and so does the old image)" && like_old=1
	[ -n "${like_old:-}" ] || why=$failed
	return 1
}

# make_volumes: a labelled volume for each VOLUME; sets $mounts, quoted for the shell.
make_volumes() {
	mounts=''
	number=0
	while IFS= read -r path <&5; do
		number=$((number + 1))
		volume=$(engine volume create --label "$label" "$run_name-$proof-$turn-$number") || return 1
		mounts="$mounts$(printf '%s\n' --volume "$volume:$path" | quote_lines)"
	done 5<"$work/volumes"
}

# use_volumes IMAGE COMMAND: starts the image on the volumes, waits by the command, and stops it.
use_volumes() {
	id=$(eval "start_container $mounts \"\$1\"" 2>"$work/errors.$proof") || { why=$(first_line <"$work/errors.$proof") && return 1; }
	"$2" "$id" "$limit"
	used=$?
	engine stop --time 20 "$id" >/dev/null 2>&1
	engine logs "$id" 2>&1 | grep '^stepdown: owning' >"$work/owning.$proof"
	remove_container "$id"
	return "$used"
}

# prove_handed_over: volumes that the old image filled, handed to the new one.
prove_handed_over() {
	make_volumes && use_volumes "$image_id" await && use_volumes "$new_image" passes
}

# prove_way_back: and then the old image on them again.
prove_way_back() {
	prove_handed_over || return 1
	use_volumes "$image_id" await && return 0
	failed=$why
	turn=$turn-old
	if make_volumes && use_volumes "$image_id" await && ! use_volumes "$image_id" await; then
		failed="$failed (and so does the old image on its own volumes)" like_old=1
	fi
	why=$failed
	return 1
}

# needed_caps: what a start needs if all capabilities are dropped.
needed_caps() {
	printf '%s\n' "chown,setgid,setuid${keep_caps:+,$keep_caps}${try_caps:+,$try_caps}" | tr , '\n' | sort -u
}

# prove_few_caps: the check runs as the user, because root lacks DAC_OVERRIDE there; then as root, if the user may not run it.
prove_few_caps() {
	set -- --cap-drop ALL
	for name in $(needed_caps); do
		set -- "$@" --cap-add "$name"
	done
	check_user=$user_uid:$user_gid
	prove_start "$@" && return
	check_user=''
	prove_start "$@"
}

prove_ports() {
	prove_start --sysctl net.ipv4.ip_unprivileged_port_start=1024
}

# read_only_options: podman would leave some directories writable.
read_only_options() {
	[ "$engine_name" != podman ] || echo --read-only-tmpfs=false
	echo --read-only
}

prove_read_only() {
	# shellcheck disable=SC2046 # the options are words
	prove_start $(read_only_options)
}

# written_directories: where the old image wrote, what it made, and what the user owns, without volumes.
written_directories() {
	{
		awk -F '\t' -v files="$work/files" '
			BEGIN { while ((getline < files) > 0) kind[$5] = $1 }
			$1 ~ /^(mkdir|own-top|own)$/ && kind[$2] != "-" { print $2 }' "$work/grants"
		awk -F '\t' '$1 == "A" { added[$2] = 1; path[++n] = $2 } END { for (i = 1; i <= n; i++) { p = path[i]; sub(/\/[^\/]*$/, "", p); if (p != "" && !(p in added)) print p } }' "$work/diff"
		awk -F '\t' '$1 == "d" && $5 !~ /^\/tmp\// { print $5 }' "$work/added"
		printf '%s\n' /tmp
		sed -n 's/^--home=//p' "$work/step_options"
	} | sort -u | awk -v volumes="$work/volumes" '
		BEGIN { while ((getline line < volumes) > 0) volume[line] = 1 }
		!($0 in volume) && $0 !~ /^\/(etc|usr|bin|sbin|lib|root|var|var\/lib)?$/ { print }'
}

# tmpfs_options PATH: runc gives a tmpfs the mode of the directory in the image, whatever mode= says, so the owner must be right. podman knows
# no owner, but keeps the mode.
tmpfs_options() {
	case $engine_name,$1 in
	podman,* | *,/tmp | *,/var/tmp) echo mode=1777 ;;
	*) [ -n "$allow_root" ] && echo mode=1777 || echo "uid=$user_uid,gid=$user_gid" ;;
	esac
}

prove_read_only_tmpfs() {
	# shellcheck disable=SC2046 # the options are words
	set -- $(read_only_options)
	written_directories >"$work/written.$turn"
	while IFS= read -r path; do
		set -- "$@" --tmpfs "$path:$(tmpfs_options "$path")"
	done <"$work/written.$turn"
	prove_start "$@"
}

prove_user() {
	[ -z "$allow_root" ] || { why='the service needs root' && return 1; }
	prove_start --user "$user_uid:$user_gid" && return
	[ ! -s "$work/volumes" ] || [ "$engine_name" = podman ] ||
		why="$why (without BuildKit, docker forgets the owners that RUN gives below a VOLUME)"
	return 1
}

# prove NAME REQUIRED TEXT: one proof, in the background. A failure is repeated: "passed 2 of 3" is a result of a service that crashes
# now and then.
prove() {
	proof=$1 required=$2 text=$3 passed=0 like_old='' turn=0
	trap - EXIT HUP INT TERM
	while [ "$turn" -lt $((repeats + 1)) ]; do
		turn=$((turn + 1))
		if "prove_$proof"; then
			passed=$((passed + 1))
			[ "$turn" != 1 ] || break
		else
			proof_why=$why
		fi
		[ "$turn" != "$repeats" ] || [ "$passed" != 0 ] || break
	done
	if [ "$passed" = 0 ]; then
		result=no
		[ -z "$like_old" ] || required=''
		[ -z "$required" ] || : >"$work/proof_failed"
		text="$text: $proof_why"
	else
		result=yes
		[ "$turn" = 1 ] || text="$text (in $passed of $turn starts; else: $proof_why)"
	fi
	printf '%s\t%s\t%s\n' "$result" "${required:+required}" "$text" >"$work/proof.$proof"
}

# start_proof NAME REQUIRED TEXT: in the background, several at the same time.
start_proof() {
	count_trial "proof: $3"
	proof_order="$proof_order $1"
	(prove "$@") &
	children="$children $!"
	running=$((running + 1))
	if [ "$running" -ge "$side_by_side" ]; then
		wait
		children='' running=0
	fi
}

# prove_all: fails if a required proof fails.
prove_all() {
	proof_order='' running=0
	rm -f "$work/proof_failed" "$work"/proof.*
	build_new || return 1
	start_proof fresh required 'a new container'
	start_proof restart required 'the same container, restarted'
	if [ -s "$work/volumes" ]; then
		start_proof handed_over required 'volumes that the old image filled'
		start_proof way_back required 'the way back: the old image on these volumes afterwards'
	fi
	start_proof ports required 'ports below 1024 for root only (ip_unprivileged_port_start=1024)'
	case $health_kind in CMD*) start_proof health required 'the HEALTHCHECK, stepped down' ;; esac
	start_proof few_caps '' "--cap-drop ALL, with --cap-add $(needed_caps | print_list)"
	start_proof read_only '' '--read-only'
	start_proof read_only_tmpfs '' "--read-only, with --tmpfs ($(tmpfs_options /run)) for $(written_directories | print_list)"
	[ -n "$allow_root" ] || start_proof user '' "--user $user_uid:$user_gid"
	wait
	children=''
	for name in $proof_order; do
		cat "$work/proof.$name"
	done >"$work/proofs"
	[ ! -e "$work/proof_failed" ] || {
		why=$(awk -F '\t' '$1 == "no" && $2 == "required" { print $3; exit }' "$work/proofs")
		return 1
	}
}
