# shellcheck shell=sh
# The command line, and what --run may contain.

print_help() {
	cat <<'END'
usage: stepdown-wrap IMAGE [--check COMMAND] [--check-host COMMAND] [--run 'OPTIONS'] [--minimal] [--trace]

Prints a Dockerfile that makes a local root image run as a user. It looks at the image, decides, tries and proves, in containers
without a network and on anonymous volumes. The Dockerfile goes to standard output, progress and the report to standard error.

  --check COMMAND       tells by status 0 that the service works; sh runs it in the container
  --check-host COMMAND  the same, but sh runs it on this machine; CONTAINER is the container's id, PID its first process,
                        DOCKER the engine's command
  --run 'OPTIONS'       options of "docker run" that the image needs; those that reach real data are refused
  --minimal             if the service must stay root, print the smallest set of capabilities that passes the check
  --trace               list the system calls that were refused; needs strace (which is used anyway if it is installed)
  --help, --version     print this, print the version

Environment: DOCKER is the engine's command (docker, else podman); STEPDOWN is the static program stepdown (else stepdown-static
or stepdown beside stepdown-wrap, else stepdown in PATH); STEPDOWN_WRAP_LIMIT is how many seconds each start may take until the
check passes (else 120, and less if the old image is quick).

Status: 0 the check passed in every way that the report states; 1 it did not, and the report says why; 125 the command failed.
END
}

# option_value NAME COUNT: fails if an option's value is missing.
option_value() {
	[ "$2" -ge 2 ] || fail_usage "option '$1': a value is missing"
}

parse_options() {
	image='' check='' check_host='' run_text='' minimal='' trace=''
	while [ $# -gt 0 ]; do
		case $1 in
		--check) option_value "$1" $# && check=$2 && shift ;;
		--check-host) option_value "$1" $# && check_host=$2 && shift ;;
		--run) option_value "$1" $# && run_text=$2 && shift ;;
		--check=*) check=${1#*=} ;;
		--check-host=*) check_host=${1#*=} ;;
		--run=*) run_text=${1#*=} ;;
		--minimal) minimal=1 ;;
		--trace) trace=1 ;;
		--help | -h) print_help && exit 0 ;;
		--version | -V) echo "stepdown-wrap $wrap_version" && exit 0 ;;
		-*) fail_usage "option '$1': no such option" ;;
		'') fail_usage "the image's name is empty" ;;
		*)
			[ -z "$image" ] || fail_usage "'$1': one image only"
			image=$1
			;;
		esac
		shift
	done
	[ -n "$image" ] || fail_usage "an image must be named"
}

refuse_run() {
	fail "--run: '$1': refused, because $2"
}

# keep_run WORD...: one option of --run that is passed on.
keep_run() {
	printf '%s\n' "$@" >>"$work/run_options"
}

