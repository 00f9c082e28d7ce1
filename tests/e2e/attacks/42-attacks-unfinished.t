#!/bin/bash
# S42, S44, S47, S48 and the signals: a start that was stopped, or that left something as it was, never looks finished to the next
# start; nobody without privileges can stop a start by holding a lock; and a path that others can exchange is told.

# shellcheck disable=SC2016 # the dollars are for the shells inside
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../slowfs.bash
source "$e2e_directory/slowfs.bash"
need_engines
need_real_engines
need_commands chattr flock python3 strace
need_slowfs
take_turns
volume=$work/volume

# fresh FILE...: a volume of root's, with these files in it.
fresh() {
	rm -rf --one-file-system "$volume"
	mkdir "$volume"
	(cd "$volume" && mkdir sub && touch "$@")
}

# owner PATH...: below the volume.
owner() {
	(cd "$volume" && stat -c '%u:%g' "$@" | xargs)
}

# --- S42: what looks finished ---------------------------------------------------------------------------------------------------

fresh immutable
defer chattr -i "$volume/immutable"
chattr +i "$volume/immutable"
for start in first second; do
	gives "S42_unchangeable_file: $start start" 125 '' \
		"skipped: 2 of 3, the first is '/vol/immutable': .*; '/vol' stays root's, so the next start tries again" \
		--volume "$volume:/vol" -- stepdown --user app --own-once /vol --strict probe uid
done
is "$(owner . sub)" '0:0 1000:1000' "S42_unchangeable_file: the top stays root's"
chattr -i "$volume/immutable"
gives "S42_unchangeable_file, made changeable" 0 'uid 1000 1000 1000 1000' 'entries changed: 2 of 3' --volume "$volume:/vol" -- \
	stepdown --user app --own-once /vol --strict probe uid
is "$(owner . immutable)" '1000:1000 1000:1000' "S42_unchangeable_file, made changeable: all of it is owned"

# An error that passes: with so few descriptors nothing that lies deeper can be opened.
few='ulimit -n 6; exec stepdown --user app --own-once /vol "$@" probe uid'
for strict in --strict ''; do
	fresh top
	mkdir -p "$volume"/1/2/3/4/5/6/7/8
	touch "$volume/1/2/3/4/5/6/7/8/file"
	wanted=(125 '')
	[[ -n $strict ]] || wanted=(0 'uid 1000 1000 1000 1000')
	for start in first second; do
		gives "S42_few_descriptors${strict:+, strict}: $start start" "${wanted[@]}" "'/vol' stays root's" --volume "$volume:/vol" -- \
			sh -c "$few" few ${strict:+"$strict"}
		is "$(owner .)" '0:0' "S42_few_descriptors${strict:+, strict}: $start start, the top stays root's"
	done
	gives "S42_enough_descriptors${strict:+, strict}" 0 'uid 1000 1000 1000 1000' 'entries changed' --volume "$volume:/vol" -- \
		stepdown --user app --own-once /vol probe uid
	is "$(find "$volume" ! -user 1000)" '' "S42_enough_descriptors${strict:+, strict}: all of it is owned"
done

# --- signals in a long walk ------------------------------------------------------------------------------------------------------

slow=$work/slow
mkdir "$slow"

# A walk that takes minutes.
slow_volume() {
	rm -rf "$work/backing"
	mkdir "$work/backing"
	make_files "$work/backing" 4000
	mount_slowfs "$work/backing" "$slow" 50000 || diag "slowfs: $(<"$work/slowfs.log")"
}

walk_has_begun() {
	[[ -n $(find "$work/backing" -user 1000 -print -quit) ]]
}

# start_slowly ENGINE NAME [ENGINE OPTION]...: in the background, until it walks.
start_slowly() {
	local engine=$1 name=$2

	slow_volume
	"$engine" run --detach --network none --name "$name" "${@:3}" --volume "$slow:/vol" sd-busybox \
		stepdown --user app --own-once /vol probe uid >"$work/id"
	defer "$engine" rm --force "$name"
	wait_until 30 walk_has_begun || fail "$name: it walks" "$("$engine" logs "$name" 2>&1)"
}

has_ended() {
	[[ $("$1" inspect --format '{{.State.Running}}' "$2") == false ]]
}

# ends NAME ENGINE SIGNAL STATUS [ENGINE OPTION]...: and the next start does all that is left.
ends() {
	local label=$1 engine=$2 signal=$3 end_status=$4 name=sd-$BASHPID-$RANDOM

	start_slowly "$engine" "$name" "${@:5}"
	"$engine" kill --signal "$signal" "$name" >/dev/null
	wait_until 20 has_ended "$engine" "$name"
	status=$("$engine" inspect --format '{{.State.ExitCode}}' "$name")
	output=""
	errors=$("$engine" logs "$name" 2>&1)
	result "$label" "$end_status" '' "'/vol': ended by SIG$signal \\(the next start begins again\\)"
	is "$(grep -c "ended by" <<<"$errors")" 1 "$label: told in one line"
	is "$(stat -c %u "$work/backing")" 0 "$label: the top stays root's"
	"$engine" rm --force "$name" >/dev/null
	hurry_slowfs "$slow"
	capture run_in "$engine" sd-busybox --volume "$slow:/vol" -- stepdown --user app --own-once /vol --strict probe uid
	result "$label, the next start" 0 'uid 1000 1000 1000 1000' 'entries changed'
	is "$(find "$work/backing" ! -user 1000 | head -n 3)" '' "$label, the next start: all of it is owned"
	unmount_slowfs "$slow"
}
for engine in $engines; do
	ends "signal_TERM: $engine" "$engine" TERM 143
