# The same two starts in every environment: by number, and by an account that is made, each with a volume that is root's.
#
# What is wanted of each: the command runs with exactly these ids and groups, all five sets empty, no_new_privs set, and the volume
# is its own. If that cannot be: status 125, one line that says why, no command and nothing changed.
#
#   environment NAME LAUNCHER...      a command; it gets "sh -c SCRIPT sh ARGUMENT..." behind it, and runs that as root in there; stepdown and
#                                     probe are in its PATH, /data is a directory that can be written to
#   number=UID:GID account=UID:GID    other ids than the usual (number='' leaves that start out, account='' too)
#   told[number]=PATTERN              that start must be refused with this message
#   hint=LINE                         each start says this
#   bounding=MASK                     what stays in the bounding set, where it cannot be emptied
#   groups=LIST                       the groups, where they are not just the primary one, which is GID in the list
#   fsids=none                        where the kernel does not say the ids for access to files
#
# All of these are for one environment, then they are as before. Test names begin with "environment NAME: ".

source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"

usual_environment() {
	number=1000:1001
	account=10001:10002
	bounding=0000000000000000
	groups=GID
	fsids=
	hint=
	told=()
}
declare -A told=()
usual_environment

environment_script='
look() { find /data /etc/group /etc/passwd -exec stat -c "%n %u:%g" {} + | sort; }
start() {
	echo "== $1"
	stepdown --user "$2" --own /data probe cap gid groups no_new_privs uid 2>&1
	echo "status $?"
	look
	cut -d: -f1,3 /etc/passwd /etc/group | grep ^svc:
}
if [ ! -e /data/sub/file ]; then
	mkdir -p /data/sub && touch /data/file /data/sub/file && ln -s /etc/passwd /data/sub/link || exit 99
fi
echo "== before"
look || exit 99
[ -z "$1" ] || start number "$1"
[ -z "$2" ] || start account "svc=$2"
'

# looks OWNER: what look says if the volume is that owner's.
looks() {
	printf "%s $1\n" /data /data/file /data/sub /data/sub/file /data/sub/link
	printf '%s 0:0\n' /etc/group /etc/passwd
}

# of_start WORD: what that start has said and left behind.
of_start() {
	awk -v head="== $1" '/^== / { inside = $0 == head; next } inside' <<<"$output"
}

# judge_start NAME KIND IDS
judge_start() {
	local name="$1: $2 $3" kind=$2 uid=${3%:*} gid=${3#*:} got wanted after
	local expected='^stepdown: (owning: .*changed: 5 of 5: [a-z:]+ 5$|making the account: .* added the line|changing the owner: )'

	got=$(of_start "$kind")
	if [[ -n ${told[$kind]:-} ]]; then
		like "$got" $'^stepdown: [^\n]*('"${told[$kind]})"$'[^\n]*\nstatus 125\n'"$before\$" "$name is refused in one line, and changes nothing"
		return
	fi
	wanted=${hint:+$hint$'\n'}$(capabilities 0000000000000000 | sed "s/bnd .*/bnd $bounding/")
	wanted+=$'\n'$(identity "$uid" "$gid" "${groups/GID/$gid}")
	[[ $fsids != none ]] || wanted=$(sed -E 's/^([ug]id .*) .*/\1 4294967295/' <<<"$wanted")
	after=$(looks "$3")
	[[ $kind == number ]] || after+=$'\n'"svc:$uid"$'\n'"svc:$gid"
	is "$(grep -vE "$expected" <<<"$got")" "$wanted"$'\nno_new_privs 1\nstatus 0\n'"$after" "$name steps down to that and owns the volume"
	before=$after
}

environment() {
	local name="environment $1" before

	capture "${@:2}" sh -c "$environment_script" sh "$number" "$account"
	before=$(of_start before)
	if [[ $before == "$(looks 0:0)" ]]; then
		[[ -z $number ]] || judge_start "$name" number "$number"
		[[ -z $account ]] || judge_start "$name" account "$account"
	else
		fail "$name: can be entered" "status $status" "$output" "$errors"
	fi
	usual_environment
}
