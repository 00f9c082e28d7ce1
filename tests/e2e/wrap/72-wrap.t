#!/bin/bash
# stepdown-wrap on small root images: what it decides and prints, and that the printed Dockerfile gives the image that the report tells of.
# Each engine wraps the first image: docker, podman, docker with userns-remap, and the podman of a user. Then come images where a result
# passes the check and is wrong: a login server, a server that fails open, a service that crashes now and then, a check that leaves traces.
# The first image and that of src/doc/images.md are the sample, and the others are for --all, because each takes half a minute.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines docker
make_wrap

# starts_as NAME IMAGE USER: the printed Dockerfile is built as a reader builds it, and the command's processes run as that user.
starts_as() {
	local container=sd-wrap-$$-$RANDOM

	install -m 755 "$STEPDOWN" "$work/stepdown"
	build_image docker "$2-new" "$work/stepdown" <<<"$output" || return
	defer docker rm --force --volumes "$container"
	docker run --detach --network none --name "$container" "$2-new" >/dev/null
	httpd_is_users() {
		[[ $(docker exec "$container" sh -c 'for i in $(pidof httpd); do grep ^Uid: /proc/$i/status; done' | tr -s '\t' ' ' | sort -u) == "$1" ]]
	}
	ok "$1: it runs as that" wait_until httpd_is_users "$3"
	docker rm --force --volumes "$container" >/dev/null
}
app='Uid: 10001 10001 10001 10001'
web='wget -qO- http://127.0.0.1/'

# --- nothing switches: the new account app --------------------------------------------------------------------------------------

# Words that JSON, a shell, stepdown or the Dockerfile could read as something else stand behind the script.
build_image docker wrap-app <<'END'
FROM sd-busybox
RUN sed -i /^app:/d /etc/passwd /etc/group && mkdir -p /www /data && mkdir -m 750 /kept && chown 10001 /kept && echo hello >/www/index.html \
	&& printf '%s\n' '#!/bin/sh' 'printf "<%s>" "$@" >/run/words' 'mkdir -p /var/lib/visits || exit 1' \
	'echo start >>/var/lib/visits/log && echo $$ >/run/web.pid || exit 1' 'echo "$HOME" >/data/home && echo >/kept/file || exit 1' 'exec httpd -f -p 80 -h /www' >/start && chmod 755 /start
VOLUME /data
WORKDIR "/a place of its own"
ENV HOME=/data
HEALTHCHECK --interval=7s --retries=2 CMD wget -qO- http://127.0.0.1/ || exit 1
ENTRYPOINT ["/start", "", "a \"quoted\" word", "it's", "back\\slash", "$X ${X} $$", "größe", "<&>"]
CMD ["--", "--user", "root", "two  words"]
END
wrap docker wrap-app --check "$web && grep -F '<it'\\''s><back\\slash><\$X \${X} \$\$><größe><<&>><--><--user><root><two  words>' /run/words"
is "$status" 0 "app: status"
app_options=$(entrypoint)
like "$app_options" '^--user=app=\$\{PUID:-10001\}:\$\{PGID:-10001\} --try-cap=net_bind_service --mkdir=/var/lib/visits --own=/data --own-top=/run --home=/data$' \
	"app: the options"
like "$output" $'\nRUN \["/usr/local/bin/stepdown", .*"--setup-only"\]\n' "app: the account is made at build time"
like "$output" $'\nHEALTHCHECK --interval=7s --retries=2 CMD \["/usr/local/bin/stepdown", [^\n]*"/bin/sh", "-c", "wget -qO- http://127\.0\.0\.1/ \|\| exit 1"\]\n' \
	"app: the health check steps down"
like "$output" $'\nCMD \["--","--user","root","two  words"\]$' "app: CMD is repeated"
report_says "app: before" '^  run as +root$'
report_says "app: after" '^  run as +app$'
report_says "app: capabilities afterwards" '^  capabilities +1: net_bind_service$'
report_says "app: the way back is proved" '^  yes +the way back'
report_says "app: restart is proved" '^  yes +the same container, restarted'
report_says "app: low ports are proved" '^  yes +ports below 1024 for root only'
report_says "app: the health check is proved" '^  yes +the HEALTHCHECK'
report_says "app: few capabilities are proved" '^  yes +optional +--cap-drop ALL, with --cap-add chown, net_bind_service, setgid, setuid$'
report_says "app: a read-only container fails, and it is told" '^  no +optional +--read-only: '
report_says "app: a read-only container with tmpfs works" '^  yes +optional +--read-only, with --tmpfs .uid=10001,gid=10001. for .*/run'
report_says "app: a start as the user is tried, and a failure explained" '^  yes +optional +--user 10001:10001$|^  no +optional +--user 10001:10001: .*without BuildKit'
report_says "app: progress" '^stepdown-wrap: trial [0-9]+ of about [0-9]+: '
starts_as app wrap-app "$app"