# check_volume VALUE: -v of an anonymous volume only.
check_volume() {
	case $1 in
	*:*) refuse_run "-v $1" "trials change owners, and this is real data (the trials use volumes of their own; put a file that the image needs into it by FROM and COPY)" ;;
	/*) keep_run --volume "$1" ;;
	*) refuse_run "-v $1" "it names a volume" ;;
	esac
}

check_mount() {
	case ,$1, in
	*,source=* | *,src=* | *,type=bind,*) refuse_run "--mount $1" "trials change owners, and this is real data" ;;
	*,type=tmpfs,* | *,type=volume,*) keep_run --mount "$1" ;;
	*) refuse_run "--mount $1" "only a tmpfs or an anonymous volume is harmless" ;;
	esac
}

check_network() {
	case $1 in
	host) refuse_run "--network host" "trials would share the network of this machine" ;;
	container:* | ns:*) refuse_run "--network $1" "trials would share the network of another container" ;;
	esac
	network=$1
}

check_capability() {
	capability=$(printf '%s' "$1" | tr '[:lower:]' '[:upper:]')
	case ${capability#CAP_} in
	CHOWN | DAC_OVERRIDE | FOWNER | FSETID | KILL | SETGID | SETUID | SETPCAP | NET_BIND_SERVICE | NET_RAW | NET_ADMIN | NET_BROADCAST | SYS_CHROOT | \
		MKNOD | AUDIT_WRITE | SETFCAP | IPC_LOCK | IPC_OWNER | SYS_NICE | SYS_RESOURCE | SYS_PTRACE | LEASE | LINUX_IMMUTABLE) keep_run --cap-add "$1" ;;
	*) refuse_run "--cap-add $1" "trials could reach the machine with it" ;;
	esac
}

check_security() {
	case $1 in
	no-new-privileges* | seccomp* | apparmor* | label*) keep_run --security-opt "$1" ;;
	*) refuse_run "--security-opt $1" "trials could reach the machine with it" ;;
	esac
}

# take_run_option NAME VALUE: one option with its value.
take_run_option() {
	case $1 in
	-v | --volume) check_volume "$2" ;;
	--mount) check_mount "$2" ;;
	--network | --net) check_network "$2" ;;
	--cap-add) check_capability "$2" ;;
	--security-opt) check_security "$2" ;;
	-p | --publish)
		published=1
		keep_run --publish "$2"
		;;
	-e | --env | --env-file | --tmpfs | -h | --hostname | --add-host | --dns | --dns-search | --dns-option | --shm-size | -m | --memory | \
		--memory-swap | --cpus | -c | --cpu-shares | --cpuset-cpus | --pids-limit | --ulimit | --sysctl | --cap-drop | --group-add | \
		--stop-signal | --stop-timeout | -w | --workdir | --oom-score-adj | --log-driver | --log-opt | --network-alias | --runtime | --platform)
		keep_run "$1" "$2"
		;;
	-l | --label | --name | --restart | --cidfile) ;;
	-u | --user) refuse_run "--user $2" "the user is what is looked for" ;;
	--entrypoint) refuse_run "--entrypoint $2" "the image's own command is wrapped (make an image with another ENTRYPOINT first)" ;;
	--volumes-from) refuse_run "--volumes-from $2" "trials change owners, and this is real data" ;;
	--device | --gpus | --device-cgroup-rule) refuse_run "$1 $2" "trials would use a real device" ;;
	--pid | --ipc | --uts | --userns | --cgroupns | --cgroup-parent) refuse_run "$1 $2" "trials would leave their own namespaces" ;;
	*) refuse_run "$1" "it is not known to be harmless" ;;
	esac
}

# parse_run: splits the text of --run as a shell would, without expanding anything. An option and its value stand on two lines.
parse_run() {
	network=none published=''
	[ -n "$run_text" ] || return 0
	printf '%s' "$run_text" | xargs printf '%s\n' >"$work/run_words" 2>/dev/null || fail_usage "option '--run': a quote is not closed"
	exec 3<"$work/run_words"
	while IFS= read -r word <&3; do
		case $word in
		-d | --detach | --rm | -i | --interactive | -t | --tty | -it | -ti | -dit | -id | -td | --detach=true | --rm=true) ;;
		--init | --read-only | --init=true | --read-only=true) keep_run "$word" ;;
		--privileged | --privileged=*) refuse_run "$word" "trials could reach the devices of this machine" ;;
		-P | --publish-all) keep_run "$word" ;;
		--*=*) take_run_option "${word%%=*}" "${word#*=}" ;;
		-[a-z]?*) take_run_option "${word%"${word#??}"}" "${word#??}" ;;
		-*)
			IFS= read -r value <&3 || fail_usage "option '--run': '$word': a value is missing"
			take_run_option "$word" "$value"
			;;
		*) refuse_run "$word" "only options belong there" ;;
		esac
	done
	exec 3<&-
}

# quote_lines: the lines of standard input as words quoted for the shell, in one line.
quote_lines() {
	sed "s/'/'\\\\''/g; s/^/'/; s/\$/' /" | tr -d '\n'
}
