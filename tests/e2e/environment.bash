# shellcheck shell=bash
# The same few starts in every environment: by number, and by an account that is made, each with a volume that is root's.
#
# What is wanted of each: the command runs with exactly these ids and groups, all five sets empty, no_new_privs set, and the volume
# is its own; or, where that cannot be, status 125, a message that says why, no command and nothing changed.
#
#   environment NAME LAUNCHER...      a function with its arguments; it gets "sh -c SCRIPT sh ARGUMENT..." behind it, and runs that as root in there;
#                                     stepdown and probe are in its PATH, /data is a directory that can be written to
#   number=UID:GID account=UID:GID    are variables for other ids than the usual (number='' leaves that start out, account='' too)
#   told[number]=PATTERN              that start must be refused with this message
#   hint[number]=PATTERN              that start works, and says this
#   bounding=MASK                     what stays in the bounding set, where it cannot be emptied
#   groups=LIST                       the groups, where they are not just the primary one, which is GID in the list
#   fsids=none                        where the kernel does not say the ids for access to files
#
# All of these are for one environment, then they are as before. Test names begin with "environment NAME: ".
# `absent` names an environment that the machine does not have.

# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"

usual_environment() {
	number=1000:1001
	account=10001:10002
	bounding=0000000000000000
	groups=GID
	fsids=
	told=()
	hint=()
}
declare -A told=() hint=()
usual_environment

need_environments() {
	need_tools
}

# absent NAME WHY: an environment that this machine cannot offer. It is no failure.
absent() {
	diag "absent: $1: $2"
}

# What runs inside. Each start says its status and what the command saw, then what the volume and the account files are like.
# shellcheck disable=SC2016 # the dollars are for the shell inside
environment_script='
list() { find "$@" -exec stat -c "%n %u:%g" {} + | sort; }
if [ ! -e /data/sub/file ]; then
	mkdir -p /data/sub && touch /data/file /data/sub/file && ln -s /etc/passwd /data/sub/link || exit 99
fi
list /data || exit 99
start() {
	echo "== $1"
	stepdown --user "$2" --own /data probe cap gid groups no_new_privs uid
	echo "status $?"
	list /data
	cut -d: -f1,3 /etc/passwd /etc/group | grep ^svc:
}
[ -z "$1" ] || start number "$1"
[ -z "$2" ] || { echo "== account" >&2; start account "svc=$2"; }
list /etc/group /etc/passwd
'

# volume OWNER: the lines of list for the volume.
volume() {
	printf "%s $1\\n" /data /data/file /data/sub /data/sub/file /data/sub/link
}

# environment_start NAME KIND IDS OUTPUT ERRORS: what one start came to.
environment_start() {
	local name="$1: $2" kind=$2 uid=${3%:*} gid=${3#*:} got=$4 said=$5 wanted

	if [[ -n ${told[$kind]:-} ]]; then
		is "$(head -n 1 <<<"$got")" "status 125" "$name is refused, no command has run"
		like "$said" "^stepdown: [^"$'\n'"]*(${told[$kind]})[^"$'\n'"]*$" "$name says why, in one line"
		is "$(sed 1d <<<"$got" | grep -v '^/etc/')" "$before" "$name changes nothing"
		return
	fi
	wanted=$(capabilities 0000000000000000 | sed "s/bnd .*/bnd $bounding/")
	wanted+=$'\n'$(identity "$uid" "$gid" "${groups/GID/$gid}")$'\n'"no_new_privs 1"
	[[ $fsids != none ]] || wanted=$(sed -E 's/^([ug]id .*) .*/\1 4294967295/' <<<"$wanted")
	is "$(sed '/^status /,$d' <<<"$got" | sort)" "$(sort <<<"$wanted")" "$name steps down to the ids, the group and nothing else"
	is "$(grep '^status ' <<<"$got")" "status 0" "$name runs the command"
	wanted=$(volume "$3")
	[[ $kind == number ]] || wanted+=$'\n'"svc:$uid"$'\n'"svc:$gid"
	before=$(sed '1,/^status /d' <<<"$got" | grep -v '^/etc/')
	is "$before" "$wanted" "$name owns the volume$([[ $kind == number ]] || printf ', and the account is made')"
	if [[ -n ${hint[$kind]:-} ]]; then
		like "$said" "${hint[$kind]}" "$name says what is different"
	else
		is "$(grep -vE '^stepdown: (owning: .*changed: 5 of 5: [a-z:]+ 5$|making the account: .* added the line|changing the owner: )' <<<"$said")" \
			'' "$name has nothing to complain of"
	fi
}

# between FIRST [LAST]: of what is read, the lines after the one that is FIRST, up to one that is LAST.
between() {
	awk -v first="$1" -v last="${2:-}" '$0 == last && last != "" { exit } inside; $0 == first { inside = 1 }'
}

environment() {
	local name="environment $1" before kind

	shift
	capture "$@" sh -c "$environment_script" sh "$number" "$account"
	before=$(between '' '== number' <<<$'\n'"$output" | sed '/^== /,$d')
	if [[ $before != "$(volume 0:0)" ]]; then
		fail "$name: can be entered" "status $status" "$output" "$errors"
	else
		# What an engine has to say is its own.
		errors=$(grep -v '^time=' <<<"$errors")
		[[ -z $number ]] || environment_start "$name" number "$number" \
			"$(between '== number' '== account' <<<"$output")" "$(between '' '== account' <<<$'\n'"$errors")"
		[[ -z $account ]] || environment_start "$name" account "$account" \
			"$(between '== account' <<<"$output")" "$(between '== account' <<<"$errors")"
		is "$(tail -n 2 <<<"$output")" $'/etc/group 0:0\n/etc/passwd 0:0' "$name: the account files stay root's"
	fi
	usual_environment
}
