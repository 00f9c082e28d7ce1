# The same start in every environment, with a volume that is root's.
#
# In each the command runs with exactly these ids and groups, all five sets empty, no_new_privs set, and the volume
# is its own. If that cannot be: status 125, one line that says why, no command and nothing changed.
#
#   environment NAME LAUNCHER...      a command; it gets "sh -c SCRIPT sh USER" behind it, and runs that as root in there; stepdown and
#                                     probe are in its PATH, /data is a directory that can be written to
#   who=UID:GID                       a user by number; else it is an account that is made
#   told=PATTERN                      the start must be refused with this message
#   hint=LINE                         the start says this
#   bounding=MASK                     what stays in the bounding set, where it cannot be emptied
#   groups=LIST                       the groups, where they are not just the primary one, which is GID in the list
#   fsids=none                        where the kernel does not say the ids for access to files
#
# All of these are for one environment, then they are as before. Test names begin with "environment NAME: ".

source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"

usual_environment() {
	who=svc=10001:10002
	bounding=0000000000000000
	groups=GID
	fsids=
	hint=
	told=
}
usual_environment

environment_script='
look() { find /data /etc/group /etc/passwd -exec stat -c "%n %u:%g" {} + | sort; }
if [ ! -e /data/sub/file ]; then
	mkdir -p /data/sub && touch /data/file /data/sub/file && ln -s /etc/passwd /data/sub/link || exit 99
fi
look || exit 99
echo "== start"
stepdown --user "$1" --own /data probe cap gid groups no_new_privs uid 2>&1
echo "status $?"
look
cut -d: -f1,3 /etc/passwd /etc/group | grep ^svc:
'

# looks OWNER: what look says if the volume is that owner's.
looks() {
	printf "%s $1\n" /data /data/file /data/sub /data/sub/file /data/sub/link
	printf '%s 0:0\n' /etc/group /etc/passwd
}

environment() {
	local name="environment $1: $who" ids=${who#*=} before after got wanted
	local expected='^stepdown: (owning: .*changed: 5 of 5: root 5$|making the account: .* added the line|changing the owner: )'
	local uid=${ids%:*} gid=${ids#*:}

	capture "${@:2}" sh -c "$environment_script" sh "$who"
	before=$(looks 0:0)
	got=${output#"$before"$'\n== start\n'}
	if [[ $got == "$output" ]]; then
		fail "environment $1: can be entered" "status $status" "$output" "$errors"
	elif [[ -n $told ]]; then
		like "$got" $'^stepdown: [^\n]*('"$told)"$'[^\n]*\nstatus 125\n'"$before\$" "$name is refused in one line, and changes nothing"
	else
		wanted=${hint:+$hint$'\n'}$(capabilities 0000000000000000 | sed "s/bnd .*/bnd $bounding/")
		wanted+=$'\n'$(identity "$uid" "$gid" "${groups/GID/$gid}")
		[[ $fsids != none ]] || wanted=$(sed -E 's/^([ug]id .*) .*/\1 4294967295/' <<<"$wanted")
		after=$(looks "$ids")
		[[ $who == "$ids" ]] || after+=$'\n'"svc:$uid"$'\n'"svc:$gid"
		is "$(grep -vE "$expected" <<<"$got")" "$wanted"$'\nno_new_privs 1\nstatus 0\n'"$after" "$name steps down to that and owns the volume"
	fi
	usual_environment
}
