#!/bin/bash
# stepdown-wrap on images where a result passes the check and is wrong: a login server, a server that fails open, a service that crashes now
# and then, a check that leaves traces.
# By --file alone the check that never passes runs, and with --all the others.
# without --all: left out, because each image takes half a minute
# one at a time: 73-wrap-safety looks at all images of the engine

# shellcheck disable=SC2016,SC2317 # the dollars are for the shells in the images; what runs in the background is called
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../wrap.bash
source "$e2e_directory/wrap.bash"
need_engines
need_engine docker
make_wrap || { fail "stepdown-wrap can be made"; done_testing; }

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

need_all

# A login server: it reads the passwords as root, and a session is another user. A group that may read them would be wrong.
build_image docker wrap-login <<'END'
FROM sd-busybox
RUN mkdir -p /www/cgi-bin && echo app:secret:1:0:99999:7::: >/etc/shadow && chgrp 6 /etc/shadow && chmod 640 /etc/shadow \
	&& printf '%s\n' '#!/bin/sh' 'echo' 'grep -q ^app: /etc/shadow || exit 1' 'echo known' 'exec su app -c "id -un"' >/www/cgi-bin/login \
	&& sed '/su app/d' /www/cgi-bin/login >/www/cgi-bin/known && chmod 755 /www/cgi-bin/*
CMD ["httpd", "-f", "-p", "80", "-h", "/www"]
END
# With a check that logs in, the switch itself is seen.
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
