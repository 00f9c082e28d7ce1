# shellcheck shell=sh
# The order of the work.

# find_way: a user that passes all required proofs, else root that does. Fails with $why.
find_way() {
	if [ "$class" != session ]; then
		if try_candidates; then
			prove_all && return 0
			note_trial failed "as $user_name, proofs: $why"
			say "failed: $why"
		fi
		note_left "As $user_name the service did not pass: $why"
	fi
	if [ "$class" = user ]; then
		why="as the image's own user the service does not pass: $why"
		return 1
	fi
	try_fallback || return 1
	prove_all
}

main() {
	parse_options "$@"
	start_work
	why='' began_all=$(date +%s) rounds=0
	trial_count=0 trial_estimate=18
	allow_root='' keep_caps='' try_caps='' new_privileges='' prefix='' user_name='' user_uid='' user_gid='' check_user=''
	: >"$work/refused_paths"
	parse_run
	choose_engine
	find_stepdown
	side_by_side=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
	[ -z "$published" ] || side_by_side=1
	[ "$side_by_side" -le 4 ] || side_by_side=4
	clean_dead_runs
	look_config
	eval "printf '%s\n' $entrypoint $command_words" >"$work/command"
	make_trial_image
	choose_check
	[ -z "$trace" ] || [ -n "$tracer" ] || fail "--trace: strace or ldd is not on this machine"
	look
	effective_users "$work/processes" >"$work/old_users"
	classify
	if find_way; then
		result_text="runs as $user_name ($user_spec${keep_caps:+, --cap=$keep_caps})"
		cp "$work/new_processes.fresh" "$work/new_processes" 2>/dev/null
		note_configuration
		print_report
		print_dockerfile
		exit 0
	fi
	stop_with "no Dockerfile: $why"
}
