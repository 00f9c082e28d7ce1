#!/bin/bash
# Ownership of the volumes: what is fixed, in every engine.

# shellcheck disable=SC2016 # the dollars are for the shells in the containers
# shellcheck source-path=SCRIPTDIR source=../engine.bash
source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_engines

# Names and owners of all below $1, on one line each; for a shell in a container.
list='list() { find "$1" | sort | while read -r name; do stat -c "%n %u:%g" "$name"; done; }'
fixed='/data 1000:1000
/data/sub 1000:1000
/data/sub/file 1000:1000'
fill="$list"'; mkdir /data/sub; touch /data/sub/file; '

gives "own_tmpfs" 0 "$fixed" '' --tmpfs /data -- sh -c "$fill"'
	stepdown --user app --own /data touch /data/new && rm /data/new && list /data'
gives "own_top_leaves_what_is_below" 0 $'/data 1000:1000\n/data/sub 0:0\n/data/sub/file 0:0' '' --tmpfs /data -- sh -c "$fill"'
	stepdown --user app --own-top /data true; list /data'
gives "own_takes_a_list_and_a_variable" 0 $'/a 1000:1000\n/b 1000:1000\n/c 1000:1000' '' \
	--tmpfs /a --tmpfs /b --tmpfs /c --env B=/b -- sh -c "$list"'
	stepdown --user app --own "/a:\${B}" --own /c true; list /a; list /b; list /c'
gives "own_gives_to_the_primary_group" 0 '/data 5000:33' '' --tmpfs /data -- sh -c "$list"'
	stepdown --user 5000:www --own /data true; list /data'
gives "mkdir_leaves_the_parents_to_root" 0 $'/srv 0:0\n/srv/a 0:0\n/srv/a/b 1000:1000' '' -- sh -c "$list"'
	stepdown --user app --mkdir /srv/a/b touch /srv/a/b/file && rm /srv/a/b/file; list /srv'
gives "mkdir_mode_is_that_of_the_last_directory" 0 $'755 0:0 /srv/a\n700 1000:1000 /srv/a/b\n1777 1000:1000 /data' '' \
	-- sh -c 'umask 0022
	mkdir -p /data && chmod 1777 /data
	stepdown --user app --umask 0 --mkdir-mode 0700 --mkdir /srv/a/b:/data stat -c "%a %u:%g %n" /srv/a /srv/a/b /data'
gives "mkdir_mode_never_setuid" 125 '' "^stepdown: --mkdir-mode: '4755': not an octal mode" \
	-- stepdown --user app --mkdir-mode 4755 --mkdir /srv/a probe uid
gives "mkdir_of_what_is_there_is_own_top" 0 "/data 1000:1000
/data/sub 0:0
/data/sub/file 0:0" '' --tmpfs /data -- sh -c "$fill"'stepdown --user app --mkdir /data true; list /data'
gives "paths_that_are_right_are_left_alone" 0 $'/data 1000:1000\n/data/sub 0:0\n/data/sub/file 0:0' \
	"(^|"$'\n'")stepdown: owning: '/data': entries changed: 0 of 1" --tmpfs /data -- sh -c "$fill"'chown 1000:1000 /data
	stepdown --user app --mkdir /data --own-once /data/ --own-top /data true &&
		stepdown --user app --own-once /data -v true && list /data'
gives "a_path_that_is_right_and_an_account_that_is_made" 0 '/data 10001:10001' "^stepdown: making the account: '/etc/group'" \
	--tmpfs /data -- sh -c "$list"'
	chown 10001:10001 /data; stepdown --user svc=10001:10001 --own-once /data true && list /data'
gives "own_of_a_path_that_is_missing_names_it" 125 '' "stepdown: .*'/missing'" -- stepdown --user app --own /missing probe uid
gives "home_of_a_made_account_can_be_made" 0 '/home/svc 10001:10001' '' -- sh -c "$list"'
	stepdown --user svc=10001:10001 --home /home/svc --mkdir /home/svc touch /home/svc/x; rm /home/svc/x; list /home/svc'
gives "setup_only_owns" 0 "$fixed" '' --tmpfs /data -- sh -c "$fill"'
	stepdown --user app --own /data --setup-only; list /data'

