# shellcheck shell=sh
# Looks at the old image: its configuration, its files, and what it does while it works.

# image_value TEMPLATE: a part of the image's configuration.
image_value() {
	engine image inspect --format "$1" "$image_id" 2>/dev/null
}

# word_template VALUE: a template that prints a word quoted for the shell.
word_template() {
	printf '%s' "'{{join (split $1 \"'\") \"'\\\\''\"}}' "
}

# list_template FIELD: a template that prints a list of words, each quoted for the shell.
list_template() {
	printf '%s' "{{range $1}}$(word_template .){{end}}"
}

# template_part NAME TEMPLATE: a part of a template, behind a line with its name.
template_part() {
	printf '\n@@ %s\n%s' "$1" "$2"
}

# config_part NAME: what a part of the template has given.
config_part() {
	awk -v name="$1" '$1 == "@@" { inside = $2 == name; next } inside' "$work/config"
}

# shellcheck disable=SC2016 # templates, not the shell's dollars
# read_config: the image's configuration in one call, because each start of the engine's client takes time.
read_config() {
	image_value "$(
		template_part tag '{{if .RepoTags}}{{index .RepoTags 0}}{{end}}'
		template_part entrypoint "$(list_template .Config.Entrypoint)"
		template_part command "$(list_template .Config.Cmd)"
		template_part entrypoint_json '{{range .Config.Entrypoint}}, {{json .}}{{end}}'
		template_part command_json '{{if .Config.Cmd}}{{json .Config.Cmd}}{{end}}'
		template_part user '{{.Config.User}}'
		template_part directory '{{.Config.WorkingDir}}'
		template_part platform '{{.Os}}/{{.Architecture}}'
		template_part environment '{{range .Config.Env}}{{println .}}{{end}}'
		template_part volumes '{{range $path, $_ := .Config.Volumes}}{{println $path}}{{end}}'
	)" >"$work/config"
}

# look_config: reads the configuration. Fails if the image is not here, because nothing is ever pulled.
look_config() {
	image_id=$(engine image inspect --format '{{.Id}}' "$image" 2>"$work/errors") ||
		fail "looking at the image: '$image': it is not on this machine, and nothing is pulled ($(first_line <"$work/errors"))"
	read_config
	image_tag=$(config_part tag)
	case $image_id in "sha256:$image"* | "$image"*) image_name=$image_tag ;; *) image_name=$image ;; esac
	entrypoint=$(config_part entrypoint)
	command_words=$(config_part command)
	entrypoint_json=$(config_part entrypoint_json)
	command_json=$(config_part command_json)
	image_user=$(config_part user)
	image_directory=$(config_part directory)
	image_platform=$(config_part platform)
	config_part environment | sed '/^$/d' >"$work/environment"
	config_part volumes | sed '/^$/d' >"$work/volumes"
	look_health
	[ -n "$entrypoint$command_words" ] || stop_with "the image has neither ENTRYPOINT nor CMD, so there is nothing to wrap"
	case $image_user in '' | 0 | root | 0:* | root:*) old_user=root ;; *) old_user=$image_user ;; esac
}

# shellcheck disable=SC2016 # templates, not the shell's dollars
# look_health: the health check and the shell of its other form. Docker has them in Config, podman has the health check beside it.
look_health() {
	health_kind='' shell_words='' shell_json='' health_command_words=''
	for place in .Config.Healthcheck .HealthCheck .Healthcheck; do
		image_value "{{if $place}}$(
			template_part kind "{{index $place.Test 0}}"
			template_part words "{{range \$i, \$word := $place.Test}}{{if \$i}}$(word_template '$word'){{end}}{{end}}"
			template_part json "{{range \$i, \$word := $place.Test}}{{if \$i}}, {{json \$word}}{{end}}{{end}}"
			template_part options "{{if $place.Interval}} --interval={{$place.Interval}}{{end}}{{if $place.Timeout}} --timeout={{$place.Timeout}}{{end}}{{if $place.StartPeriod}} --start-period={{$place.StartPeriod}}{{end}}{{if $place.Retries}} --retries={{$place.Retries}}{{end}}"
		){{end}}" >"$work/config" || continue
		health_kind=$(config_part kind)
		health_command_words=$(config_part words)
		health_json=$(config_part json)
		health_options=$(config_part options)
		[ -z "$health_kind" ] || break
	done
	[ "$health_kind" = CMD-SHELL ] || return 0
	shell_words=$(image_value "$(list_template .Config.Shell)")
	shell_json=$(image_value '{{range .Config.Shell}}{{json .}}, {{end}}')
	[ -n "$shell_words" ] || shell_words="/bin/sh -c " shell_json='"/bin/sh", "-c", '
	health_command_words="$shell_words$health_command_words"
}

