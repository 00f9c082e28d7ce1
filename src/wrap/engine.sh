# shellcheck shell=sh
# The container engine. Everything that is made carries the label stepdown-wrap=RUN, and only what carries it is removed.

# engine ARGUMENT...: docker or podman. A child of a killed stepdown-wrap makes nothing new.
engine() {
	kill -0 $$ 2>/dev/null || exit 143
	"$docker" "$@" </dev/null
}

# choose_engine: $DOCKER, or docker, or podman. Sets $docker and $engine_name.
choose_engine() {
	docker=${DOCKER:-}
	if [ -z "$docker" ]; then
		docker=docker
		command -v docker >/dev/null 2>&1 || docker=podman
	fi
	command -v "$docker" >/dev/null 2>&1 ||
		fail "finding the engine: '$docker': no such command (install docker or podman, or set DOCKER)"
	engine_name=docker
	case $(engine --version 2>&1) in *podman*) engine_name=podman ;; esac
	engine_version=$(engine version --format '{{.Server.Version}}' 2>"$work/errors") ||
		engine_version=$(engine version --format '{{.Version}}' 2>/dev/null) ||
		fail "asking the engine: '$docker': $(first_line <"$work/errors")"
	[ "$engine_version" != '<no value>' ] && [ -n "$engine_version" ] ||
		engine_version=$(engine version --format '{{.Client.Version}}' 2>/dev/null)
}

first_line() {
	sed -n '/./{p;q;}'
}

# process_start PID: the kernel's start time of a process, which tells it from a later process with the same number.
process_start() {
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# name_run: the label's value: machine, process and start time.
name_run() {
	machine=$(uname -n | tr -cd 'A-Za-z0-9-')
	run_name=${machine:-local}_$$_$(process_start $$)
	label=stepdown-wrap=$run_name
}

# run_is_alive NAME: whether the stepdown-wrap of that label still works. A run of another machine counts as alive.
run_is_alive() {
	other=${1#"${machine:-local}_"}
	[ "$other" != "$1" ] || return 0
	other_pid=${other%_*}
	case $other_pid in '' | *[!0-9]*) return 1 ;; esac
	if [ -d /proc/self ]; then
		[ "$(process_start "$other_pid")" = "${other#*_}" ]
	else
		kill -0 "$other_pid" 2>/dev/null
	fi
}

# remove_labelled FILTER: containers with their anonymous volumes, then volumes, then images. Images of podman go in order of use.
remove_labelled() {
	for labelled in $(engine ps --all --quiet --no-trunc --filter "label=$1" 2>/dev/null); do
		engine rm --force --volumes "$labelled" >/dev/null 2>&1
	done
	for labelled in $(engine volume ls --quiet --filter "label=$1" 2>/dev/null); do
		engine volume rm --force "$labelled" >/dev/null 2>&1
	done
	for labelled in $(engine images --all --quiet --no-trunc --filter "label=$1" 2>/dev/null | sort -u); do
		engine rmi --force "$labelled" >/dev/null 2>&1
	done
}

# list_runs: the label's values of everything in the engine.
list_runs() {
	for labelled in $(engine ps --all --quiet --filter label=stepdown-wrap 2>/dev/null); do
		engine inspect --type container --format '{{index .Config.Labels "stepdown-wrap"}}' "$labelled" 2>/dev/null
	done
	for labelled in $(engine volume ls --quiet --filter label=stepdown-wrap 2>/dev/null); do
		engine volume inspect --format '{{index .Labels "stepdown-wrap"}}' "$labelled" 2>/dev/null
	done
	for labelled in $(engine images --all --quiet --filter label=stepdown-wrap 2>/dev/null); do
		engine image inspect --format '{{index .Config.Labels "stepdown-wrap"}}' "$labelled" 2>/dev/null
	done
}

# clean_dead_runs: removes what killed runs of this machine left behind, in the engine and in the directory for temporary files.
clean_dead_runs() {
	for dead in $(list_runs | sort -u); do
		run_is_alive "$dead" || {
			say "removing what the killed run $dead left behind"
			remove_labelled "stepdown-wrap=$dead"
		}
	done
	for directory in "${TMPDIR:-/tmp}"/stepdown-wrap."${machine:-local}"_*.*; do
		dead=${directory##*/stepdown-wrap.}
		# A directory of another user is left alone, because everybody may choose a name in /tmp.
		[ -n "$(find "$directory" -prune -type d -user "$(id -u)" 2>/dev/null)" ] || continue
		run_is_alive "${dead%.*}" || rm -rf "$directory"
	done
}

# clean_up: runs at the end, also after a signal. Children end first, because a child may be about to make a container.
clean_up() {
	status=$?
	trap '' HUP INT TERM
	trap - EXIT
	for child in $children; do
		kill "$child" 2>/dev/null
	done
	wait
	if [ -n "${engine_version:-}" ]; then
		remove_labelled "$label"
		clean_dead_runs
	fi
	rm -rf "$work"
	exit "$status"
}

# start_work: the directory for everything that is noted down, and the traps.
start_work() {
	children=
	name_run
	work=$(mktemp -d "${TMPDIR:-/tmp}/stepdown-wrap.$run_name.XXXXXX") || exit 125
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	for file in trials proofs left grants held run_options volumes; do
		: >"$work/$file"
	done
}

# start_container OPTION...: starts in the background with the label and without a network, and prints the id.
start_container() {
	eval "set -- $(quote_lines <"$work/run_options")\"\$@\""
	engine run --detach --label "$label" --no-healthcheck --network "$network" "$@"
}

# remove_container ID: the container and its anonymous volumes.
remove_container() {
	engine rm --force --volumes "$1" >/dev/null 2>&1
}

# container_state ID: "running 0", "exited 3" and the like.
container_state() {
	engine inspect --type container --format '{{.State.Status}} {{.State.ExitCode}}' "$1" 2>/dev/null
}

# last_words ID: the last lines of the log, in one line.
last_words() {
	engine logs --tail 3 "$1" 2>&1 | tr -d '\r' | sed 's/[[:cntrl:]]//g' | awk 'NF { printf "%s%s", (n++ ? " | " : ""), substr($0, 1, 200) }'
}
