# shellcheck shell=sh
# The Dockerfile, with a comment for each line that says why it is there.

# json_lines: the lines of standard input as JSON strings, each with a comma behind it.
json_lines() {
	sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&", /' | tr -d '\n'
}

# print_dockerfile [LABEL]: the label is for the proof, whose image must be found again.
print_dockerfile() {
	printf '# Made by stepdown-wrap %s for %s, %s.\n' "$wrap_version" "$image" "$image_id"
	printf '# The context of the build must hold the static program "stepdown".\n'
	[ -n "$image_name" ] || printf '# The image has no name, and not every builder takes an id: give it one with "tag".\n'
	printf 'FROM %s\n' "${image_name:-$image_id}"
	[ -z "${1:-}" ] || printf 'LABEL %s\n' "$1"
	if [ "$old_user" != root ]; then
		printf '# stepdown starts as root, because only root can give volumes to the user.\nUSER 0\n'
	fi
	printf 'COPY stepdown /usr/local/bin/stepdown\n'
	[ -n "$allow_root" ] || print_setup
	print_health
	print_reasons
	printf 'ENTRYPOINT ["/usr/local/bin/stepdown", %s"--"%s]\n' "$(json_lines <"$work/step_options")" "$entrypoint_json"
	[ -z "$command_json" ] || printf '# A new ENTRYPOINT removes CMD, so it is repeated.\nCMD %s\n' "$command_json"
}

# print_setup: the account and the owners at build time, for starts that cannot make them.
print_setup() {
	grep -vE '^--(try-cap|cap|allow-new-privs)' "$work/step_options" >"$work/setup_options"
	printf '# The account and the owners are in the image, for containers that cannot change them (--read-only, --user).\n'
	printf 'RUN ["/usr/local/bin/stepdown", %s"--setup-only"]\n' "$(json_lines <"$work/setup_options")"
}

# print_health: the engine starts the health check beside the command, as root, so it steps down too.
print_health() {
	case $health_kind in
	CMD) health_command=$health_json ;;
	CMD-SHELL) health_command=$shell_json${health_json#, } ;;
	*) return ;;
	esac
	grep -E '^--((user|cap|home)=|allow-root$)' "$work/step_options" >"$work/health_options"
	printf '# The engine starts the health check beside the command, as root: it steps down too.\n'
	printf 'HEALTHCHECK%s CMD ["/usr/local/bin/stepdown", %s"--", %s]\n' "$health_options" "$(json_lines <"$work/health_options")" "${health_command#, }"
}

# print_reasons: why each option of ENTRYPOINT is there.
print_reasons() {
	if [ -n "$allow_root" ]; then
		printf '# --user=root: %s.\n' "$class_text"
		[ -z "$keep_caps" ] || printf '# --cap: %s\n' "$(reason_of_caps)"
	else
		printf '# --user: %s.\n' "$user_reason"
		[ -z "$keep_caps" ] || printf '# --cap: the service was refused without it.\n'
	fi
	[ -z "$try_caps" ] || printf '# --try-cap: the service listens below port 1024. Docker allows this to everybody, other engines do not.\n'
	[ -z "$new_privileges" ] || printf '# --allow-new-privs: the service needs setuid programs. They are a way back to root.\n'
	[ -z "$allow_root" ] || return 0
	for kind in mkdir own own-top; do
		awk -F '\t' -v kind="$kind" '$1 == kind { gsub(/[[:cntrl:]]/, "?", $3); print "# --" kind "=" $2 ": " $3 "." }' "$work/grants"
	done
	! grep -q '^--mkdir-mode=' "$work/step_options" || printf '# --mkdir-mode: the old image made them with this mode.\n'
	home_option=$(sed -n 's/^--home=//p' "$work/step_options")
	[ -z "$home_option" ] || printf '# --home: %s.\n' "$(awk -F '\t' '$1 ~ /home$/ { print $3; exit }' "$work/grants")"
}

reason_of_caps() {
	if [ -n "$minimal" ]; then
		printf 'the smallest set that passes the check. What the check does not try may need more.'
	else
		printf 'what the check needs, and what a server that switches users usually needs.'
	fi
}
