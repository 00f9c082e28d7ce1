# The engine `tree`: no container engine, but a tree with a mount namespace, a PID namespace and capabilities like a container's.
# It serves where the binary under test needs something around it (an emulator, libraries, a place for what it measured) or where
# starting a container costs more than all the rest. It knows the options of `docker run` that the tests use, and no others.

: "${work:?}" "${shared:?}" "${image_path:?}" # a part of engine.bash

# The capabilities that engines leave a container: a80425fb.
tree_capabilities="chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap"

# The tree gets a layer to write to, /proc and /dev/null, in namespaces of its own. Then capsh takes away what a container has not.
tree_script='
	path=$PATH
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	capsh=$(command -v capsh)
	lower=$1 layer=$2 mounts=$3
	shift 3
	mount -t tmpfs tmpfs "$layer" && mkdir "$layer/upper" "$layer/work" "$layer/root" && chmod 755 "$layer/upper" &&
		mount -t overlay -o "lowerdir=$lower,upperdir=$layer/upper,workdir=$layer/work" overlay "$layer/root" &&
		mkdir -p "$layer/root/dev" "$layer/root/etc" "$layer/root/proc" || exit 97
	: >"$layer/root/dev/null" && mount --bind /dev/null "$layer/root/dev/null" || exit 97
	while read -r source target mode; do
		[ -n "$source" ] || continue
		target=$layer/root$target
		if [ "$source" = tmpfs ] || [ -d "$source" ]; then mkdir -p "$target"; else : >>"$target"; fi
		case $source in
		tmpfs) mount -t tmpfs tmpfs "$target" ;;
		*) mount --bind "$source" "$target" ;;
		esac || exit 97
		[ "$mode" != ro ] || mount -o remount,bind,ro "$target" || exit 97
	done <<END
$mounts
END
	mount -t proc proc "$layer/root/proc" || exit 97
	for fd in /proc/self/fd/*; do
		((${fd##*/} <= 2)) || eval "exec ${fd##*/}>&-"
	done
	PATH=$path
	exec "$capsh" --chroot="$layer/root" "$@"'

tree() {
	local kept=" $tree_capabilities " groups='' user=0:0 capability
	local arguments=() nnp=() name mounts=''

	[[ $1 == run ]] || return 0
	shift
	while [[ $1 == -* ]]; do
		case $1 in
		--rm) ;;
		--network) shift ;;
		--name) name=$2 && shift ;;
		--user) user=$2 && shift ;;
		--group-add) groups+=,$2 && shift ;;
		--cap-drop) kept=' ' && shift ;;
		--cap-add) kept+="${2,,} " && shift ;;
		--tmpfs) mounts+="tmpfs $2"$'\n' && shift ;;
		--volume)
			[[ $2 == /* ]] || { mkdir -p "$work/volumes/${2%%:*}" && set -- "$1" "$work/volumes/$2" "${@:3}"; }
			mounts+="${2//:/ }"$'\n' && shift
			;;
		--security-opt) nnp=(--no-new-privs) && shift ;; # no-new-privileges
		*)
			printf 'tree: unknown option %s\n' "$1" >&2
			return 96
			;;
		esac
		shift
	done
	make_tree "${1#sd-}" || return
	groups=${user#*:}$groups
	[[ $user != 0:* ]] || groups+=$(awk -F : '$4 ~ /(^|,)root(,|$)/ { printf ",%s", $3 }' "$shared/${1#sd-}/etc/group" 2>/dev/null)
	mkdir -p "$work/layers/$name"
	for capability in $(capsh --decode="$(sed -n 's/^CapBnd:\t//p' /proc/self/status)" | sed 's/.*=//; s/cap_//g; s/,/ /g'); do
		[[ $kept == *" $capability "* ]] || arguments+=("--drop=cap_$capability")
	done
	arguments+=(--inh= --groups="$groups" --gid="${user#*:}" --uid="${user%:*}" "${nnp[@]}")
	env -i HOME=/root PATH="$image_path" unshare --mount --propagation private --pid --fork --kill-child \
		bash -c "$tree_script" bash "$shared/${1#sd-}" "$work/layers/$name" "$mounts" \
		"${arguments[@]}" --shell=/usr/bin/env -- "${@:2}"
}
