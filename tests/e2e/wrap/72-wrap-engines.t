#!/bin/bash
# stepdown-wrap gives the same Dockerfile with each kind of engine: docker, podman, docker with userns-remap, and the podman of a user.
# without --all: left out, because it takes minutes; 70 and 74 run stepdown-wrap with docker.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines real
need_commands newuidmap unshare setpriv
source "$e2e_directory/made_up.bash"
make_wrap

image_command='["sh", "-c", "mkdir -p /www && echo hello >/www/index.html && echo >>/data/log && echo $$ >/run/web.pid && exec httpd -f -p 80 -h /www"]'

# is_wrapped NAME ENGINE WRAP...: a root image that makes a directory, fills a volume and has a pid file and a low port. WRAP is the command that
# wraps it.
is_wrapped() {
	local name=$1 engine=$2

	shift 2
	capture "$engine" import --change "ENV PATH=$image_path" --change 'VOLUME /data' --change "CMD $image_command" "$shared/busybox.tar" sd-wrap-engines
	((status == 0)) || { fail "$name: the image can be imported" "$errors"; return; }
	"$@" sd-wrap-engines --check 'wget -qO- http://127.0.0.1/'
	is "$status $(entrypoint)" '0 --user=app --try-cap=net_bind_service --mkdir=/data:/www --own=/data --own-top=/run' "$name: the options"
	unlike "$errors" '^not owned|\nnot owned' "$name: what the engine itself changes is no reason to own anything"
	report_says "$name: before" '^  run as +root$'
	report_says "$name: after" '^  run as +app$'
	report_says "$name: the way back is proved" '^  yes +the way back'
	report_says "$name: low ports are proved" '^  yes +ports below 1024 for root only'
	# Other files may use the engines of root at the same time.
	[[ " $engines " == *" $engine "* ]] ||
		is "$("$engine" ps --all --quiet --filter label=stepdown-wrap; "$engine" images --quiet --filter label=stepdown-wrap)" '' "$name: nothing is left"
	"$engine" rmi --force sd-wrap-engines >/dev/null 2>&1
}

for engine in $engines; do
	is_wrapped "$engine" "$engine" wrap "$engine"
done

! start_remapped || is_wrapped "docker with userns-remap" remapped wrap bin/remapped

# wrap_rootless IMAGE OPTION...: stepdown-wrap is started by the user.
wrap_rootless() {
	capture as_user env STEPDOWN_WRAP_LIMIT=60 DOCKER="$work/user/podman" STEPDOWN="$work/user/stepdown" TMPDIR="$work/user" "$wrap_program" "$@"
}

install -m 755 "$STEPDOWN" "$work/user/stepdown"
! start_rootless || is_wrapped "a user's podman" rootless wrap_rootless

done_testing