# make_trial_image: the image with stepdown, and with strace if this machine has it, below /.stepdown-wrap. A build would need a
# context and a builder; create, cp and commit need neither, and the label is on everything from the beginning.
make_trial_image() {
	collect_tools
	holder=$(engine create --label "$label" --network none --user 0 "$image_id" 2>"$work/errors") ||
		fail "making the trial image: $(first_line <"$work/errors")"
	engine cp "$work/tools" "$holder:/.stepdown-wrap" >/dev/null 2>"$work/errors" ||
		fail "making the trial image: $(first_line <"$work/errors")"
	trial_image=$(engine commit --change 'USER 0' --change "LABEL $label" "$holder" 2>"$work/errors" | tail -n 1)
	[ -n "$trial_image" ] || fail "making the trial image: $(first_line <"$work/errors")"
	say "reading the files of the image"
	engine export "$holder" 2>/dev/null | list_archive / >"$work/files" || fail "reading the files of the image: export failed"
	# With userns-remap "export" has the ids of the container and "cp" those of the machine. stepdown is root's in the image.
	id_offset=0
	id_offset=$(list_path "$holder" /.stepdown-wrap/stepdown | awk -F '\t' '{ print $3; exit }')
	for file in passwd group; do
		engine cp "$holder:/etc/$file" - 2>/dev/null | tar -xOf - 2>/dev/null >"$work/$file"
	done
	remove_container "$holder"
	check_stepdown_runs
}

