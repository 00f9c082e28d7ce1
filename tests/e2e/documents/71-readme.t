#!/bin/bash
# The commands in README.md, as its reader types them, and what it says that they print. The reader's docker is the one of these tests; what
# would stay in the foreground runs beside it.
# one at a time: the names of images are the document's

# shellcheck disable=SC2317 # what `capture` calls is called
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
# shellcheck source-path=SCRIPTDIR source=../documents.bash
source "$e2e_directory/documents.bash"
# shellcheck source-path=SCRIPTDIR source=../wrap.bash
source "$e2e_directory/wrap.bash"
container=sd-readme-$$
# shellcheck source-path=SCRIPTDIR source=../redis.bash
source "$e2e_directory/redis.bash"
need_engines
need_engine docker
read_document README.md
archive=$(debian_archive) || skip_all "needs a mirror of Debian"

# The reader's directory: this tree after tests/build, the same to the last byte, so that docker knows what 70 has built already.
place=$work/place
mkdir -p "$place/build"
tar -C "$repository" --exclude=./build --exclude=./.git -cf - . | tar -C "$place" -xf -
install -m 755 "$STEPDOWN" "$place/build/stepdown"

readers_docker() {
	local verb=$1

	shift
	case $verb in
	build) set -- --network host "$@" ;;
	run) set -- --detach --network none --name "$container" "$@" ;;
	esac
	DOCKER_BUILDKIT=1 timeout -k 5 900 "$docker_client" --host "$docker_address" "$verb" "$@"
}

# reader COMMANDS
reader() (
	docker() {
		readers_docker "$@"
	}
	export container docker_client docker_address
	export -f docker readers_docker
	export STEPDOWN=$place/build/stepdown DOCKER=$work/docker PATH=$work/bin:$PATH
	cd "$place" && bash -e -c "$1"
)

# does NAME COMMANDS
does() {
	capture reader "$2"
	if ((status == 0)); then
		pass "$1"
	else
		fail "$1" "$(tail -n 15 <<<"$errors")"
	fi
}

# Fetched from a registry where there is one; here it is made.
docker import "$archive" debian:bookworm-slim >/dev/null
defer docker rmi --force debian:bookworm-slim readme-image legacy-redis redis-as-user
defer docker volume rm --force redis-data
defer docker rm --force --volumes "$container"

# --- in a Dockerfile ------------------------------------------------------------------------------------------------------------

cat >"$place/build/legacy-entrypoint" <<'END'
#!/bin/sh
set -e
exec redis-server --dir /data --appendonly yes "$@"
END
chmod 755 "$place/build/legacy-entrypoint"
block dockerfile >"$place/Dockerfile.readme"
does "the Dockerfile can be built" "docker build --file Dockerfile.readme --tag readme-image build"
does "its image can be started" "docker run readme-image"
ok "its redis answers" redis_runs
is "$(first_process)" "$(given_up 10001 10001)" "its first process is redis as 10001, with nothing left"
is "$(messages)" '' "it has nothing to say"
docker rm --force --volumes "$container" >/dev/null

# --- around somebody else's image -------------------------------------------------------------------------------------------------

sed '/stepdown/d' "$place/Dockerfile.readme" >"$place/Dockerfile.legacy"
printf '%s\n' 'ENTRYPOINT ["/legacy-entrypoint"]' 'CMD ["--maxmemory", "64mb"]' >>"$place/Dockerfile.legacy"
does "an image without stepdown can be built" "docker build --file Dockerfile.legacy --tag legacy-redis build"
make_wrap && mkdir "$work/bin" && ln -s "$work/stepdown-wrap" "$work/bin/stepdown-wrap"
does "it can be wrapped" "$(block wrap)"
is "$(sed -n '/^# --user/,/^ENTRYPOINT/p' "$place/Dockerfile.wrapped")" "$(block wrapped)" "wrapped: the Dockerfile is the one of the README"
does "the wrapped image can be started" "docker run redis-as-user"
ok "wrapped: redis answers" redis_runs
ids=$(docker exec "$container" sh -c 'id -u redis; id -g redis' | xargs)
is "$(first_process)" "$(given_up "${ids% *}" "${ids#* }")" "wrapped: the first process is redis as 10001, with nothing left"
is "$(redis CONFIG GET maxmemory | tail -n 1)" $((64 << 20)) "wrapped: the words of CMD are there"
docker rm --force --volumes "$container" >/dev/null

# --- Dockerfile.example -------------------------------------------------------------------------------------------------------------

mapfile -t lines < <(block example)
is "${#lines[@]}" 3 "Dockerfile.example: three commands"
does "Dockerfile.example: ${lines[0]}" "${lines[0]}"
does "Dockerfile.example: ${lines[1]}" "${lines[1]}"
ok "Dockerfile.example: redis answers" redis_runs
is "$(messages)" '' "Dockerfile.example: the first run has nothing to say"
docker rm --force "$container" >/dev/null
does "Dockerfile.example: ${lines[2]}" "${lines[2]}"
ok "Dockerfile.example, PUID and PGID: redis answers" redis_runs
is "$(first_process)" "$(given_up 1000 1000)" "Dockerfile.example, PUID and PGID: the first process is redis as that user"
is "$(messages)" "$(block messages)" "Dockerfile.example, PUID and PGID: it says what README says"

# --- the image of the program alone -----------------------------------------------------------------------------------------------

defer docker rmi --force stepdown installed
does "the image of the program alone can be built" "$(block program)"
{ echo 'FROM sd-busybox'; block install; } >"$place/Dockerfile.installed"
does "the program can be copied from it" "docker build --file Dockerfile.installed --tag installed build"
capture docker run --rm --network none installed stepdown --version
like "$output" '^stepdown [0-9]' "the copied program runs"

# --- drop-in for gosu ---------------------------------------------------------------------------------------------------------------

tree=$(copy_tree readme)
capture timeout -k 5 60 env -i "PATH=$image_path" chroot "$tree" sh -e -c "$(block gosu); gosu app probe uid; /sbin/su-exec app probe gid"
result "the links are as gosu and su-exec" 0 $'uid 1000 1000 1000 1000\ngid 1000 1000 1000 1000' '^$'

# --- the rest -----------------------------------------------------------------------------------------------------------------------

# Links to files, pictures too.
missing=
while read -r file; do
	[[ -e $place/$file ]] || missing+=" $file"
done < <(sed -nE 's/.*\]\(([^)#:]+)\).*/\1/p' "$place/README.md")
is "$missing" '' "every file that README.md links to is there"
for word in tests/demo tests/build tests/run tests/bench/run; do
	ok "README.md: there is a program $word" test -x "$place/$word"
done

done_document