for engine in $engines; do
	bind=$work/bind.$engine
	mkdir -p "$bind/sub" && touch "$bind/sub/file"
	capture run_in "$engine" sd-busybox --volume "$bind:/data" -- stepdown --user app --own /data touch /data/new
	result "own_bind_mount: $engine" 0 ''
	is "$(find "$bind" -printf '%P %U:%G\n' | sort)" $' 1000:1000\nnew 1000:1000\nsub 1000:1000\nsub/file 1000:1000' \
		"own_bind_mount_all_below: $engine"

	# A named volume, twice; the second start has something to fix in what is right at the top.
	capture run_in "$engine" sd-busybox --volume sd-named:/data -- sh -c "$fill"'
		stepdown --user app --own /data true; touch /data/sub/late; chown 1000:1000 /data/sub; exec stepdown -u app --own /data sh -c "
			stat -c \"%n %u:%g\" /data/sub/late"'
	result "own_named_volume_again: $engine" 0 '/data/sub/late 1000:1000'
	"$engine" volume rm sd-named >/dev/null

	chown -R 0:0 "$bind"
	capture run_in "$engine" sd-busybox --volume "$bind:/data:ro" -- stepdown --user app --own /data probe uid
	result "S36_read_only_volume_is_told_and_the_container_starts: $engine" 0 'uid 1000 1000 1000 1000' "'/data.*[Rr]ead-only"
	is "$(grep -c '[Rr]ead-only file system' <<<"$errors")" 1 "S36_in_one_line: $engine"
	like "$errors" '4 ' "S36_all_are_counted: $engine"
	capture run_in "$engine" sd-busybox --volume "$bind:/data:ro" -- stepdown --user app --own /data --strict probe uid
	result "S36_strict_ends: $engine" 125 '' "'/data"
	chown -R 1000:1000 "$bind"
	capture run_in "$engine" sd-busybox --volume "$bind:/data:ro" -- stepdown --user app --own /data probe uid
	result "a_volume_that_cannot_be_written_to_is_told: $engine" 0 'uid 1000 1000 1000 1000' "'/data'"

	# Only the capabilities that a start with volumes needs.
	few=(--cap-drop ALL --cap-add CHOWN --cap-add SETUID --cap-add SETGID)
	private=$work/private.$engine
	mkdir -p "$private/deep" && touch "$private/deep/own" && chown -R 1000:1000 "$private" && chmod 700 "$private" "$private/deep"
	for start in first second; do
		touch "$private/$start" "$private/deep/$start"
		capture run_in "$engine" sd-busybox "${few[@]}" --volume "$private:/data" -- stepdown --user app --own /data probe uid
		result "S35_private_directory_is_entered_as_its_owner, $start start: $engine" 0 'uid 1000 1000 1000 1000' '^$|changed'
		is "$(find "$private" ! -user 1000 -o ! -group 1000)" '' "S35_all_is_fixed, $start start: $engine"
	done
	other=$work/other.$engine
	mkdir -p "$other" && touch "$other/file" && chown 1001:1001 "$other" && chmod 700 "$other"
	capture run_in "$engine" sd-busybox "${few[@]}" --volume "$other:/data" -- stepdown --user app --own /data probe uid
	result "S35_private_directory_of_somebody_else: $engine" 0 'uid 1000 1000 1000 1000'
	is "$(find "$other" ! -user 1000)" '' "S35_private_directory_of_somebody_else_is_fixed: $engine"

	# A volume in a volume stays as it is, also when both are of one file system.
	mkdir -p "$work/outer.$engine/inner" "$work/inner.$engine" && touch "$work/inner.$engine/file"
	capture run_in "$engine" sd-busybox --volume "$work/outer.$engine:/data" --volume "$work/inner.$engine:/data/inner" \
		-- stepdown --user app --own /data probe uid
	result "S19_volume_in_a_volume: $engine" 0 'uid 1000 1000 1000 1000' \
		"'/data': other mounts below it stay as they are: 1, the first that is not the user's is '/data/inner' \(declare it too\)"
	is "$(find "$work/inner.$engine" ! -user 0)" '' "S19_volume_in_a_volume_stays: $engine"
	is "$(stat -c %u "$work/outer.$engine")" 1000 "S19_and_the_one_around_it_is_fixed: $engine"
	capture run_in "$engine" sd-busybox --volume "$work/outer.$engine:/data" --volume "$work/inner.$engine:/data/inner" \
		-- stepdown --strict --user app --own /data:/data/inner probe uid
	result "S19_volume_in_a_volume_that_is_declared: $engine" 0 'uid 1000 1000 1000 1000' \
		"^stepdown: owning: '/data/inner': entries changed: 2 of 2: root 2\$"
done

# A file system of our own, with a file that nobody can change.
if truncate -s 8M "$work/disk" && mkfs.ext4 -q -F "$work/disk" && mkdir "$work/ext4" && mount -o loop "$work/disk" "$work/ext4"; then
	defer umount "$work/ext4"
	defer chattr -i "$work/ext4"/*
	touch "$work/ext4/immutable" "$work/ext4/last" && printf x >"$work/ext4/"$'bad\nname' && chattr +i "$work/ext4/immutable" "$work/ext4/bad"*
	for engine in $engines; do
		chown 0:0 "$work/ext4" "$work/ext4/last"
		capture run_in "$engine" sd-busybox --volume "$work/ext4:/data" -- stepdown --user app --own /data probe uid
		result "S36_immutable_files_are_counted_and_the_container_starts: $engine" 0 'uid 1000 1000 1000 1000' '2 '
		is "$(grep -c 'not permitted' <<<"$errors")" 1 "S36_immutable_files_are_told_in_one_line: $engine"
		is "$(stat -c %u "$work/ext4/last" "$work/ext4" | xargs)" '1000 1000' "S36_the_others_are_fixed: $engine"
		capture run_in "$engine" sd-busybox --volume "$work/ext4:/data" -- stepdown --user app --own /data --strict probe uid
		result "S36_strict_ends_for_one_file: $engine" 125 '' 'not permitted'
	done
else
	skip "S36_immutable_files" "there is no loop device to mount"
fi

done_testing
