#!/bin/bash
# stepdown-wrap on root images of Debian's packages, as their authors write them, each checked by a real client before and after.
# The image of README.md is the sample, because each takes half a minute. "tests/run --file 73-wrap-workloads --all" takes all of them,
# and "--case 'nginx: *'" one.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines docker
make_wrap
need_debian docker

# is_chosen NAME: by --case or --all, or because it is the sample.
is_chosen() {
	if [[ -n ${STEPDOWN_CASE:-} ]]; then
		# shellcheck disable=SC2053 # a pattern
		[[ $1 == ${STEPDOWN_CASE%%:*} ]]
	else
		[[ ${STEPDOWN_SAMPLE:-} == all || $1 == readme ]]
	fi
}

# workload NAME USER CHECK: the rest of the Dockerfile after the packages on standard input; its first line names the packages. The image is
# wrapped in one command. Its processes are USER's then, or root's with few capabilities.
workload() {
	local name=$1 user=$2 packages

	is_chosen "$name" || return 0
	read -r packages
	build_image docker "sd-wrap-$name" < <(printf '%s\n' 'FROM debian:bookworm-slim' "ENV PATH=$image_path" \
		"RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages && rm -rf /var/lib/apt/lists/*"
		cat) || return
	wrap_limit='' wrap docker "sd-wrap-$name" --check "$3"
	if [[ $user == root ]]; then
		like "$status $(entrypoint)" '^0 --user=root --allow-root --cap=' "$name: root with few capabilities"
		report_says "$name: without most of them" '^  capabilities +[1-9]: '
	else
		like "$status $(entrypoint)" "^0 --user=${user}([ =]|\$)" "$name: as $user"
		report_says "$name: no process is another user's" "^  run as +($user|10001)\$"
	fi
	report_says "$name: no_new_privs" '^  no_new_privs +yes$'
	is "$(grep -cE '^  no +[^o ]' <<<"$errors")" 0 "$name: every proof that is required"
	diag "$(grep -E '^  (run as|capabilities|no|work) ' <<<"$errors")"
	docker rmi --force "sd-wrap-$name" >/dev/null
}

# The commands of README.md build and wrap the first image.
if is_chosen readme; then
	read_document README.md
	make_reader docker
	build=$work/here/build
	install -D -m 755 "$STEPDOWN" "$build/stepdown"
	printf '#!/bin/sh\nset -e\nexec redis-server --dir /data --appendonly yes "$@"\n' >"$build/legacy-entrypoint"
	chmod 755 "$build/legacy-entrypoint"
	defer docker rmi --force redis-as-user
	build_image docker legacy-redis "$build/legacy-entrypoint" < <(block dockerfile | sed /stepdown/d
		printf '%s\n' 'ENTRYPOINT ["/legacy-entrypoint"]' 'CMD ["--maxmemory", "64mb"]')
	DOCKER=$shared/bin/docker does "readme: its image is wrapped and built" "$(block wrap)"
	report_says "readme: no process is another user's" '^  run as +redis$'
	is "$(sed -n '/^# --user/,/^ENTRYPOINT/p' "$work/here/Dockerfile.wrapped")" "$(block wrapped)" "readme: the Dockerfile is the one of README.md"
fi

workload nginx www-data 'curl -fsS http://127.0.0.1/' <<'END'
nginx-light curl
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
HEALTHCHECK --interval=30s CMD curl -fsS http://127.0.0.1/ || exit 1
CMD ["nginx", "-g", "daemon off;"]
END

workload apache2 www-data 'curl -fsS http://127.0.0.1/' <<'END'
apache2 curl
CMD ["apachectl", "-D", "FOREGROUND"]
END

workload php-fpm www-data 'curl -fsS http://127.0.0.1/index.php | grep -x 42' <<'END'
nginx-light php-fpm curl
RUN printf 'server { listen 80; root /var/www/html; location ~ \\.php$ { include fastcgi.conf; fastcgi_pass unix:/run/php/php8.2-fpm.sock; } }\n' \
        >/etc/nginx/sites-available/default \
    && printf '<?php echo 6 * 7, "\\n";' >/var/www/html/index.php
CMD ["sh", "-c", "mkdir -p /run/php && php-fpm8.2 && exec nginx -g 'daemon off;'"]
END

workload mosquitto mosquitto 'mosquitto_pub -r -t a -m 42 && mosquitto_sub -C 1 -W 2 -t a | grep -x 42' <<'END'
mosquitto mosquitto-clients
RUN mkdir -p /run/mosquitto && chown mosquitto /run/mosquitto
VOLUME /var/lib/mosquitto
CMD ["mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"]
END

workload node app 'curl -fsS -d x http://127.0.0.1/ | grep -x "[0-9]*"' <<'END'
nodejs curl
WORKDIR /app
RUN printf '%s\n' 'const fs = require("fs");' \
        'require("http").createServer((q, r) => { fs.appendFileSync("data/log", "x"); r.end(fs.readFileSync("data/log").length + "\n"); }).listen(80);' >server.js \
    && mkdir data
VOLUME /app/data
CMD ["node", "server.js"]
END