# --- the image of src/doc/images.md, by its commands --------------------------------------------------------------------------------

read_document src/doc/images.md
make_reader docker
printf '%s\n' '#!/bin/sh' 'mkdir -p /var/cache/server && echo $$ >/run/server.pid && date >>/data/log && exec "$@"' >"$work/docker-entrypoint.sh"
printf '%s\n' '#!/bin/sh' '[ "$2" = "two words" ] && exec httpd -f -p 8080 -h /' >"$work/server"
chmod 755 "$work/docker-entrypoint.sh" "$work/server"
build_image docker somebodys-image "$work/docker-entrypoint.sh" "$work/server" <<'END'
FROM sd-busybox
RUN mkdir /data && sed -i /^app:/d /etc/passwd /etc/group && echo hello >/index.html
VOLUME /data
COPY docker-entrypoint.sh server /
ENV PATH=/:/usr/local/bin:/bin:/sbin:/usr/bin:/usr/sbin
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["server", "--log", "two words"]
END
DOCKER=$shared/bin/docker does "images.md: its image is wrapped" "$(block wrap)"
report_says "images.md: the way back is proved" '^  yes +the way back'
is "$(sed -E '1s/wrap [0-9.]+ for/wrap VERSION for/; 1s/, [a-z0-9:]+\.$/, ID./' "$work/here/Dockerfile.wrapped")" "$(block wrapped)" \
	"images.md: the Dockerfile is the one of the page"
install -D -m 755 "$STEPDOWN" "$work/here/build/stepdown"
defer docker rmi --force somebodys-image-as-user
does "images.md: the Dockerfile is built" "$(block wrap-build)"

[[ ${STEPDOWN_SAMPLE:-} == all ]] || done_testing

# --- the new account app, by other engines ----------------------------------------------------------------------------------------

need_commands newuidmap unshare setpriv
source "$e2e_directory/made_up.bash"

# is_wrapped NAME ENGINE WRAP...: WRAP is the command that wraps the first image there.
is_wrapped() {
	local name=$1 engine=$2

	docker save wrap-app | "$engine" load >/dev/null 2>&1 || { fail "$name: the image can be loaded"; return; }
	"${@:3}" wrap-app --check "$web"
	is "$status $(entrypoint)" "0 $app_options" "$name: the options are those with docker"
	unlike "$errors" '^not owned|\nnot owned' "$name: what the engine itself changes is no reason to own anything"
	report_says "$name: before" '^  run as +root$'
	report_says "$name: after" '^  run as +app$'
	report_says "$name: the way back is proved" '^  yes +the way back'
	report_says "$name: low ports are proved" '^  yes +ports below 1024 for root only'
	# Other files may use podman at the same time.
	[[ $engine == podman ]] ||
		is "$("$engine" ps --all --quiet --filter label=stepdown-wrap; "$engine" images --quiet --filter label=stepdown-wrap)" '' "$name: nothing is left"
	"$engine" rmi --force wrap-app >/dev/null 2>&1
}

# wrap_rootless IMAGE OPTION...: stepdown-wrap is started by the user.
wrap_rootless() {
	capture as_user env STEPDOWN_WRAP_LIMIT=60 DOCKER="$work/user/podman" STEPDOWN="$work/user/stepdown" TMPDIR="$work/user" "$wrap_program" "$@"
}

[[ $engines != *podman* ]] || is_wrapped podman podman wrap podman
! start_remapped || is_wrapped "docker with userns-remap" remapped wrap bin/remapped
install -m 755 "$STEPDOWN" "$work/user/stepdown"
! start_rootless || is_wrapped "a user's podman" rootless wrap_rootless

# --- an image's own user, HOME, and no shell ----------------------------------------------------------------------------------------

build_image docker wrap-user <<'END'
FROM sd-busybox
RUN mkdir -p /www /home/app && chown app /www && echo hello >/www/index.html
USER app
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
END
wrap docker wrap-user --check 'wget -qO- http://127.0.0.1:8080/'
is "$status $(entrypoint)" '0 --user=app' "USER: it stays, and nothing is owned"
report_says "USER: a start as the user is proved" '^  yes +optional +--user 1000:1000$'
like "$output" $'\nUSER 0\n' "USER: the container starts as root"
starts_as USER wrap-user 'Uid: 1000 1000 1000 1000'

cp "$shared/busybox/bin/busybox" "$work/httpd" && echo hello >"$work/index.html"
build_image docker wrap-scratch "$work/httpd" "$work/index.html" <<'END'
FROM scratch
COPY httpd /httpd
COPY index.html /www/
ENTRYPOINT ["/httpd", "-f", "-p", "80", "-h", "/www"]
END
wrap docker wrap-scratch --check-host 'nsenter --target "$PID" --net busybox wget -qO- http://127.0.0.1/'
is "$status $(entrypoint)" "0 --user=app=\${PUID:-10001}:\${PGID:-10001} --try-cap=net_bind_service" \
	"scratch: an image without a shell, checked from outside"
