#!/bin/bash
# Programs that get privileges by execve: Debian's sudo, and Debian's ping with its file capability and setuid root. With --allow-new-privs
# they do what they do under `docker run --user`. Without the option they get nothing.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines docker
need_network
need_archive
image=sd-new-privileges-$$
defer docker rmi --force "$image-base"
docker import "$archive" "$image-base" >/dev/null
install -m 755 "$STEPDOWN" "$work/stepdown"
build_image docker "$image" "$work/stepdown" "$shared/tools/probe" <<-END || done_testing
	FROM $image-base
	RUN apt-get update && apt-get install --yes --no-install-recommends iputils-ping libcap2-bin sudo
	RUN useradd --uid 1000 dev && useradd --uid 1001 other && echo 'dev ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/dev
	RUN cp /usr/bin/ping /usr/local/bin/ping-setuid && chmod 4755 /usr/local/bin/ping-setuid
	COPY --chmod=755 * /usr/local/bin/
END

# container [OPTION]... -- COMMAND...: without the sysctl, Docker lets everybody ping by a socket that needs no capability. sudo looks the
# host's name up.
container() {
	capture run_in docker "$image" --env PATH="$image_path" --hostname localhost --sysctl net.ipv4.ping_group_range='1 0' "$@"
}

# Each of these under its arguments, with its status. One container for all of them is quicker.
programs='
for words in "sudo -n id -u" "sudo -n -u other id -u" "sudo -n probe cap uid gid groups no_new_privs" \
	"ping -c 1 -q 127.0.0.1" "ping-setuid -c 1 -q 127.0.0.1"; do
	"$@" $words >/tmp/printed.$$ 2>&1
	echo "$words: $?"
	case $words in ping*) grep -o "1 received" /tmp/printed.$$;; *) cat /tmp/printed.$$;; esac
done'
stepdown=(stepdown --user dev --allow-new-privs --)

container --user dev -- sh -c "$programs" sh env
of_docker=$output
is "$(grep -c ': 0$' <<<"$output") $(sed -n 2p <<<"$output") $(sed -n 4p <<<"$output") $(grep -c '^1 received$' <<<"$output")" \
	'5 0 1001 2' "sudo and ping work under docker run --user"
container -- sh -c "$programs" sh "${stepdown[@]}"
is "$output" "$of_docker" "S13_sudo_and_ping_do_the_same_with_allow_new_privs"
container --user dev -- sh -c "$programs" sh "${stepdown[@]}"
is "$output" "$of_docker" "S13_sudo_and_ping_do_the_same_with_allow_new_privs_and_docker_run_user"
container -- "${stepdown[@]}" sudo -n id -u
result "S13_sudo_becomes_root_from_the_first_process" 0 0 '^$'

# Privileges that nobody asked for.
container -- sh -c "
	getcap /usr/bin/ping
	stepdown --user other --allow-new-privs -- sudo -n id -u; echo other \$?
	stepdown --user root --allow-root --allow-new-privs -- probe cap uid no_new_privs
	stepdown --user dev -- sudo -n id -u; echo dev \$?
	stepdown --user dev -- ping-setuid -c 1 127.0.0.1 >/dev/null 2>&1; echo ping-setuid \$?"
# uid 0 needs no setuid program, and execve would give it the whole bounding set.
result "S13_other_users_and_other_options_gain_nothing" 0 "/usr/bin/ping cap_net_raw=ep
other 1
$(capabilities 0000000000000000)
uid 0 0 0 0
no_new_privs 0
dev 1
ping-setuid 2" $'^sudo: a password is required\nsudo: .*no new privileges'
container --security-opt no-new-privileges -- "${stepdown[@]}" sudo -n id -u
result "S13_the_option_does_not_take_back_what_the_engine_set" 1 '' 'no new privileges'

done_testing