done
choose_engines
for engine in $asked; do
	ends "signal_INT: $engine" "$engine" INT 130
done
choose_engines
for engine in $asked; do
	ends "signal_HUP: $engine" "$engine" HUP 129
done
choose_engines
for engine in $asked; do
	ends "signal_TERM_below_an_init: $engine" "$engine" TERM 143 --init
done

# --- S44: a lock that somebody else holds ----------------------------------------------------------------------------------------

# The change by name is for directories that are older than this.
has_settled() {
	[[ -z $(find "$volume" -newerct '200 milliseconds ago') ]]
}

# holding KIND COMMAND...: while uid 1000 holds a lock on a directory of the volume, which anybody may read.
holding() {
	local kind=$1 holder

	shift
	setpriv --reuid 1000 --regid 1000 --clear-groups flock --no-fork "$kind" "$volume/sub" sh -c 'echo held; exec cat' \
		<>"$work/holder" >"$work/held" &
	holder=$!
	wait_until 10 grep -q held "$work/held"
	"$@"
	kill "$holder"
	wait "$holder"
}
mkfifo "$work/holder"
for kind in --shared --exclusive; do
	fresh sub/file
	holding "$kind" gives "S44_neighbour_with_a_lock, $kind" 0 'uid 1000 1000 1000 1000' \
		"skipped: 1 of 3, .*'/vol/sub': a directory that another process holds a lock on" --volume "$volume:/vol" -- \
		stepdown --user app --own /vol probe uid
	is "$(owner sub sub/file .)" '0:0 1000:1000 1000:1000' "S44_neighbour_with_a_lock, $kind: the directory alone stays root's"
done

# Two starts meet: the first is held up between its look at a name and its change of it, for longer than the second waits.
fresh sub/{1,2,3}
wait_until 5 has_settled
tree=$(copy_tree held-up)
mkdir "$tree/vol"
mount --bind "$volume" "$tree/vol"
defer umount "$tree/vol"
strace -f -qq -o "$work/trace" -e trace=fchownat -e inject=fchownat:delay_enter=9000000:when=1 \
	chroot "$tree" stepdown --user app --own /vol --own-jobs 1 probe uid >/dev/null 2>&1 &
first=$!
is_held_up() {
	grep -q ":$(stat -c %i "$volume/sub") " /proc/locks
}
wait_until 20 is_held_up
capture in_tree "$tree" stepdown --user app --own /vol probe uid
result "S44_two_starts" 0 'uid 1000 1000 1000 1000' "'/vol[^']*': a directory that another process holds a lock on"
wait "$first"
is "$(find "$volume" ! -user 1000)" '' "S44_two_starts: the first does what the second left"

# --- S47: the directory above is the user's ----------------------------------------------------------------------------------------

fresh sub/file
for above in '1000:1000 755' '0:1000 775' '0:0 755'; do
	chown "${above% *}" "$volume"
	chmod "${above#* }" "$volume"
	told="owning: '/vol/sub': not only root can put another directory in its place"
	for option in --dry-run -v; do
		choose_engines
		output=$(run_in "$asked" sd-busybox --volume "$volume:/vol" -- stepdown --user app "$option" --own /vol/sub id -u 2>&1)
		if [[ $above == '0:0 755' ]]; then
			unlike "$output" "$told" "S47_directory_above_is_roots: $option"
		else
			like "$output" "$told" "S47_directory_above, $above: $option"
		fi
	done
done

# --- S48: a lock on the account files ----------------------------------------------------------------------------------------------

passwd_lines >"$work/passwd"
group_lines >"$work/group"
read_lock='import fcntl, struct, sys
file = open(sys.argv[1])
fcntl.fcntl(file, 37, struct.pack("hhqqi", fcntl.F_RDLCK, 0, 0, 0, 0))
print("held", flush=True)
sys.stdin.read()'
mkfifo "$work/reader"
python3 -c "$read_lock" "$work/passwd" <>"$work/reader" >"$work/locked" &
reader=$!
defer kill "$reader"
wait_until 10 grep -q held "$work/locked"
read_messages
locked=${line_of[account_locked]//\(/\\(}
gives S48_read_lock_on_passwd 0 'uid 4711 4711 4711 4711' "${locked//\)/\\)}\$" \
	--volume "$work/passwd:/etc/passwd" --volume "$work/group:/etc/group" -- stepdown --user new=4711:4712 probe uid
is "$(grep -c new "$work/passwd")" 0 "S48_read_lock_on_passwd: the file is as it was"

done_testing
