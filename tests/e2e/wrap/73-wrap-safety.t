#!/bin/bash
# stepdown-wrap touches nothing but its own: it pulls nothing, leaves real volumes as they are, and leaves nothing behind, also if it is
# killed. tests/unit/test_wrap.sh has the options that it refuses.
# Two of the kills run by --file alone. The others and a run to the end need --all.
# without --all: left out, because each kill takes half a minute

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines real
make_wrap

for engine in $engines; do
	build_image "$engine" sd-wrap-safety <<-'END'
		FROM sd-busybox
		RUN mkdir -p /www /data && echo hello >/www/index.html
		VOLUME /data
		CMD ["sh", "-c", "date >>/data/log && exec httpd -f -p 8080 -h /www"]
	END
done
check='wget -qO- http://127.0.0.1:8080/'

# --- what was there stays -------------------------------------------------------------------------------------------------------------

# files_of ENGINE: every file in the real volume.
files_of() {
	"$1" run --rm --network none --volume sd-wrap-real:/real sd-busybox sh -c 'find /real -exec stat -c "%n %u:%g %a %Y" {} + | sort; cat /real/file'
}

declare -A files=()
for engine in $engines; do
	defer "$engine" volume rm --force sd-wrap-real
	"$engine" run --rm --network none --volume sd-wrap-real:/real sd-busybox \
		sh -c 'echo precious >/real/file && chown 1000:33 /real/file && mkdir /real/of-others && chown 1001 /real/of-others' >/dev/null
	before=$(objects "$engine")
	files[$engine]=$(files_of "$engine")
	wrap "$engine" no-such-image-anywhere
	result "$engine: an image that is not here is not pulled" 125 '' 'not on this machine, and nothing is pulled'
	[[ ${STEPDOWN_SAMPLE:-} == all ]] || continue
	wrap "$engine" sd-wrap-safety --check "$check" --run '-e A="two words" --tmpfs /scratch -v /another'
	is "$status" 0 "$engine: harmless options are passed on"
	as_before "$engine: containers, volumes and images are as before" "$engine" "$before"
	is "$(find "$work" -maxdepth 1 -name 'stepdown-wrap.*')" '' "$engine: no temporary directory is left"
done

# --- killed -----------------------------------------------------------------------------------------------------------------------------

# killed ENGINE VERB NUMBER: killed at this call of the engine. The call itself is made, as when a kill comes a moment later.
killed() {
	local engine=$1 left

	rm -f "$work/calls"
	# The shell itself tells of a killed child, where its standard error leads.
	{
		KILL="$2 $3" STEPDOWN_WRAP_LIMIT=60 DOCKER="$work/$engine" TMPDIR="$work" bash -c 'export WRAP_PID=$$; exec "$@"' bash \
			"$wrap_program" sd-wrap-safety --check "$check" >/dev/null
		status=$?
	} 2>"$work/killed.log"
	judge $((status != 137)) "$engine: killed at $2 $3" "$(tail -n 5 "$work/killed.log")"
	# The lock is free when no call of an engine is at work any more.
	flock --timeout 100 "$work/lock" true
	left=$(objects "$engine")
	[[ $left == "$before" ]] || leftovers+=1
	wrap "$engine" no-such-image-anywhere
	as_before "$engine: killed at $2 $3: the next start removes what was left" "$engine" "$before"
	is "$(find "$work" -maxdepth 1 -name 'stepdown-wrap.*')" '' "$engine: killed at $2 $3: and the temporary directory"
}

# Ten moments with --all, else two of them; two for the second engine with --all, else none.
declare -i leftovers=0
moments=('commit 1' 'run 2' 'build 1' 'volume 2' 'cp 1' 'export 1' 'exec 3' 'rm 3' 'stop 1' 'rmi 1')
moments=("${moments[@]:0:$(sample 2 10 2)}")
for engine in $engines; do
	before=$(objects "$engine")
	for moment in "${moments[@]}"; do
		# shellcheck disable=SC2086 # two words
		killed "$engine" $moment
	done
	ok "$engine: some of the kills left something behind, so something was tested" test "$leftovers" -gt 0
	is "$(files_of "$engine")" "${files[$engine]}" "$engine: a real volume is as before, byte for byte and owner for owner"
	leftovers=0
	moments=('commit 1' 'run 3')
	[[ ${STEPDOWN_SAMPLE:-} == all ]] || break
done

# A run that still works is left alone by the start of another one.
engine=${engines##* }
other=$("$engine" create --label "stepdown-wrap=$(uname -n | tr -cd 'A-Za-z0-9-')_$$_$(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20)" sd-busybox true)
defer "$engine" rm --force "$other"
wrap "$engine" no-such-image-anywhere
ok "a run that still works keeps its containers" "$engine" inspect "$other"

# SIGTERM removes everything at once.
before=$(objects "$engine")
STEPDOWN_WRAP_LIMIT=60 DOCKER="$work/$engine" TMPDIR="$work" "$wrap_program" sd-wrap-safety --check false >/dev/null 2>"$work/term.log" &
client=$!
started() {
	[[ -n $("$engine" ps --quiet --filter label=stepdown-wrap) ]]
}
wait_until started
kill -TERM "$client"
wait "$client"
is $? 143 "SIGTERM ends it with 143"
as_before "SIGTERM: everything is removed at once" "$engine" "$before"

done_testing
