# Attackers beside starts: tests/tools/storm changes the volume of $tree while stepdown fixes it over and over. A file that sources this has
# called need_tree. In the tree lie data (the volume), outside (root's, and nobody's but root's in the end) and free (the
# attacker's, but for sentinel).

: "${tree:?}" "${work:?}" "${e2e_directory:?}" "${image_path:?}" "${status=}" "${errors=}"

declare -i starts=1 well=0 refused=0
seed=$(random_seed)
launcher=()  # a command in front of those under test
place=''     # the directory of the tree that holds data, outside and free
held_up=''   # if not empty, a second start walks beside each, with time for everything between its looks and its changes

stolen() {
	(cd "$tree$place" && find outside free/sentinel '(' ! -user 0 -o ! -group 0 ')' -printf '%p %U:%G\n') || echo "nothing can be looked at"
}

# start OPTIONS: a start in the tree with these words, behind the launcher; prints a line if it ends neither well (0) nor with a refusal (125).
start() {
	local said end_status
	local -a words

	read -ra words <<<"$1"
	said=$(timeout -k 5 60 "${launcher[@]}" env -i PATH="$image_path" chroot "$tree" stepdown --user app "${words[@]}" -q true 2>&1 </dev/null)
	end_status=$?
	((end_status == 0)) || [[ $end_status == 125 && $said == 'stepdown: '* ]] || printf 'status %d: %s\n' "$end_status" "$said"
	return "$end_status"
}

# walk_held_up OPTIONS: one start after the other until the file "over" is there; each change of an owner waits before it happens.
walk_held_up() {
	local changes=chown,fchown,fchownat,lchown

	launcher=(strace -f -qq -o /dev/null -e "trace=$changes" -e "inject=$changes:delay_enter=300" "${launcher[@]}")
	until [[ -e $work/over ]]; do
		start "$1"
	done
}

# besiege NAME MOOD DIRECTORY COUNT OPTIONS... -- ARGUMENT...: $starts starts, each with the next OPTIONS (words in one argument), beside
# `storm TREE MOOD DIRECTORY 1000 COUNT ARGUMENT...`, or more starts until the attacker has done enough. $refused are those with a refusal.
besiege() {
	local name=$1 attacker walker=''
	local -a before behind

	split "${@:5}"
	rm -f "$work/over" "$work/strange"
	"$e2e_directory/../tools/storm" "$tree" "$2" "$3" 1000 "$4" "${behind[@]}" >"$work/storm" 2>&1 </dev/null &
	attacker=$!
	wait_until grep -q ready "$work/storm"
	if [[ -n $held_up ]]; then
		walk_held_up "${before[0]}" >>"$work/strange" &
		walker=$!
	fi
	well=0 refused=0
	until ((well + refused >= starts)) && grep -q enough "$work/storm"; do
		if start "${before[(well + refused) % ${#before[@]}]}" >>"$work/strange"; then well+=1; else refused+=1; fi
		if [[ -n $(stolen) ]] || ((well + refused > 100 * starts)) || process_is_gone "$attacker"; then break; fi
	done
	touch "$work/over"
	[[ -z $walker ]] || wait "$walker"
	kill "$attacker"
	wait "$attacker"
	status=$?
	diag "$name: seed $seed, starts that ended well $well, that were refused $refused; $(tail -n 1 "$work/storm")"
	ok "$name: the attacker was there, and so was stepdown" test "$status" -eq 0 -a "$well" -gt 0 -a "$(grep -c enough "$work/storm")" -eq 1
	is "$(sort -u "$work/strange" | head -n 3)" '' "$name: every start ended well or was refused"
	is "$(stolen)" '' "$name: nothing outside has changed owner"
}
