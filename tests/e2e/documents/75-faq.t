#!/bin/bash
# The commands and Dockerfile lines of src/doc/faq.md, in one engine.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines real
read_document src/doc/faq.md
read -r engine _ <<<"$engines"
make_reader "$engine" --rm

# image NAME FILE...: a Dockerfile on standard input, behind the lines that all of them have. One file is the program "server".
image() {
	{ printf '%s\n' 'FROM sd-busybox' 'COPY server /usr/local/bin/server'; cat; } >"$work/Dockerfile"
	build_image "$engine" "$@" <"$work/Dockerfile"
}
install -D "$shared/tools/probe" "$work/probe/server"

# Any static init will do: podman's package has one.
install -m 755 "$(command -v tini-static || command -v catatonit || echo /usr/libexec/podman/catatonit)" "$work/tini"
install -m 755 /dev/stdin "$work/server" <<'END'
#!/bin/sh
trap 'echo stopped; exit 0' TERM
echo ready
sleep 1000 &
wait
END
image "faq-init-$$" "$work/server" "$work/tini" < <(echo 'COPY tini /usr/bin/tini'; block init)
container=sd-faq-$$
defer "$engine" rm --force "$container"
is_ready() { "$engine" logs "$container" | grep -q ready; }
ok "init: it is started" "$engine" run --detach --network none --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID \
	--name "$container" "faq-init-$$"
ok "init: the server is started" wait_until is_ready
is "$("$engine" exec "$container" sh -c 'grep -h ^Uid: /proc/[0-9]*/status | sort -u' | grep -vc '0[[:space:]]0')" 1 \
	"init: the init and the server are the user's"
ok "init: it is stopped" "$engine" stop --time 30 "$container"
is "$("$engine" inspect --format '{{.State.ExitCode}}' "$container") $("$engine" logs "$container" | tail -n 1)" '0 stopped' \
	"init: the server was asked to stop, and not killed"

image "faq-numbers-$$" "$work/probe/server" < <(block numbers)
capture run_in "$engine" "faq-numbers-$$" -- uid gid groups env.HOME
result "numbers: no entry is needed, and HOME is that of the option" 0 "$(identity 20001 20002 '20002 20003')"$'\nenv.HOME /data'
image "faq-alpine-$$" "$work/probe/server" < <(echo 'RUN echo dialout:x:20:root >>/etc/group'; block alpine)
capture run_in "$engine" "faq-alpine-$$" -- groups
is "$output" 'groups 20 10001' "alpine: the group of root's that the option names is there"

printf '#!/bin/sh\ncat "$2"\n' >"$work/server"
image app "$work/server" <<<'ENTRYPOINT ["/usr/local/bin/stepdown"]'
secret=$work/here/secret
printf 'secret\n' >"$secret" && chmod 400 "$secret"
capture reader "$(block secret-group | grep ^docker | sed 's,--group=[^ ]*,,')"
is "$status $output" '1 ' "secret: the user may not read it at first"
capture reader "$(block secret-group)"
is "$status $output" '0 secret' "secret: its group may read it"
chown root:root "$secret" && chmod 400 "$secret"
capture run_in "$engine" app --volume "$secret:/run/secrets/key:ro" --entrypoint sh -- -c "set -e; $(block secret-copy)"
is "$status $output" '0 secret' "secret: a copy belongs to the user"

done_document
