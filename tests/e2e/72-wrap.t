#!/bin/bash
# src/wrap.tmpl prints a Dockerfile for somebody else's image. It is printed and built for several images, by every engine, and what the
# new image starts is compared with what the old one starts: the same words in the same directory, by another user.

# shellcheck disable=SC2016,SC2317 # the dollars are for the shells in the images; what runs in the background is called
# shellcheck source-path=SCRIPTDIR source=engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/engine.bash"
need_engines
need_real_engines

template=$(<"$e2e_directory/../../src/wrap.tmpl")
seen='"uid", "gid", "groups", "cap.eff", "cap.bnd", "no_new_privs", "cwd", "argv"'
mkdir "$work/context" && install -m 755 "$STEPDOWN" "$work/context/stepdown"
declare -A dockerfile=() words=() wanted=()
declare -a names=()
declare -A builder_of=()

# image NAME WHO [WORD]...: the rest of a Dockerfile on standard input, whom the new image runs as, and the words for its command.
image() {
	local builders=(docker podman)

	builder_of[$1]=${builders[${#names[@]} % 2]}
	names+=("$1")
	dockerfile[$1]="FROM sd-busybox"$'\n'$(cat)
	wanted[$1]=$2
	words[$1]=''
	(($# == 2)) || words[$1]=$(printf '%q ' "${@:3}")
}

# Everything that JSON, a shell, stepdown or the Dockerfile itself could read as something else.
image strange_words '10001 10001 10001' <<END
ENV X=of-the-environment
WORKDIR "/a place of its own"
ENTRYPOINT ["probe", $seen, "", "a \"quoted\" word", "it's", "back\\\\slash", "tab\\there", "\$X \${X} \$\$ \${X:-y}", "größe", "<&>", "-v"]
CMD ["--", "--user", "root", "new\\nline", "\\\\"]
END
image exec_form_without_cmd '10001 10001 10001' <<END
USER root:www
ENTRYPOINT ["probe", $seen]
END
image cmd_only '10001 10001 10001' <<END
CMD ["probe", $seen, "of the CMD"]
END
image neither '10001 10001 10001' probe uid gid groups cap.eff cap.bnd no_new_privs cwd argv 'a  word' <<END
LABEL nothing=special
END
image cmd_is_replaced '10001 10001 10001' 'a word' '$X' <<END
ENTRYPOINT ["probe", $seen]
CMD ["of", "the CMD"]
END
image shell_form_entrypoint '10001 10001 10001' <<'END'
ENV X="of the  environment"
ENTRYPOINT exec probe uid gid groups cap.eff cap.bnd no_new_privs cwd argv "$X" 'a "quoted" $word' \\
END
image shell_form_cmd_of_another_shell '10001 10001 10001' <<'END'
SHELL ["/bin/busybox", "ash", "-e", "-c"]
CMD X="in  the shell"; exec probe uid gid groups cap.eff cap.bnd no_new_privs cwd argv "$X" é
END
image user_by_name '1000 1000 33 44 1000' <<END
USER app
CMD ["probe", $seen]
END
image user_and_group '1000 33 33' <<END
USER 1000:www
WORKDIR /home/app
ENTRYPOINT ["probe", $seen]
END
# Blank, comma, dollar, quote and backslash, a letter that is not ASCII; and a colon, which cannot be done, and that is said.
image volumes '1000 1000 33 44 1000' <<'END'
VOLUME ["/a b", "/c,d", "/e\\$f", "/g\\\"h\\\\i", "/ü", "/data/deep", "/one:two"]
USER app
CMD probe uid gid groups cap.eff cap.bnd no_new_privs cwd; stat -c 'argv %u:%g %n' "/a b" /c,d '/e$f' '/g"h\i' /ü /data/deep
END

# Two builders for docker, in turn.
build() {
	local engine=$1 tag=$2 file=$3

	builder=$((1 - ${builder:-0}))
	DOCKER_BUILDKIT=$builder "$engine" build --network host --tag "$tag" --file "$file" "$work/context" >"$file.log" 2>&1 </dev/null ||
		tail -n 5 "$file.log"
}

# What the template makes of these is a matter of the engine; the others are built by one of them, see take_turns.
is_for() {
	local engine=$1 name=$2

	case $name in volumes | exec_form_without_cmd | user_by_name | cmd_only) return 0 ;; esac
	in_each_engine || [[ $engines != *docker*podman* ]] || [[ $engine == "${builder_of[$name]}" ]]
}

# One engine's way through all images; what is seen goes into files.
wrap_all() {
	local engine=$1 name place
	local -a given

	for name in "${names[@]}"; do
		is_for "$engine" "$name" || continue
		place=$work/$engine.$name
		eval "given=(${words[$name]})"
		printf '%s\n' "${dockerfile[$name]}" >"$place.old"
		build "$engine" "sd-old-$name" "$place.old"
		"$engine" image inspect --format "$template" "sd-old-$name" >"$place.new" 2>&1
		build "$engine" "sd-new-$name" "$place.new"
		run_in "$engine" "sd-old-$name" -- "${given[@]}" >"$place.before" 2>&1 </dev/null
		run_in "$engine" "sd-new-$name" -- "${given[@]}" >"$place.after" 2>"$place.messages" </dev/null
		"$engine" rmi --force "sd-new-$name" "sd-old-$name" >/dev/null 2>&1
	done >"$work/$engine.log" 2>&1
}

for engine in $engines; do
	wrap_all "$engine" &
	clients[$engine]=$!
done
for engine in $engines; do
	wait "${clients[$engine]}"
	[[ ! -s $work/$engine.log ]] || diag "$engine: $(<"$work/$engine.log")"
done

# seen_as UID GID GROUP...: what must stand before the words.
seen_as() {
	printf 'uid %s %s %s %s\ngid %s %s %s %s\ngroups %s\n' "$1" "$1" "$1" "$1" "$2" "$2" "$2" "$2" "${*:3}"
	printf 'cap.bnd 0000000000000000\ncap.eff 0000000000000000\nno_new_privs 1\n'
}

wraps() {
	local name=$1 place=$2 before after who

	read -ra who <<<"${wanted[$name]}"
	before=$(sed -n '/^argv/,$p; /^cwd/p' "$place.before")
	after=$(sed -n '/^argv/,$p; /^cwd/p' "$place.after")
	[[ $name != volumes ]] || before=${before//0:0/1000:1000}
	is "$after" "$before" "wrapped_starts_the_same: $name: ${place##*/}"
	ok "wrapped_starts_something: $name: ${place##*/}" grep -q '^argv' "$place.after"
	is "$(sed '/^argv/,$d; /^cwd/d' "$place.after" | sort)" "$(seen_as "${who[@]}" | sort)" "wrapped_steps_down: $name: ${place##*/}"
}

for engine in $engines; do
	for name in "${names[@]}"; do
		is_for "$engine" "$name" || continue
		wraps "$name" "$work/$engine.$name"
	done
	is "$(grep -c '^stepdown: owning: ' "$work/$engine.volumes.messages")" 6 "wrapped_owns_every_volume: $engine"
	is "$(grep '^#' "$work/$engine.volumes.new")" '# Left out, because in --own a colon stands between two paths: "/one:two"' \
		"wrapped_leaves_a_volume_with_a_colon: $engine"
	is "$(grep -c '^CMD' "$work/$engine.exec_form_without_cmd.new")" 0 "wrapped_has_no_cmd_where_there_was_none: $engine"
	is "$(grep -xc 'USER 0' "$work/$engine.user_by_name.new" "$work/$engine.cmd_only.new" | cut -d : -f 2 | xargs)" '1 0' \
		"wrapped_starts_as_root_again: $engine"
done

done_testing
