#!/bin/bash
# --own-once: nothing below is looked at when the path is right, the path itself is changed last, so a run that was cut off anywhere
# is done again (S18).

# shellcheck disable=SC2016 # the dollars are for stepdown
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

tree=$(copy_tree once)
stepdown=/usr/local/bin/stepdown
mkdir "$tree/data" "$tree/outside" && touch "$tree/outside/secret"
# Nothing waits for a disk.
mount -t tmpfs -o size=256m tmpfs "$tree/data" && defer umount "$tree/data"

fresh() {
	find "$tree/data" -mindepth 1 -delete
	chown 0:0 "$tree/data"
}

# The first few are enough to say.
wrong() {
	(cd "$tree" && find "${@:-data}" '(' ! -user 1000 -o ! -group 1000 ')' -printf '%p %U:%G\n' | sort | head -n 3)
}

run() {
	capture in_tree "$tree" stepdown --user app "$@" probe uid
}

started='uid 1000 1000 1000 1000'

# --- what is looked at --------------------------------------------------------------------------------------------------------

fill() {
	fresh
	mkdir -p "$tree/data/"{a/b,c} && touch "$tree/data/"{1,a/2,a/b/3}
}
fill
run --own-once /data
result "own_once_of_a_wrong_path_owns_all" 0 "$started" "'/data': entries changed: 7 of 7"
is "$(wrong)" '' "own_once_of_a_wrong_path_owns_all, and everything is right"
run --own-once /data
result "own_once_again_says_nothing" 0 "$started" '^$'

run --own-once /data -v
result "own_once_again_says_so_when_it_is_asked" 0 "$started" "'/data': entries changed: 0 of 1"

chown 0:0 "$tree/data/a/2"
run --own-once /data
result "own_once_of_a_right_path_looks_at_nothing_below" 0 "$started" '^$'
is "$(wrong)" 'data/a/2 0:0' "own_once_of_a_right_path_changes_nothing_below"
run --own-once /data --strict
result "own_once_of_a_right_path_is_right_with_strict" 0 "$started" '^$'
run --own /data
is "$(wrong)" '' "own_looks_all_the_same"

fill && chown -R 1000:1000 "$tree/data" && chown 1000:0 "$tree/data" "$tree/data/1"
run --own-once /data
is "$(wrong)" '' "own_once_of_a_path_with_the_wrong_group_only"
fill && chown 1001:1001 "$tree/data"
run --own-once /data
is "$(wrong)" '' "own_once_of_a_path_of_somebody_else"

# The other options of the same path come after it, wherever they stand: they change the path itself.
fill
run --mkdir /data --own-top /data --own-once /data
result "own_once_with_mkdir_and_own_top_of_the_same_path" 0 "$started" "'/data': entries changed: 7 of 7"
is "$(wrong)" '' "own_once_with_mkdir_and_own_top_of_the_same_path, and everything is right"
fill
run --mkdir /data/ --own-once /data
result "own_once_with_mkdir_of_the_same_path_written_otherwise" 0 "$started" "'/data': entries changed: 7 of 7"
is "$(wrong)" '' "own_once_with_mkdir_of_the_same_path_written_otherwise, and everything is right"
fresh
run --mkdir /data/new --own-once /data/new
result "own_once_with_mkdir_of_a_path_that_is_missing" 0 "$started" "'/data/new': new, entries changed: 1 of 1"

fill && touch "$tree/data/a/b/4" && chown 1000:1000 "$tree/data/a"
run --own-once /data/a:/data/c
is "$(wrong data/a data/c)" $'data/a/2 0:0\ndata/a/b 0:0\ndata/a/b/3 0:0' "own_once_takes_a_list, and each path decides for itself"
is "$(stat -c '%u' "$tree/data" "$tree/data/c" | xargs)" '0 1000' "own_once_takes_a_list, and leaves what is above"
# Each path is looked at, whatever the last one is.
fill && chown 1000:1000 "$tree/data/c"
run --own-once /data/a --own-once /data/c
result "own_once_of_a_wrong_path_and_a_right_one" 0 "$started" "'/data/a': entries changed: 4 of 4"
is "$(wrong data/a data/c)" '' "own_once_of_a_wrong_path_and_a_right_one, and everything is right"
fill
capture in_tree "$tree" env VOLUME=/data stepdown --user app --own-once='${VOLUME}' probe uid
result "own_once_takes_a_variable" 0 "$started" '7 of 7'
fill
run --own-once /data/1
result "own_once_of_a_file" 0 "$started" "'/data/1': entries changed: 1 of 1"
run --own-once /data/missing
result "own_once_of_a_path_that_is_missing" 125 '' "'/data/missing'"
fill
capture in_tree "$tree" stepdown --user app --own-once /data --dry-run probe uid
result "own_once_dry_run" 0 "$output" '^$'
like "$output" 'entries wrong: 7 of 7' "own_once_dry_run_tells"
is "$(find "$tree/data" ! -user 0)" '' "own_once_dry_run_changes_nothing"
for path in / /etc /usr/bin; do
	run --own-once "$path"
	result "S20_refused: --own-once $path" 125 '' "^stepdown: "
done

