# From the refused system calls of a traced trial, and from the lines of its log, to what the user needs. access(2) is no hint, because
# Erlang asks it about every file. Prints grants, and
#   secret PATH, read PATH, cap NAME, switch, home

# text(N): the Nth string of the call.
function text(n,    line, value) {
	line = $0
	while (n-- > 0) {
		if (!match(line, /"([^"\\]|\\.)*"/))
			return ""
		value = substr(line, RSTART + 1, RLENGTH - 2)
		line = substr(line, RSTART + RLENGTH)
	}
	return value
}

# path(N): the Nth string as an absolute path.
function path(n,    value, base) {
	value = text(n)
	if (value == "")
		return ""
	if (value !~ /^\//) {
		base = match($0, /(AT_FDCWD|[0-9]+)<\/[^>]*>/) ? substr($0, RSTART, RLENGTH) : ""
		sub(/^[^<]*</, "", base)
		sub(/>$/, "", base)
		value = (base == "" ? directory : base) "/" value
	}
	return canonical(value)
}

function is_secret(name) {
	return name ~ /^\/etc\/g?shadow/ || name ~ /^\/etc\/.*(key|\.pem|private|secret)/ || name ~ /^\/(root\/\.ssh|var\/lib\/(sss|samba\/private))(\/|$)/
}

# need_file(PATH): the user must be able to write it, or to make it.
function need_file(name, reason) {
	if (name == "" || is_free(name) || is_program(name))
		return
	if (is_secret(name))
		print "secret\t" name
	else if (name ~ /^\/root(\/|$)/ || name ~ /^\/\.[^\/]+$/)
		grant("home", "/root", reason)
	else if (name in kind && kind[name] != "d") {
		if (!may_write(name))
			grant_file(name, reason)
	} else
		grant_directory(parent_of(name), reason)
}

# Programs and libraries: nobody but root may write them. Some services try every file that they only want to read.
function is_program(name) {
	return name ~ /^\/(usr|bin|sbin|lib[^\/]*)\//
}

function need_parent(name, reason) {
	if (name == "" || is_free(name))
		return
	if (name ~ /^\/root(\/|$)/ || parent_of(name) == "/" && name ~ /^\/\./)
		grant("home", "/root", reason)
	else
		grant_directory(parent_of(name), reason)
}

function need_new_directory(name, reason) {
	if (name == "" || is_free(name) || name in kind)
		return
	if (name ~ /^\/root(\/|$)/ || parent_of(name) == "/" && name ~ /^\/\./)
		grant("home", "/root", reason)
	else
		grant("mkdir", name, reason)
}

function need_reading(name) {
	if (name == "" || is_free(name) || name ~ /^\/root\/\./)
		return
	print (is_secret(name) ? "secret" : "read") "\t" name
}

FILENAME == log_file {
	if (!/[Pp]ermission denied|EACCES|not permitted|[Nn]ot writable|[Cc]annot write|[Rr]ead-only/)
		next
	line = $0
	while (match(line, /\/[A-Za-z0-9._@+\/-]+/)) {
		name = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		sub(/[.\/]+$/, "", name)
		name = canonical(name)
		if (name in kind && kind[name] == "-" && !(reaches(name) && allows(name, 1)))
			need_reading(name)
		else if (name in kind && kind[name] == "d" && !may_write(name))
			grant_directory(name, "the service complained of it")
		else if (name in kind || parent_of(name) in kind)
			need_file(name, "the service complained of " name)
	}
	next
}

!/ = -1 E(ACCES|PERM)/ { next }

{
	call = $0
	sub(/^([0-9]+ +)?/, "", call)
	sub(/\(.*/, "", call)
	reason = call " of " path(1) " was refused"
}

call ~ /^(open|openat|openat2|creat)$/ {
	if (/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/ || call == "creat")
		need_file(path(1), "writing " path(1) " was refused")
	else if (!/O_NOATIME/)
		need_reading(path(1))
}
call ~ /^mkdir/ { need_new_directory(path(1), reason) }
call ~ /^(unlink|rmdir|mknod)/ { need_parent(path(1), reason) }
call ~ /^symlink/ { need_parent(path(2), reason) }
call ~ /^(rename|link)/ {
	need_parent(path(1), reason)
	need_parent(path(2), reason)
}
call ~ /^(chmod|fchmodat|utime|utimensat|truncate|setxattr)/ {
	if (path(1) in kind && !is_free(path(1)))
		is_secret(path(1)) ? need_reading(path(1)) : grant(is_shared(path(1)) || kind[path(1)] == "d" ? "own-top" : "own", path(1), reason)
}
call ~ /^(chown|lchown|fchownat)$/ {
	if (match($0, /", -?[0-9]+/)) {
		wanted = substr($0, RSTART + 3, RLENGTH - 3)
		if ((wanted == user || wanted == -1) && path(1) in kind && !is_free(path(1)))
			grant_directory(path(1), reason)
		else
			print "chown\t" path(1)
	}
}
call == "bind" && /AF_INET/ { print "cap\tnet_bind_service" }
call == "bind" && /AF_UNIX/ { need_parent(path(1), reason) }
call == "chroot" { print "cap\tsys_chroot" }
call == "socket" && /SOCK_RAW|AF_PACKET/ { print "cap\tnet_raw" }
call ~ /^(set(re|res|)[ug]id|setgroups|setfs[ug]id)(32)?$/ { print "switch\t" call }
