#!/bin/bash
# The commands and Dockerfile lines of src/doc/faq.md, in one engine.
# one at a time: the names of images are the document's

# shellcheck disable=SC2317 # what `capture` calls is called
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../documents.bash
source "$e2e_directory/documents.bash"
need_engines
read_document src/doc/faq.md
read -r engine _ <<<"$engines"
context=$work/context
mkdir -p "$context" "$work/here"

# image NAME SERVER LINE...: builds an image with these lines of a Dockerfile, and SERVER as the program of that name.
image() {
	install -m 755 "$2" "$context/server"
	printf '%s\n' 'FROM sd-busybox' 'COPY server /usr/local/bin/server' "${@:3}" >"$work/Dockerfile"
	defer "$engine" rmi --force "$1"
	ok "the image $1 can be built" "$engine" build --network host --tag "$1" --file "$work/Dockerfile" "$context"
}

# --- an init ------------------------------------------------------------------------------------------------------------------

# Any static init will do: podman's package has one.
static_init=$(command -v tini-static || command -v catatonit || echo /usr/libexec/podman/catatonit)
install -m 755 "$static_init" "$context/tini"
cat >"$work/server" <<'END'
#!/bin/sh
trap 'echo stopped; exit 0' TERM
echo ready
sleep 1000 &
wait
END
image "faq-init-$$" "$work/server" 'COPY tini /usr/bin/tini' "$(block init)"
container=sd-faq-$$
defer "$engine" rm --force "$container"
is_ready() { "$engine" logs "$container" | grep -q ready; }
ok "init: it is started" "$engine" run --detach --network none --cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID \
	--name "$container" "faq-init-$$"
ok "init: the server is started" wait_until 30 is_ready
is "$("$engine" exec "$container" sh -c 'grep -h ^Uid: /proc/[0-9]*/status | sort -u' | grep -vc '0[[:space:]]0')" 1 \
	"init: the init and the server are the user's"
ok "init: it is stopped" "$engine" stop --time 30 "$container"
is "$("$engine" inspect --format '{{.State.ExitCode}}' "$container") $("$engine" logs "$container" | tail -n 1)" '0 stopped' \
	"init: the server was asked to stop, and not killed"

# --- a user of a name service -------------------------------------------------------------------------------------------------

image "faq-numbers-$$" "$shared/tools/probe" "$(block numbers)"
capture run_in "$engine" "faq-numbers-$$" -- uid gid groups env
like "$output" 'env.HOME /data' "numbers: HOME is that of the option"
is "$(grep -E '^(uid|gid|groups) ' <<<"$output" | sort)" "$(identity 20001 20002 '20002 20003' | sort)" "numbers: no entry is needed"

# --- a secret -----------------------------------------------------------------------------------------------------------------

cat >"$work/server" <<'END'
#!/bin/sh
cat "$2"
END
image app "$work/server" 'ENTRYPOINT ["/usr/local/bin/stepdown"]'
printf 'secret\n' >"$work/here/secret"
chmod 0400 "$work/here/secret"
# The page's docker; its containers have no network.
run_app() {
	"$engine" run --rm --network none "$@"
}
read_secret() (
	cd "$work/here" && eval "${1//docker run/run_app}"
)
capture read_secret "$(block secret-group | grep ^docker | sed 's,--group=[^ ]*,,')"
is "$status $output" '1 ' "secret: the user may not read it at first"
capture read_secret "set -e; $(block secret-group)"
is "$status $output" '0 secret' "secret: its group may read it"
chown root:root "$work/here/secret"
chmod 0400 "$work/here/secret"
capture "$engine" run --rm --network none --volume "$work/here/secret:/run/secrets/key:ro" --entrypoint sh app -c "set -e; $(block secret-copy)"
is "$status $output" '0 secret' "secret: a copy belongs to the user"

# --- Alpine -------------------------------------------------------------------------------------------------------------------

image "faq-alpine-$$" "$shared/tools/probe" 'RUN echo dialout:x:20:root >>/etc/group' "$(block alpine)"
capture run_in "$engine" "faq-alpine-$$" -- groups
is "$output" 'groups 20 10001' "alpine: the group of root's that the option names is there"

done_document
