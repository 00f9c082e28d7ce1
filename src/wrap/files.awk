# The files of the image, and who may do what with them. Needs -v files=FILE -v passwd=FILE -v group=FILE -v user=UID
# -v gid=GID -v command_file=FILE -v directory=PATH, and grants=FILE with what the user has got already.

function load_files(    line, part) {
	while ((getline line < files) > 0) {
		split(line, part, "\t")
		kind[part[5]] = part[1]
		mode[part[5]] = part[2]
		owner[part[5]] = part[3]
		owner_group[part[5]] = part[4]
		if (part[1] == "l")
			target[part[5]] = part[6]
	}
	close(files)
	kind["/"] = "d"
	if (!("/" in mode)) {
		mode["/"] = "rwxr-xr-x"
		owner["/"] = owner_group["/"] = 0
	}
}

# The groups of the user: the primary one, and those that name it as a member.
function load_user(    line, part, member, i, n, name) {
	primary = gid == "" ? user : gid
	while ((getline line < passwd) > 0) {
		split(line, part, ":")
		if (part[3] == user && name == "") {
			name = part[1]
			if (gid == "")
				primary = part[4]
		}
	}
	close(passwd)
	in_group[primary] = 1
	while ((getline line < group) > 0) {
		split(line, part, ":")
		n = split(part[4], member, ",")
		for (i = 1; i <= n; i++)
			if (member[i] == name && name != "")
				in_group[part[3]] = 1
	}
	close(group)
}

function load_grants(    line, part) {
	while ((getline line < grants) > 0) {
		split(line, part, "\t")
		if (part[1] == "own")
			own_tree[part[2]] = 1
		else if (part[1] == "own-top" || part[1] == "mkdir")
			own_top[part[2]] = 1
	}
	close(grants)
}

# is_owned(PATH): whether the grants give it to the user.
function is_owned(path) {
	if (path in own_top)
		return 1
	for (; path != ""; sub(/\/[^\/]*$/, "", path))
		if (path in own_tree)
			return 1
	return 0
}

function parent_of(path) {
	sub(/\/[^\/]*$/, "", path)
	return path == "" ? "/" : path
}

# allows(PATH, WHAT): whether the mode lets the user read (1), write (2) or search (3).
function allows(path, what,    place, letter) {
	if (user == 0)
		return 1
	place = owner[path] == user || is_owned(path) ? 0 : owner_group[path] in in_group ? 3 : 6
	letter = substr(mode[path], place + what, 1)
	return letter != "-" && letter != "S" && letter != "T" && letter != ""
}

# reaches(PATH): whether the user may search every directory above.
function reaches(path) {
	while (path != "/") {
		path = parent_of(path)
		if (!(path in kind) || !allows(path, 3))
			return 0
	}
	return 1
}

# barrier(PATH): the first directory above that the user may not search, or nothing.
function barrier(path,    part, n, i, place) {
	n = split(path, part, "/")
	if (!allows("/", 3))
		return "/"
	for (i = 2; i < n; i++) {
		place = place "/" part[i]
		if (place in kind && !allows(place, 3))
			return place
	}
	return ""
}

function may_write(path) {
	return reaches(path) && allows(path, 2) && (kind[path] != "d" || allows(path, 3))
}

# canonical(PATH): without symbolic links, "." and "..", as far as the image knows them.
function canonical(path,    part, n, i, place, next_place, rest, turns) {
	place = ""
	n = split(path, part, "/")
	for (i = 1; i <= n; i++) {
		if (part[i] == "" || part[i] == ".")
			continue
		if (part[i] == "..") {
			place = parent_of(place)
			if (place == "/")
				place = ""
			continue
		}
		next_place = place "/" part[i]
		if (next_place in target && turns++ < 40) {
			rest = target[next_place]
			if (rest !~ /^\//)
				rest = place "/" rest
			while (++i <= n)
				rest = rest "/" part[i]
			place = ""
			n = split(rest, part, "/")
			i = 0
			continue
		}
		place = next_place
	}
	return place == "" ? "/" : place
}

# Paths that need no grant: everybody may write there, or they are the kernel's.
function is_free(path) {
	return path ~ /^\/(dev|proc|sys|tmp|var\/tmp|\.stepdown-wrap)(\/|$)/
}

# Directories of several packages: only the top is given away.
function is_shared(path) {
	return path ~ /^\/(run|run\/lock|var|var\/(log|lib|cache|spool|mail|local|opt)|srv|opt|home|mnt|media)$/
}

# Directories with programs and configuration: the top is enough to make files, and the rest stays root's.
function is_static(path) {
	return path ~ /^\/(etc|usr|opt|bin|sbin|lib[^\/]*)(\/|$)/ || holds_command(path)
}

# holds_command(PATH): whether a word of the command lies below.
function holds_command(path,    i) {
	for (i = 1; i <= word_count; i++)
		if (index(words[i], path "/") == 1)
			return 1
	return 0
}

# grant(KIND, PATH, REASON[, MODE]): one line of the result.
function grant(what, path, reason, made_mode) {
	if (path ~ /[[:cntrl:]:]/) {
		print "left\t" path "\tit has a colon or a control character in its name"
		return
	}
	if (!given[what, path]++)
		print what "\t" path "\t" reason (made_mode == "" ? "" : "\t" made_mode)
}

# grant_file(PATH, REASON): the user may write a file that is there.
function grant_file(path, reason,    closed) {
	closed = barrier(path)
	if (closed != "")
		grant_directory(closed, reason)
	if (closed == "" || is_shared(closed) || is_static(closed))
		grant("own", path, reason)
}

# grant_directory(PATH, REASON): the user may make and remove files in it.
function grant_directory(path, reason,    closed) {
	closed = barrier(path)
	if (closed != "")
		grant_directory(closed, reason)
	if (is_free(path) || (path in kind && may_write(path)))
		return
	grant(is_shared(path) || is_static(path) ? "own-top" : "own", path, reason)
}

BEGIN {
	load_files()
	load_user()
	load_grants()
	while ((getline words[++word_count] < command_file) > 0)
		;
	words[word_count] = directory "/."
}