# collect_tools: the directory that is copied into the trial image.
collect_tools() {
	mkdir -p "$work/tools/lib" "$work/tools/trace"
	chmod 755 "$work/tools" "$work/tools/lib"
	chmod 1777 "$work/tools/trace"
	cp "$stepdown" "$work/tools/stepdown" && chmod 755 "$work/tools/stepdown" || exit 125
	tracer=''
	strace=$(command -v strace) && command -v ldd >/dev/null 2>&1 || return 0
	loader=$(ldd "$strace" 2>/dev/null | sed -n 's,^[[:blank:]]*\(/[^ ]*ld[^ ]*\) (.*,\1,p')
	[ -n "$loader" ] || return 0
	cp "$loader" "$work/tools/loader" && cp "$strace" "$work/tools/strace" || return 0
	for library in $(ldd "$strace" | sed -n 's,.* => \(/[^ ]*\) (.*,\1,p'); do
		cp "$library" "$work/tools/lib/"
	done
	chmod 755 "$work/tools/loader" "$work/tools/strace" "$work/tools/lib"/*
	tracer='/.stepdown-wrap/loader --library-path /.stepdown-wrap/lib /.stepdown-wrap/strace'
}

# find_stepdown: the static program, which packages name stepdown-static. A dynamic one would need its libraries in the
# image.
find_stepdown() {
	beside=$(dirname "$0")/stepdown
	[ ! -x "$beside-static" ] || beside=$beside-static
	stepdown=${STEPDOWN:-}
	[ -n "$stepdown" ] || { [ -x "$beside" ] && stepdown=$beside; } || stepdown=$(command -v stepdown) || true
	[ -n "$stepdown" ] || fail "finding stepdown: it is neither beside stepdown-wrap nor in PATH (set STEPDOWN to the static program)"
	[ -x "$stepdown" ] || fail "finding stepdown: '$stepdown': no such program (set STEPDOWN to the static program)"
	if head -c 4096 "$stepdown" | grep -aqE '/ld-(linux|musl)|/ld[0-9.]*\.so|/ld64\.so'; then
		fail "finding stepdown: '$stepdown': it is a dynamic program, which images without its libraries cannot run (set STEPDOWN to the static program that tests/build makes, or install the package stepdown-static)"
	fi
}

# check_stepdown_runs: the static program runs in the image, so that later failures are those of the service.
check_stepdown_runs() {
	engine run --rm --label "$label" --network none --entrypoint /.stepdown-wrap/stepdown "$trial_image" --version >/dev/null 2>"$work/errors" ||
		fail "starting '$stepdown' in the image ($image_platform): $(first_line <"$work/errors")"
}

# list_archive ROOT: the entries of a tar archive on standard input: type, mode, uid, gid, path, target of a link, by tabs.
list_archive() {
	tar_options=--numeric-owner
	case $(tar --version 2>/dev/null) in *GNU*) tar_options='--numeric-owner --quoting-style=literal' ;; esac
	# shellcheck disable=SC2086 # the options are words
	tar $tar_options -tvf - 2>/dev/null | awk -v root="$1" '
		/^[-dlhbcps]/ {
			# GNU and busybox print "uid/gid" in the second column, BSD prints both in columns of their own.
			columns = split($2, owner, "/") == 2 ? 5 : 8
			if (columns == 8) { owner[1] = $3; owner[2] = $4 }
			line = $0
			for (i = 0; i < columns; i++) { sub(/^ *[^ ]+/, "", line) }
			sub(/^ /, "", line)
			target = ""
			kind = substr($1, 1, 1)
			if (kind == "l" && (i = index(line, " -> "))) { target = substr(line, i + 4); line = substr(line, 1, i - 1) }
			if ((i = index(line, " link to "))) { line = substr(line, 1, i - 1); kind = "-" }
			sub(/^\.?\//, "", line)
			sub(/\/$/, "", line)
			if (line == ".") line = ""
			path = root line
			if (root != "/") path = first++ ? root substr(line, index(line "/", "/")) : root
			printf "%s\t%s\t%s\t%s\t%s\t%s\n", kind, substr($1, 2, 9), owner[1], owner[2], path, target
		}'
}

# list_path ID PATH: the entries of a path in a container, also in a volume.
list_path() {
	engine cp "$1:$2" - 2>/dev/null | list_archive "$2" | awk -F '\t' -v OFS='\t' -v offset="${id_offset:-0}" '
		offset > 0 { for (i = 3; i <= 4; i++) if ($i >= offset) $i -= offset }
		{ print }'
}

# look_at_work ID: what the container has written, which ports it has, and whose processes run; the check has passed.
look_at_work() {
	list_processes "$1" >"$work/processes"
	list_ports "$1" >"$work/ports"
	[ -z "$(read_sockets "$1" tcp)" ] || : >"$work/ports_known"
	! uses_pam "$1" || : >"$work/pam"
	# Files of the engine get the letter E: their directories are changed, but not by the service. The order of engines differs. stepdown
	# gives nobody /etc, and podman changes it in each container.
	engine diff "$1" 2>/dev/null | sed 's/^\([ACD]\) /\1	/
		s,^.\(	/\(dev\|proc\|sys\|etc\|\.stepdown-wrap\|run/\.containerenv\|run/secrets\|etc/hosts\|etc/hostname\|etc/resolv\.conf\|etc/mtab\)\)$,E\1,
		/^[ACD]	\/\(dev\|proc\|sys\|run\/secrets\)\//d' | LC_ALL=C sort -k 2 >"$work/diff"
	# The topmost of what is new, and what is new in a directory of several packages that is new itself.
	awk -F '\t' '
		$1 != "A" { next }
		{ parent = $2; sub(/\/[^\/]*$/, "", parent); is_new[$2] = 1 }
		!(parent in is_new) || parent ~ /^\/(run|run\/lock|var|var\/(log|lib|cache|spool|mail|local|opt)|srv|opt|home|mnt|media)$/ { print $2 }' \
		"$work/diff" | head -n 100 >"$work/added_paths"
	list_added "$1" >"$work/added"
	while IFS= read -r path; do
		list_path "$1" "$path" | awk -F '\t' -v volume="$path" '{ count[$3]++ } END { for (uid in count) print volume "\t" uid "\t" count[uid] }'
	done <"$work/volumes" >"$work/volume_owners"
}

# list_added ID: the entries of $work/added_paths. One "ls" is quicker than many archives, if the image has it.
list_added() {
	[ -s "$work/added_paths" ] || return 0
	eval "engine exec \"\$1\" ls -dln $(quote_lines <"$work/added_paths")" 2>/dev/null >"$work/ls"
	if [ "$(grep -c '' "$work/ls")" = "$(grep -c '' "$work/added_paths")" ]; then
		# "ls" sorts by name, so the names are taken from its own lines.
		awk '{ line = $0; sub(/^[^\/]*/, "", line); sub(/ -> .*/, "", line); printf "%s\t%s\t%s\t%s\t%s\t\n", substr($1, 1, 1), substr($1, 2, 9), $3, $4, line }' "$work/ls"
	else
		while IFS= read -r path; do
			list_path "$1" "$path" | head -n 1
		done <"$work/added_paths"
	fi
}