report_says "scratch: its processes are seen" '^  run as +app$'

# --- results that are wrong -------------------------------------------------------------------------------------------------------

# A check that never passes.
build_image docker wrap-check <<'END'
FROM sd-busybox
RUN mkdir -p /www /var/lib/svc && echo hello >/www/index.html && echo x >/var/lib/svc/private && chmod 700 /var/lib/svc && chown -R other /var/lib/svc \
	&& printf '%s\n' '#!/bin/sh' '[ "$(id -u)" = 0 ] && exec su other -s /bin/sh -c "exec $0"' 'exec httpd -f -p 8080 -h /www' >/start && chmod 755 /start
CMD ["/start"]
END
wrap_limit=2 wrap docker wrap-check --check false
is "$status $output" '1 ' "a check that never passes: status 1, and no Dockerfile"
report_says "a check that never passes: why" '^  result +the old image does not pass the check'
report_says "a check that never passes: how to wait longer" 'set STEPDOWN_WRAP_LIMIT to more seconds than 2'

# A login server: it reads the passwords as root, and a session is another user. A group that may read them would be wrong.
build_image docker wrap-login <<'END'
FROM sd-busybox
RUN mkdir -p /www/cgi-bin && echo app:secret:1:0:99999:7::: >/etc/shadow && chgrp 6 /etc/shadow && chmod 640 /etc/shadow \
	&& printf '%s\n' '#!/bin/sh' 'echo' 'grep -q ^app: /etc/shadow || exit 1' 'echo known' 'exec su app -c "id -un"' >/www/cgi-bin/login \
	&& sed '/su app/d' /www/cgi-bin/login >/www/cgi-bin/known && chmod 755 /www/cgi-bin/*
CMD ["httpd", "-f", "-p", "80", "-h", "/www"]
END
# A check that logs in shows the switch itself.
wrap docker wrap-login --check 'wget -qO- http://127.0.0.1/cgi-bin/login | grep -x app'
like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=[a-z_,]*setgid,setuid' "a login server stays root with few capabilities"
report_says "a login server: why" '^  what was seen +.*root at rest'
# The check does not log in. The file is what tells.
wrap docker wrap-login --check 'wget -qO- http://127.0.0.1/cgi-bin/known | grep -x known'
like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=' "a login server with a weak check stays root, too"
report_says "a login server with a weak check: what it may not read is a question" 'may not read /etc/shadow. Must it\?'
unlike "$output" '--group|shadow' "a login server gets no group for the passwords"

# A server that fails open: if it cannot become the other user, it goes on as root and answers.
build_image docker wrap-open <<'END'
FROM sd-busybox
RUN mkdir -p /www && echo hello >/www/index.html && echo secret >/etc/shadow && chmod 600 /etc/shadow && printf '%s\n' '#!/bin/sh' \
	'cat /etc/shadow >/dev/null || exit 1' 'su other -s /bin/sh -c "exec httpd -f -p 8080 -h /www" || httpd -f -p 8080 -h /www &' \
	'while sleep 1000; do :; done' >/start && chmod 755 /start
CMD ["/start"]
END
wrap docker wrap-open --minimal --check 'wget -qO- http://127.0.0.1:8080/'
like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=[a-z_,]*setgid,setuid' "a server that fails open keeps what it needs to switch"
report_says "a server that fails open: the trial is not believed" '^  failed +as root without setuid'
report_says "a server that fails open: the same users as before" '^  run as +root, other$'

# A service that crashes now and then: each fourth start ends at once.
build_image docker wrap-crash <<'END'
FROM sd-busybox
RUN mkdir -p /www && echo hello >/www/index.html && printf '%s\n' '#!/bin/sh' '[ $((START % 4)) != 2 ] || exit 3' \
	'exec httpd -f -p 8080 -h /www' >/start && chmod 755 /start
CMD ["/start"]
END
STARTS=$work/starts wrap docker wrap-crash --check 'wget -qO- http://127.0.0.1:8080/'
is "$status $(entrypoint)" '0 --user=app' "a service that crashes now and then is wrapped as others"
report_says "a service that crashes now and then: it is told" 'passed the check in 2 of 3 starts'
report_says "a service that crashes now and then: a proof is repeated" '^  yes +.*\(in [0-9] of [0-9] starts; else: .*it ended with status 3'

# A check that is root's: it reads what only the service's user may read, and leaves a file behind in root's home.
wrap docker wrap-check --check 'echo x >>/root/checked 2>/dev/null; wget -qO- http://127.0.0.1:8080/ && cat /var/lib/svc/private'
is "$status $(entrypoint)" '0 --user=other' "traces of the check are no reason to own anything"
report_says "a check that is root's is run as the user where root is weak" '^  yes +optional +--cap-drop ALL'

done_testing