# --- what it costs ------------------------------------------------------------------------------------------------------------

# cost OPTION…: the number of system calls up to the command.
cost() {
	env -i "$shared/tools/killer" 0 "$tree" "$stepdown" --user app "$@" /usr/local/bin/probe uid 2>&1 | tail -n 1
}
fresh && "$shared/tools/trees" files "$tree/data" 10 && chown -R 1000:1000 "$tree/data"
small=$(cost --own-once /data)
like "$small" '^ended [0-9]+ 0$' "own_once_can_be_measured"
mkdir "$tree/data/sub" && "$shared/tools/trees" files "$tree/data" 0 && "$shared/tools/trees" files "$tree/data/sub" 9000 &&
	"$shared/tools/trees" directories "$tree/data" 1000 && chown -R 1000:1000 "$tree/data"
is "$(cost --own-once /data)" "$small" "own_once_costs_the_same_for_10_entries_and_for_10000"
diag "system calls with --own-once: $small"
# Four calls find the path and judge it, two ask after the drop whether it can be written to. The other ten find the directories that
# hold the program (S37), here by its path, because the tree has no /proc.
small=${small#ended }
without=$(cost)
without=${without#ended }
# Each capability is asked for once and dropped once. The rest are some 35 calls.
declare -i capabilities=$(($(</proc/sys/kernel/cap_last_cap) + 1))
ok "the_bounding_set_is_read_once_at_a_start" test "${without% 0}" -lt $((2 * capabilities + capabilities / 2 + 35))
is "$((${small% 0} - ${without% 0}))" 16 "own_once_of_a_right_path_takes_sixteen_system_calls"

# --- S18: cut off -------------------------------------------------------------------------------------------------------------

declare -i kills seed killed=0 unfinished=0 begun=0 calls
kills=$(sample 40 1000 20)
seed=$(random_seed)
RANDOM=$((seed % 32768))
declare -a problems=()
per_tree=10
diag "runs that are cut off: $kills, seed $seed"

plant() {
	fresh
	"$shared/tools/trees" random "$tree/data" $((60 + seed % 120)) "$seed"
}

# All of it app's already, and on the way to somebody else.
plant_apps() {
	plant && chown -hR 1000:1000 "$tree/data"
}

# cut_off N USER: what killer says; N = 0 is the whole run.
cut_off() {
	timeout 60 env -i "$shared/tools/killer" "$1" "$tree" "$stepdown" --user "$2" --own-once /data /bin/true 2>/dev/null
}

# cut_off_evenly PLANT USER: one tree, cut off at moments that are spread evenly over a run for USER; the next start is app's.
cut_off_evenly() {
	local before after told plant=$1 user=$2
	local -i moment i

	"$plant"
	told=$(cut_off 0 "$user")
	[[ $user == app ]] || run --own-once /data
	if [[ $told != "ended "*" 0" || -n $(wrong) ]]; then
		problems+=("seed $seed: a whole run: '$told'" "$(wrong)")
		return
	fi
	calls=$(cut -d ' ' -f 2 <<<"$told")
	for ((i = 0; i < per_tree; i++)); do
		moment=$(((2 * i + 1) * calls / (2 * per_tree) + RANDOM % 5 + 1))
		"$plant"
		before=$(find "$tree/data" '(' ! -user 1000 -o ! -group 1000 ')' | wc -l)
		told=$(cut_off "$moment" "$user")
		[[ $told != killed* ]] || killed+=1
		after=$(find "$tree/data" '(' ! -user 1000 -o ! -group 1000 ')' | wc -l)
		begun+=$((after != before && after > 0))
		if [[ $(stat -c %u:%g "$tree/data") != 1000:1000 ]]; then
			unfinished+=1
		elif ((after > 0)); then
			problems+=("seed $seed, call $moment of $calls: the path is right, and below it is not:" "$(wrong)")
		fi
		run --own-once /data
		if [[ $status != 0 || $output != "$started" || -n $(wrong) ]]; then
			problems+=("seed $seed, call $moment of $calls: the next start ended with $status: $errors" "$(wrong)")
		fi
	done
}

for ((done_so_far = 0; done_so_far < kills; done_so_far += per_tree)); do
	if ((done_so_far / per_tree % 2 == 0)); then
		cut_off_evenly plant app
	else
		cut_off_evenly plant_apps 2000
	fi
	((${#problems[@]} == 0)) || break
	seed+=1
done
if ((${#problems[@]} == 0)); then
	pass "S18_cut_off_anywhere_the_next_start_ends_with_everything_right"
else
	fail "S18_cut_off_anywhere_the_next_start_ends_with_everything_right" "${problems[@]}"
fi
diag "$killed of $done_so_far runs were cut off, $unfinished before the path was right, $begun of them in the middle of the work"
# Else the test above has shown nothing.
ok "S18_most_of_them_were_cut_off" test "$killed" -ge $((done_so_far * 8 / 10))
ok "S18_and_many_in_the_middle_of_the_work" test "$begun" -ge $((done_so_far / 5)) -a "$unfinished" -ge $((done_so_far / 5))
is "$(find "$tree/outside" ! -user 0)" '' "S18_nothing_outside_has_changed"

done_testing