# needs_low_port: whether the old container listens below 1024. Without an answer, yes.
needs_low_port() {
	[ ! -e "$work/wanted_status" ] || return 1
	[ ! -e "$work/ports_known" ] || awk '$2 < 1024 { found = 1 } END { exit !found }' "$work/ports"
}

# look_unasked ID: which files the service makes in root's home before any check, in as many seconds as a start takes.
look_unasked() {
	sleep $((slowest > 10 ? 10 : slowest))
	began=$(date +%s)
	engine diff "$1" 2>/dev/null | sed -n 's/^A \(\/root\/\)/\1/p' >"$work/unasked"
}

# leave_out_traces: files in root's home that the service did not make before a check are the check's own, which runs as root, too: a
# history, a cookie.
leave_out_traces() {
	awk -F '\t' -v unasked="$work/unasked" '
		BEGIN { while ((getline path < unasked) > 0) is_unasked[path] = 1 }
		$2 !~ /^\/root\// || $2 in is_unasked { print }' "$work/diff" >"$work/diff.new"
	mv "$work/diff.new" "$work/diff"
}

# is_unseen: whether the start that passed is to be looked at: the first one, and the next one of a service that crashed soon after its
# check and showed no process. A command that ends by itself never shows one.
is_unseen() {
	[ "$old_passes" = 1 ] || { [ ! -s "$work/processes" ] && [ ! -e "$work/wanted_status" ]; }
}

# look: three starts of the old image. Time limits come from the slowest.
look() {
	old_passes=0 slowest=1 limit=${STEPDOWN_WRAP_LIMIT:-120}
	for turn in 1 2 3; do
		count_trial "the old image, start $turn of 3"
		began=$(date +%s)
		id=$(start_container "$image_id" 2>"$work/errors") || stop_with "the old image does not start: $(first_line <"$work/errors")"
		[ "$turn" != 3 ] || [ "$old_passes" = 0 ] || ! runs_in_container || look_unasked "$id"
		if await "$id" "$limit"; then
			took=$(seconds_since "$began")
			[ "$took" -le "$slowest" ] || slowest=$took
			old_passes=$((old_passes + 1))
			! is_unseen || look_at_work "$id"
			note_trial passed "the old image, start $turn: $took s"
		else
			note_trial failed "the old image, start $turn: $why"
		fi
		remove_container "$id"
		[ "$old_passes" = 0 ] || [ "${STEPDOWN_WRAP_LIMIT:-}" ] || limit=$((slowest * 3 + 10))
	done
	# Behind the last look, which can be that of the third start.
	[ ! -e "$work/unasked" ] || leave_out_traces
	case $why in
	*'"sh"'*' not found'* | *"'sh'"*' not found'*) why="$why (an image without a shell needs --check-host)" ;;
	'the check did not pass in '*) why="$why (if a start takes longer, set STEPDOWN_WRAP_LIMIT to more seconds than $limit)" ;;
	esac
	[ "$old_passes" -gt 0 ] || stop_with "the old image does not pass the check: $why"
	# An image that crashes now and then gets more turns before a failure is believed.
	repeats=2
	[ "$old_passes" = 3 ] || repeats=5
	[ "$old_passes" = 3 ] || note_left "The old image passed the check in $old_passes of 3 starts only. Failures of the new image may have the same cause."
}
