#!/bin/bash
# --own-once: nothing below is looked at when the path is right, the path itself is changed last, so a run that was cut off anywhere
# is done again (S18).

# shellcheck disable=SC2016 # the dollars are for stepdown
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools
need_commands strace

tree=$(copy_tree once)
mkdir "$tree/data"
started='uid 1000 1000 1000 1000'

# Seven entries, all root's.
fill() {
	rm -rf "$tree/data"
	mkdir -p "$tree/data/"{a/b,c} && touch "$tree/data/"{1,a/2,a/b/3}
}

wrong() {
	(cd "$tree" && find data '(' ! -user 1000 -o ! -group 1000 ')' -printf '%p %U:%G\n' | sort)
}

# owns NAME PATTERN [WRONG] -- OPTION...: the command runs, the message matches, and WRONG are the entries that are not app's.
owns() {
	local name=$1 pattern=$2 left=''

	shift 2
	[[ $1 == -- ]] || { left=$1 && shift; }
	capture in_tree "$tree" stepdown --user app "${@:2}" probe uid
	output+=$'\n'$(wrong)
	result "own_once_$name" 0 "$started"$'\n'"$left" "$pattern"
}

# --- what is looked at --------------------------------------------------------------------------------------------------------

fill
owns of_a_wrong_path_owns_all "'/data': entries changed: 7 of 7" -- --own-once /data
owns again_says_nothing '^$' -- --own-once /data
owns again_says_so_when_it_is_asked "'/data': entries changed: 0 of 1" -- --own-once /data -v
chown 0:0 "$tree/data/a/2"
owns of_a_right_path_looks_at_nothing_below '^$' 'data/a/2 0:0' -- --own-once /data --strict
owns is_not_own '1 of 7' -- --own /data
chown 1000:0 "$tree/data" "$tree/data/1"
owns of_a_path_with_the_wrong_group_only '2 of 7' -- --own-once /data
fill && chown 1001:1001 "$tree/data"
owns of_a_path_of_somebody_else '7 of 7' -- --own-once /data

# The other options of the same path come after it, wherever they stand: they change the path itself.
fill
owns with_mkdir_and_own_top_of_the_same_path "'/data': entries changed: 7 of 7" -- --mkdir /data/ --own-top /data --own-once /data
owns with_mkdir_of_a_path_that_is_missing "'/data/new': new, entries changed: 1 of 1" -- --mkdir /data/new --own-once /data/new

# Each path decides for itself, whatever the last one is, and what is above is left.
fill && touch "$tree/data/a/b/4" && chown 1000:1000 "$tree/data/c"
owns takes_a_list "'/data/a': entries changed: 5 of 5" $'data 0:0\ndata/1 0:0' -- --own-once /data/a:/data/c
fill && chown 1000:1000 "$tree/data/c"
owns twice "'/data/a': entries changed: 4 of 4" $'data 0:0\ndata/1 0:0' -- --own-once /data/a --own-once /data/c
fill
owns of_a_file "'/data/1': entries changed: 1 of 1" $'data 0:0\ndata/a 0:0\ndata/a/2 0:0\ndata/a/b 0:0\ndata/a/b/3 0:0\ndata/c 0:0' \
	-- --own-once /data/1
capture in_tree "$tree" env VOLUME=/data/a stepdown --user app --own-once='${VOLUME}' probe uid
result "own_once_takes_a_variable" 0 "$started" '4 of 4'
fill
capture in_tree "$tree" stepdown --user app --own-once /data --dry-run probe uid
like "$status $output" '^0 .*entries wrong: 7 of 7' "own_once_dry_run_tells"
is "$(find "$tree/data" ! -user 0)" '' "own_once_dry_run_changes_nothing"
for path in /data/missing / /etc /usr/bin; do
	capture in_tree "$tree" stepdown --user app --own-once "$path" probe uid
	result "S20_refused: --own-once $path" 125 '' "^stepdown: .*'$path'"
done

# --- S18: cut off -------------------------------------------------------------------------------------------------------------

# cut_off N USER: a start for USER is killed when it is about to change its Nth owner; $cut is its status.
cut_off() {
	timeout 60 strace -f -qq -o /dev/null -e trace=chown,fchown,fchownat,lchown -e "inject=chown,fchown,fchownat,lchown:signal=KILL:when=$1" \
		env -i PATH="$image_path" chroot "$tree" stepdown --own-jobs 1 --user "$2" --own-once /data -q true >"$work/stdout" 2>&1 </dev/null
	cut=$?
}

# cut_off_everywhere NAME USER: the volume is root's, or app's if the start is for another USER; the next start is for app.
cut_off_everywhere() {
	local user=$2 left
	local -a problems=()
	local -i kills=0 begun=0

	while
		fill && ln -s nowhere "$tree/data/a/link" && ln "$tree/data/a/2" "$tree/data/c/pair"
		[[ $user == app ]] || chown -hR 1000:1000 "$tree/data"
		cut_off $((kills + 1)) "$user" 2>/dev/null
		((cut == 137 && kills < 100))
	do
		kills+=1
		left=$(wrong | wc -l)
		begun+=$((left > 0 && left < 9))
		[[ $(stat -c %u:%g "$tree/data") != 1000:1000 ]] || ((left == 0)) ||
			problems+=("change $kills: the path is right, and below it is not:" "$(wrong)")
		capture in_tree "$tree" stepdown --user app --own-once /data -q probe uid
		[[ "$status $output" == "0 $started" && -z $(wrong) ]] ||
			problems+=("change $kills: the next start ended with $status: $errors" "$(wrong)")
	done
	diag "$1: $kills starts were cut off, $begun of them in the middle of the work"
	((cut == 0 && kills >= 8 && begun >= 6)) || problems+=("no start was cut off at each change: the last ended with $cut")
	is "$(printf '%s\n' "${problems[@]}")" '' "$1"
}
cut_off_everywhere "S18_cut_off_anywhere_the_next_start_ends_with_everything_right" app
cut_off_everywhere "S18_cut_off_anywhere_on_the_way_to_somebody_else" 2000

done_testing
