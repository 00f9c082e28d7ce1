#!/bin/bash
# S37: whoever may replace this program, or a directory that holds it, is root at the next start of the container. However the program
# is called, --own of its own directory does not give it away: the application replaces it, root starts it again, and nothing of the
# application's has run as root.

source "$(dirname "${BASH_SOURCE[0]}")/../engine.bash"
need_tools

# The application replaces the program by a program of its own, or writes into it.
replace='cd /vol/app/bin; printf "#!/bin/sh\necho root is \$(id -u)\n" >mine; chmod 755 mine
	mv -f mine stepdown || cat mine >stepdown || { mv /vol/app/bin /vol/app/old && mkdir /vol/app/bin && cp /vol/app/old/mine /vol/app/bin/stepdown; }
	true'

# A fresh volume, which is mounted at /vol.
#   /vol/app/bin/stepdown   the program; /vol/hard/link is another name of it
#   /vol/links/program      a link to it; /vol/links/chain a link to that link; /vol/links/app a link to /vol/app
fresh() {
	rm -rf "$work/vol"
	mkdir -p "$work/vol"/{app/{bin,data},links,hard}
	install_stepdown "$work/vol" "$work/vol/app/bin/stepdown"
	ln "$work/vol/app/bin/stepdown" "$work/vol/hard/link"
	ln -s /vol/app/bin/stepdown "$work/vol/links/program"
	ln -s ../app "$work/vol/links/app"
	ln -s program "$work/vol/links/chain"
}

# itself NAME DIRECTORY PROGRAM OPTION...: called as PROGRAM in DIRECTORY, twice; $told is a pattern of the status and the message.
itself() {
	fresh
	capture run_in tree sd-busybox --volume "$work/vol:/vol" --volume "$work/vol/app/bin:/tools" -- sh -c '
		cd "$1" && shift
		"$@" sh -c "$0"
		echo "ended $?"
		"$@" id -u 2>/dev/null
		stat -c "%u %g" /vol/hard/link' "$replace" "$2" "$3" --user app "${@:4}"
	like "$(sed -n 's/^ended //p' <<<"$output") $errors" "$told" "S37_$1"
	unlike "$output" 'root is 0' "S37_$1, the next start"
	is "$(tail -n 1 <<<"$output")" '0 0' "S37_$1 stays root's"
}

told=$'^125 stepdown: [^:\n]*: \'[^\']*\': this program is in it \\(declare a directory of its own\\)$'
itself relative /vol/app/bin ./stepdown --own /vol/app/bin
itself chain_of_links / /vol/links/chain --own-once /vol/app/bin
itself linked_directory / /vol/links/app//bin/stepdown --own /vol/app
itself proc_self_root / /proc/self/root/vol/app/bin/stepdown --own /vol/app/bin
itself hard_link_in_the_volume /vol/hard ./link --own /vol/hard:/vol/app
itself the_directory_alone /vol/app/bin ./stepdown --own-top /vol/app/bin
itself made_directory /vol/app/bin ./stepdown --mkdir /vol/app/bin
itself linked_volume /vol/app/bin ./stepdown --own /vol/links/app

# No path of the volume leads to the program by the name that it was called by.
told="^0 .*'/vol/app/bin[^']*': this program, or a directory that holds it"
itself hard_link / /vol/hard/link --own /vol/app
itself another_mount_of_its_directory / /tools/stepdown --own /vol/app

# Beside the program everything else is the application's.
told='^0 '
itself a_directory_beside_the_program_is_given / /vol/app/bin/stepdown --own /vol/app/data
is "$(stat -c %u "$work/vol/app/data")" 1000 "S37_a_directory_beside_the_program_is_given"

done_testing