workload python app 'curl -fsS http://127.0.0.1/ | grep visits' <<'END'
python3 curl
WORKDIR /srv
RUN printf '%s\n' 'import os, http.server' 'os.makedirs("/var/lib/visits", exist_ok=True)' \
        'open("/var/lib/visits/visits.txt", "a").write("x")' 'os.chdir("/var/lib/visits")' \
        'http.server.test(http.server.SimpleHTTPRequestHandler, port=80)' >server.py
CMD ["python3", "server.py"]
END

workload cron root 'test -e /tmp/of-root && test "$(stat -c %U /var/tmp/of-mail)" = mail' <<'END'
cron
RUN printf '@reboot root touch /tmp/of-root\n@reboot mail touch /var/tmp/of-mail\n' >/etc/cron.d/jobs
CMD ["cron", "-f"]
END

workload sshd root 'ssh -o StrictHostKeyChecking=no -o BatchMode=yes -i /root/key dev@127.0.0.1 id -un | grep -x dev' <<'END'
openssh-server openssh-client
RUN useradd --create-home --shell /bin/sh dev && mkdir -p /run/sshd && ssh-keygen -q -N '' -t ed25519 -f /root/key \
    && install -D -o dev -m 600 /root/key.pub /home/dev/.ssh/authorized_keys && chown dev /home/dev/.ssh
CMD ["/usr/sbin/sshd", "-D", "-e"]
END

workload vsftpd root 'curl -fsS ftp://dev:secret@127.0.0.1/ | grep hello' <<'END'
vsftpd curl
RUN useradd --create-home --shell /bin/sh dev && echo dev:secret | chpasswd && touch /home/dev/hello && mkdir -p /var/run/vsftpd/empty \
    && printf 'listen=YES\nlisten_ipv6=NO\nanonymous_enable=NO\nlocal_enable=YES\nbackground=NO\nseccomp_sandbox=NO\nsecure_chroot_dir=/var/run/vsftpd/empty\n' >/etc/vsftpd.conf
CMD ["vsftpd", "/etc/vsftpd.conf"]
END

workload postfix root 'test -s /var/mail/dev || { echo hello | sendmail -f root dev && sleep 1 && test -s /var/mail/dev; }' <<'END'
postfix
RUN useradd dev && postconf -e mydestination=localhost maillog_file=/dev/stdout inet_protocols=ipv4 && newaliases
VOLUME /var/spool/postfix
CMD ["postfix", "start-fg"]
END

workload supervisord root 'redis-cli ping && curl -fsS http://127.0.0.1:8000/' <<'END'
supervisor redis-server curl
RUN printf '%s\n' '[supervisord]' nodaemon=true user=root '[program:redis]' 'command=redis-server --dir /var/lib/redis' user=redis \
        '[program:web]' 'command=python3 -m http.server --directory /usr/share/doc 8000' user=www-data >/etc/supervisor/supervisord.conf
CMD ["supervisord", "-c", "/etc/supervisor/supervisord.conf"]
END

workload mariadb mysql 'mariadb -e "create database if not exists d; create table if not exists d.t (i int); insert into d.t values (1); select count(*) from d.t"' <<'END'
mariadb-server mariadb-client
RUN rm -rf /var/lib/mysql && mkdir /var/lib/mysql && printf '%s\n' '#!/bin/sh' 'set -e' 'mkdir -p /run/mysqld && chown mysql:mysql /run/mysqld /var/lib/mysql' \
        '[ -d /var/lib/mysql/mysql ] || mariadb-install-db --user=mysql --datadir=/var/lib/mysql >/dev/null' \
        'exec mariadbd --user=mysql "$@"' >/entrypoint && chmod 755 /entrypoint
VOLUME /var/lib/mysql
ENTRYPOINT ["/entrypoint"]
END

workload rabbitmq rabbitmq 'rabbitmqctl -q status >/dev/null' <<'END'
rabbitmq-server
VOLUME /var/lib/rabbitmq
ENV RABBITMQ_NODENAME=rabbit@localhost
CMD ["rabbitmq-server"]
END

workload postgresql postgres 'psql -U postgres -h 127.0.0.1 -c "create table if not exists t (i int); insert into t values (1)"' <<'END'
postgresql-15 gosu
RUN printf '%s\n' '#!/bin/sh' 'set -e' 'bin=/usr/lib/postgresql/15/bin' \
        'if [ "$(id -u)" = 0 ]; then mkdir -p /run/postgresql; chown postgres /run/postgresql "$PGDATA"; chmod 700 "$PGDATA"; exec gosu postgres "$0" "$@"; fi' \
        '[ -s "$PGDATA/PG_VERSION" ] || $bin/initdb --auth=trust' 'exec $bin/postgres "$@"' >/entrypoint && chmod 755 /entrypoint && mkdir /pg
ENV PGDATA=/pg
VOLUME /pg
ENTRYPOINT ["/entrypoint"]
END

workload haproxy haproxy 'curl -fsS http://127.0.0.1/ | grep alive' <<'END'
haproxy curl
RUN printf 'global\n user haproxy\n group haproxy\n stats socket /run/haproxy/admin.sock\ndefaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend f\n bind :80\n http-request return status 200 content-type text/plain string alive\n' >/etc/haproxy/haproxy.cfg \
    && mkdir -p /run/haproxy
CMD ["haproxy", "-W", "-f", "/etc/haproxy/haproxy.cfg"]
END

done_testing
