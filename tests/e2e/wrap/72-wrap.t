#!/bin/bash
# stepdown-wrap on small root images: what it decides, what it prints, and that the printed Dockerfile gives the image that the report tells
# of.
# The first image is the sample; the others are for --all.
# one at a time: 73-wrap-safety looks at all images of the engine

# shellcheck disable=SC2016,SC2317 # the dollars are for the shells in the images; what runs in the background is called
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../wrap.bash
source "$e2e_directory/wrap.bash"
need_engines
need_engine docker
make_wrap || { fail "stepdown-wrap can be made"; done_testing; }

# starts_as NAME IMAGE USER: the printed Dockerfile is built as a reader builds it, and the command's processes run as that user.
starts_as() {
	local name=$1 engine=${4:-docker}

	printf '%s\n' "$output" >"$work/Dockerfile"
	mkdir -p "$work/context" && install -m 755 "$STEPDOWN" "$work/context/stepdown"
	defer "$engine" rmi --force "$2-new"
	capture "$work/$engine" build --network none --tag "$2-new" --file "$work/Dockerfile" "$work/context"
	((status == 0)) || { fail "$name: the Dockerfile can be built" "$errors" "$(<"$work/Dockerfile")"; return; }
	container=sd-wrap-$$-$RANDOM
	defer "$engine" rm --force --volumes "$container"
	"$work/$engine" run --detach --network none --name "$container" "$2-new" >/dev/null
	httpd_is_users() {
		[[ $("$work/$engine" exec "$container" sh -c 'for i in $(pidof httpd); do grep ^Uid: /proc/$i/status; done' | tr -s '\t' ' ' | sort -u) == "$1" ]]
	}
	if wait_until 20 httpd_is_users "$3"; then
		pass "$name: it runs as that"
	else
		fail "$name: it runs as that" "$("$work/$engine" logs "$container" 2>&1 | tail -n 3)"
	fi
	"$engine" rm --force --volumes "$container" >/dev/null
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
like "$(entrypoint)" '^--user=app=\$\{PUID:-10001\}:\$\{PGID:-10001\} --try-cap=net_bind_service --mkdir=/var/lib/visits --own=/data --own-top=/run --home=/data$' \
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

need_all

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

done_testing
