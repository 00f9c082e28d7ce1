# From what the old image wrote to what the user must own. Reads the file "added" (first entries of what is new, as list_archive prints
# them) and then the diff: letter and path.

FILENAME == added {
	new_kind[$5] = $1
	new_mode[$5] = $2
	next
}

{
	change[$2] = $1
	order[++count] = $2
	has_child[parent_of($2)] = 1
}

function is_roots_home(path) {
	return path ~ /^\/root(\/|$)/
}

# A new directory is made before the start, so that its parent can stay root's.
function decide_new(path,    parent) {
	parent = parent_of(path)
	# A directory of several packages stays root's, also if it is new: what lies in it comes by itself.
	if (parent in change && change[parent] == "A" && !is_shared(parent) || parent in kind && may_write(parent))
		return
	if (is_shared(path) && new_kind[path] == "d")
		return
	# The engine makes the working directory if the image lacks it.
	if (path == directory && !has_child[path])
		return
	if (is_roots_home(path))
		grant("home", "/root", "the old image wrote " path)
	else if (new_kind[path] == "d")
		grant("mkdir", path, "the old image made it", new_mode[path])
	else
		grant_directory(parent, "the old image made " path)
}

# A directory without a change below was given to somebody, or a file was made and removed in it.
function decide_changed(path) {
	if (is_roots_home(path) || may_write(path))
		return
	if (kind[path] == "d" && !has_child[path] && path != "/")
		grant_directory(path, "the old image made and removed a file in it, or changed its owner")
	else if (kind[path] == "-")
		grant_file(path, "the old image wrote " path)
}

END {
	for (i = 1; i <= count; i++) {
		path = order[i]
		if (is_free(path))
			continue
		if (change[path] == "A")
			decide_new(path)
		else if (change[path] == "C")
			decide_changed(path)
		else if (change[path] == "D" && !(parent_of(path) in change && change[parent_of(path)] == "D"))
			grant_directory(parent_of(path), "the old image removed " path)
	}
}
