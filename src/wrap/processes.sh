# shellcheck shell=sh
# The processes of a container, their users, and the ports. The container's own cat is asked first, because its numbers are those of
# the container; /proc of this machine is read if the image has no cat. Docker prints to standard output that there is no cat.

# first_process ID: the number of the container's first process on this machine, if the engine is here.
first_process() {
	pid=$(engine inspect --type container --format '{{.State.Pid}}' "$1" 2>/dev/null)
	[ "${pid:-0}" -gt 0 ] && awk '/^NSpid:/ { found = $NF == 1 } END { exit !found }' "/proc/$pid/status" 2>/dev/null && echo "$pid"
}

# read_sockets ID KIND: the tables of tcp or udp sockets. There may be no IPv6.
read_sockets() {
	engine exec "$1" cat "/proc/net/$2" "/proc/net/${2}6" 2>/dev/null | grep -E '^ *(sl|[0-9]+:) ' && return
	pid=$(first_process "$1") && cat "/proc/$pid/net/$2" "/proc/$pid/net/${2}6" 2>/dev/null
}

# list_processes ID: pid, real, effective and saved uid, gid, effective capabilities, bounding set, no_new_privs, name, by tabs.
# Processes that the engine started beside the command are left out: processes without a parent in the container, and their children.
list_processes() {
	{
		# shellcheck disable=SC2016 # the dollars are for the shell in the container
		engine exec "$1" sh -c 'exec cat /proc/[0-9]*/status' 2>/dev/null | grep -E '^[A-Za-z]+:	' || list_from_host "$1"
	} | awk '
		/^Name:/ { name = $2 }
		/^Pid:/ { pid = $2; order[++count] = pid; names[pid] = name }
		/^PPid:/ { parent[pid] = $2 }
		/^State:/ { state[NR] = 0; zombie = $2 == "Z" }
		/^Uid:/ { ids[pid] = $2 "\t" $3 "\t" $4; dead[pid] = zombie }
		/^Gid:/ { gid[pid] = $3 }
		/^CapEff:/ { effective[pid] = $2 }
		/^CapBnd:/ { bounding[pid] = $2 }
		/^NoNewPrivs:/ { quiet[pid] = $2 }
		function is_ours(pid) {
			for (depth = 0; pid != 1 && depth < 64; depth++) {
				if (parent[pid] == 0 || !(pid in parent))
					return 0
				pid = parent[pid]
			}
			return 1
		}
		END {
			for (i = 1; i <= count; i++) {
				pid = order[i]
				if (is_ours(pid) && !dead[pid])
					printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", pid, ids[pid], gid[pid], effective[pid], bounding[pid], quiet[pid], names[pid]
			}
		}'
}

# list_from_host ID: the status files by way of this machine's /proc, with the numbers of the container.
list_from_host() {
	pid=$(first_process "$1") || return 1
	if [ "$engine_name" = podman ]; then
		members=$(engine top "$1" hpid 2>/dev/null | sed 1d)
	else
		members=$(engine top "$1" -eo pid 2>/dev/null | sed 1d)
	fi
	for member in $members; do
		sed "s/^Uid:/Map $member\\
&/" "/proc/$member/status" 2>/dev/null
	done | awk -v map="/proc/$pid/uid_map" '
		BEGIN { while ((getline entry < map) > 0) { split(entry, part, " "); inside[++n] = part[1]; outside[n] = part[2]; size[n] = part[3] } }
		function translate(id, i) {
			for (i = 1; i <= n; i++)
				if (id >= outside[i] && id < outside[i] + size[i])
					return id - outside[i] + inside[i]
			return id
		}
		/^NSpid:/ { own[pid_line] = $NF }
		/^Pid:/ { pid_line = $2 }
		/^Uid:/ { $2 = translate($2); $3 = translate($3); $4 = translate($4) }
		{ line[NR] = $0; of[NR] = pid_line; if (/^Pid:/) at[pid_line] = NR }
		END {
			for (i = 1; i <= NR; i++) {
				split(line[i], part, /[ \t]+/)
				if (part[1] == "Pid:") line[i] = "Pid:\t" own[part[2]]
				if (part[1] == "PPid:") line[i] = "PPid:\t" (part[2] in own ? own[part[2]] : 0)
				if (part[1] != "Map") print line[i]
			}
		}'
}

# list_ports ID: "tcp PORT" and "udp PORT" of all listening sockets.
list_ports() {
	for kind in tcp udp; do
		read_sockets "$1" "$kind" | awk -v kind="$kind" '
			function number(hex, i, value) {
				for (i = 1; i <= length(hex); i++)
					value = value * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
				return value
			}
			(kind == "tcp" && $4 == "0A") || (kind == "udp" && $4 == "07") {
				split($2, address, ":")
				print kind, number(address[2])
			}'
	done | sort -u
}

# uses_pam ID: whether a process has libpam in its memory, as login servers have.
uses_pam() {
	# shellcheck disable=SC2016 # the dollars are for the shell in the container
	if engine exec "$1" sh -c 'cat /proc/1/maps' 2>/dev/null | grep -q '^[0-9a-f]*-'; then
		engine exec "$1" sh -c 'cat /proc/[0-9]*/maps' 2>/dev/null | grep -q 'libpam\.so'
	else
		pid=$(first_process "$1") && grep -q 'libpam\.so' "/proc/$pid/maps" 2>/dev/null
	fi
}

# capability_names HEX: the names of a set, by commas.
capability_names() {
	awk -v hex="$1" 'BEGIN {
		count = split("chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore", name, " ")
		hex = tolower(hex)
		for (i = length(hex); i > 0; i--) {
			digit = index("0123456789abcdef", substr(hex, i, 1)) - 1
			for (bit = 0; bit < 4; bit++) {
				position++
				if (digit % 2 && position <= count)
					list = list (list == "" ? "" : ",") name[position]
				digit = int(digit / 2)
			}
		}
		print list
	}'
}

# user_of UID: the name that the number has in the image, else the number.
user_of() {
	if [ "$1" = "$user_uid" ] && [ -n "$user_name" ]; then
		echo "$user_name"
		return
	fi
	awk -F : -v uid="$1" '$3 == uid { print $1; found = 1; exit } END { if (!found) print uid }' "$work/passwd"
}

# effective_users FILE: the set of effective uids, one per line.
effective_users() {
	cut -f 3 "$1" | sort -un
}
