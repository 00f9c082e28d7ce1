# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here is set in run
# Part of tests/bench/run: what stepping down costs at every start.

compare_starts() {
	local nothing=$work/nothing

	names=()
	commands=()
	compare 'bare exec' "$nothing"
	compare 'stepdown' "$work/stepdown" --user 1000:1000 "$nothing"
	compare 'floor' "$work/floor" "$nothing"
	compare 'stepdown as gosu' "$work/gosu" 1000:1000 "$nothing"
	compare 'su-exec, static' "$work/su-exec" 1000:1000 "$nothing"
	compare 'chroot --userspec' "$(program chroot)" --userspec=1000:1000 --groups= / "$nothing"
	compare 'chpst' "$(program chpst)" -u :1000:1000 "$nothing"
	compare 's6-applyuidgid' "$(program s6-applyuidgid)" -u 1000 -g 1000 "$nothing"
	compare 'setpriv, drops as much' "$(program setpriv)" --reuid=1000 --regid=1000 --clear-groups \
		--no-new-privs --inh-caps=-all --bounding-set=-all "$nothing"
	compare 'gosu' "$(program gosu)" 1000:1000 "$nothing"
	# The same by a name, which has to be found, and its groups.
	compare 'stepdown, by name' "$work/stepdown" --user daemon "$nothing"
	compare 'su-exec, by name' "$work/su-exec" daemon "$nothing"
	compare 'gosu, by name' "$(program gosu)" daemon "$nothing"
}

# count_start_calls TIMER-OPTION...: system calls from a program's own execve to the command's, in
# the file start-calls.
count_start_calls() {
	local i

	for i in "${!names[@]}"; do
		if "$work/timer" "$@" -n 1 \
			"strace=$(program strace) -f -o $work/trace ${commands[i]}" >"$log" 2>&1; then
			awk -v name="${names[i]}" '
				/ resumed>|\+\+\+ |--- / { next }
				{ calls++ }
				/execve\(/ { last = calls }
				END { printf "%s\t%d\n", name, last - 1 }' "$work/trace"
		else
			printf '%s\t-\n' "${names[i]}"
		fi
	done >"$work/start-calls"
}

# measure_starts SET TIMER-OPTION...
measure_starts() {
	local set=$1 summary=$work/summary name bare unit floor

	shift
	say "starts, $set ($BENCH_STARTS rounds)"
	compare_starts
	count_start_calls "$@"
	time_all "$summary" -n "$BENCH_STARTS" "$@"
	bare=$(of "$summary" 'bare exec' 3)
	unit=$(of "$summary" stepdown 3)
	floor=$(of "$summary" floor 3)
	for name in "${names[@]}"; do
		record startup "$set" "$name" "$(of "$summary" "$name" 2)" "$(of "$summary" "$name" 3)" \
			"$bare" "$unit" "$floor" "$(of "$work/start-calls" "$name" 2)"
	done
	awk -F '\t' -v set="$set" '
		BEGIN { print "program\tmedian us\tover bare\tx stepdown\tx floor\tsystem calls" }
		$1 == "startup" && $2 == set {
			over = $5 - $6
			printf "%s\t%.0f\t%.0f\t", $3, $5, over
			if ($3 == "bare exec")
				printf "-\t-\t-\n"
			else
				printf "%.2f\t%.2f\t%s\n", over / ($7 - $6), over / ($8 - $6), $9
		}' "$work/results" |
		show "Start-up, $set: medians of $BENCH_STARTS, cost over a bare exec, and its multiples"
}

measure_startup() {
	measure_starts 'all capabilities'
	measure_starts "Docker's capabilities" -c
	printf '\nsize of the stripped static binary: %s bytes\n' "$(stat -c %s "$work/stepdown")"
}
