"""What src has to make of texts, account files and options, told by regular expressions and lists."""

import re
from dataclasses import dataclass

ID_MAX = 2**31 - 1
NOT_MAPPED = 65534
HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


class Refused(Exception):
    """src has to refuse the input."""


def require(condition):
    if not condition:
        raise Refused


# --- texts ---------------------------------------------------------------------------------------------


def visible(text):
    """TEXT without what starts a line, drives a terminal or is no UTF-8."""
    characters = text.decode("utf-8", "backslashreplace")
    return HIDDEN.sub(lambda m: SHORT.get(m[0]) or "".join(f"\\x{b:02x}" for b in m[0].encode()), characters).encode()


def cut(text, capacity):
    """TEXT in a buffer of CAPACITY bytes: dots replace whole characters at its end."""
    if len(text) < capacity:
        return text
    return text[: capacity - 4].decode("utf-8", "ignore").encode() + b"..."


def read_id(text):
    """The id in TEXT, or None."""
    return int(text) if re.fullmatch(rb"[0-9]+", text) and int(text) <= ID_MAX else None


# --- the value of an option ----------------------------------------------------------------------------


@dataclass
class Ref:
    """A user or a group: by "id", by "name", by "path", or "none"."""

    kind: str = "none"
    name: bytes = b""
    no_gid_0: bool = False  # the last two in --group alone
    has_alternative: bool = False

    def __bytes__(self):
        """As parsed_options.h prints them."""
        return {"none": b"none", "path": b"@" + self.name, "name": self.name}.get(self.kind) or b"%d" % self.id

    @property
    def id(self):
        return int(self.name)


def read_ref(text, takes_paths=False, may_be_empty=False):
    if text == b"" and may_be_empty:
        return Ref()
    if takes_paths and text.startswith(b"@/"):
        return Ref("path", text[1:])
    if read_id(text) is not None:
        return Ref("id", text)
    require(re.fullmatch(rb"[^\0- \x7f,@=:#+-][^\0- \x7f,@=:]*", text) and not text.isdigit())
    return Ref("name", text)


ACCOUNT_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.-]{0,31}")


@dataclass
class Spec:
    """One alternative of --user."""

    account: bytes | None
    user: Ref
    group: Ref
    no_gid_0: bool = False

    def __bytes__(self):
        account = b"" if self.account is None else self.account + b"="
        return account + bytes(self.user) + (b"" if self.group.kind == "none" else b":" + bytes(self.group))


def read_spec(text):
    match = re.fullmatch(rb"(?:([^=@]*)=)?([^:]*)(:[^:]*)?", text)
    require(match)
    account, user, group = match.groups()
    spec = Spec(account, read_ref(user, True), Ref() if group is None else read_ref(group[1:]))
    require(account is None or (ACCOUNT_NAME.fullmatch(account) and spec.user.kind != "name"))
    return spec


def read_gosu_spec(text):
    user, _, group = text.partition(b":")
    return Spec(None, read_ref(user, may_be_empty=True), read_ref(group, may_be_empty=True))


PIECE = re.compile(rb"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?-)([^}$]*))?\}|\$|[^$]+")


def read_environment(words):
    """A variable that stands twice has its first value."""
    return dict(word.split(b"=", 1) for word in reversed(words) if b"=" in word)


def fill_in(environment, text, signs):
    """Returns TEXT with its variables, or None, and whether a variable is empty or not set.

    It is None for a form that is no variable, for a value with one of SIGNS, and without a value.
    """
    result, has_empty = b"", False
    for piece in PIECE.finditer(text):
        name, operator, default = piece.groups()
        value = environment.get(name)
        if piece[0] == b"$" or (value and any(byte in signs for byte in value)):
            return None, False
        if name is None:
            result += b"$" if piece[0] == b"$$" else piece[0]
            continue
        if value is None or (value == b"" and operator == b":-"):
            value = default
        has_empty |= not value
        if value is None:
            return None, True
        result += value
    return result, has_empty


def mask_variables(text):
    """TEXT of the same length, but no sign in a variable is left."""
    return re.sub(rb"\$\{[^}]*(\}|\Z)", lambda m: b"x" * len(m[0]), text)


# --- passwd and group ----------------------------------------------------------------------------------


@dataclass
class Entry:
    """A line that counts."""

    offset: int
    line: bytes
    fields: list
    name: bytes
    id: int
    gid: int


NAME = rb"(?![0-9]*:)([^\0- \x7f:+#-][^\0- \x7f:]*)"
ENTRY = {
    "group": re.compile(NAME + rb":([^:\0]*):([0-9]+):([^:\0]*)", re.DOTALL),
    "passwd": re.compile(NAME + rb":([^:\0]*):([0-9]+):([0-9]+):([^:\0]*):([^:\0]*):([^:\0]*)", re.DOTALL),
}


def read_lines(file):
    """The lines of FILE without what ends them, and where they begin."""
    lines = re.finditer(rb"[^\n]*\n|[^\n]+", file)
    return [(line[0].removesuffix(b"\n").removesuffix(b"\r"), line.start()) for line in lines]


def read_entries(file, kind):
    found = []
    for line, offset in read_lines(file):
        match = ENTRY[kind].fullmatch(line)
        if match:
            number, gid = read_id(match[3]), read_id(match[4 if kind == "passwd" else 3])
            if number is not None and gid is not None:
                found.append(Entry(offset, line, list(match.groups()), match[1], number, gid))
    return found


def by_name(entries, name):
    return next((entry for entry in entries if entry.name == name), None)


def by_id(entries, number):
    return next((entry for entry in entries if entry.id == number), None)


def mentions(file, name):
    """A line of FILE begins with NAME, be it damaged."""
    return any(line.lstrip(b" \t").split(b":")[0] == name for line, _ in read_lines(file))


def gids_of(groups, user):
    """The gids of the GROUPS of which USER is a member."""
    return [group.gid for group in groups if user and user in group.fields[3].split(b",")]


def replaced(file, entry, numbers):
    """FILE with other numbers in the fields of ENTRY; a number that is right keeps its spelling."""
    fields = list(entry.fields)
    for i, number in numbers.items():
        if int(fields[i]) != number:
            fields[i] = b"%d" % number
    return file[: entry.offset] + b":".join(fields) + file[entry.offset + len(entry.line) :]


def added(file, line):
    return file + (b"\n" if file and not file.endswith(b"\n") else b"") + line + b"\n"


def make_account(name, uid, gid, home, group_file, passwd_file):
    """Returns by_number, the primary gid, and both files with the account in them."""
    passwd, groups = read_entries(passwd_file, "passwd"), read_entries(group_file, "group")
    entry, owner = by_name(passwd, name), by_id(passwd, uid)
    require(ACCOUNT_NAME.fullmatch(name))
    before = entry.gid if entry else None
    if not (entry and entry.id in (0, uid)) and owner and owner.name != name:
        return True, owner.gid if gid is None else gid, group_file, passwd_file
    if gid is None:
        gid = entry.gid if entry else uid
    if entry:
        require(entry.id != 0 or (uid, gid) == (0, entry.gid))
        passwd_after = replaced(passwd_file, entry, {2: uid, 3: gid})
    else:
        require(not mentions(passwd_file, name) and re.fullmatch(rb"/[^\0-\x1f\x7f:]*", home))
        passwd_after = added(passwd_file, b"%s:*:%d:%d::%s:/sbin/nologin" % (name, uid, gid, home))
    group = by_name(groups, name)
    if gid == 0 or by_id(groups, gid):
        return False, gid, group_file, passwd_after
    if group and before and group.gid == before and [e for e in passwd if e.gid == before] == [entry]:
        return False, gid, replaced(group_file, group, {2: gid}), passwd_after
    for candidate in name, b"%s-%d" % (name, gid):
        if not mentions(group_file, candidate):
            return False, gid, added(group_file, b"%s:*:%d:" % (candidate, gid)), passwd_after
    return False, gid, group_file, passwd_after


# --- the command line ----------------------------------------------------------------------------------

FLAGS = ["dry-run", "strict", "clear-groups", "allow-new-privs", "allow-root", "keep-env"]
PATHS = ["own", "own-once", "own-top", "mkdir"]


def read_help(text):
    """Returns whether an option takes a value, by its name, and the names of the letters."""
    found = re.findall(rb"^  (?:-(\w), )?--([\w-]+)( [A-Z])?", text, re.MULTILINE)
    takes_value = {name.decode(): bool(value) for letter, name, value in found}
    return takes_value, {letter: name.decode() for letter, name, value in found if letter}


def read_words(words, takes_value, letters):
    """Returns the options, in pairs of a name and a value, and the command."""
    given, words = [], list(words)
    while words and re.match(rb"-.", words[0], re.DOTALL) and not ends_reading(given):
        word = words.pop(0)
        if word == b"--":
            break
        if word.startswith(b"--"):
            name, equals, value = word[2:].partition(b"=")
            name = name.decode(errors="replace")
            require(name in takes_value and not (equals and not takes_value[name]))
            cluster = [(name, value if equals else None)]
        else:
            cluster = read_cluster(word[1:], takes_value, letters)
        for name, value in cluster:
            if takes_value[name] and value is None:
                require(words)
                value = words.pop(0)
            given.append((name, value))
    return given, words


def ends_reading(given):
    return given and given[-1][0] in ("help", "version")


def read_cluster(word, takes_value, letters):
    """Reads letters behind one dash. The first that takes a value takes the rest of WORD."""
    require(len(word) < 2 or word.split(b"=")[0].decode(errors="replace") not in takes_value)
    given = []
    while word and not ends_reading(given):
        name, word = letters.get(word[:1]), word[1:]
        require(name and not (takes_value[name] and not given and word[:1] == b"="))
        if takes_value[name] and word:
            return given + [(name, word)]
        given.append((name, None))
    return given


def signs_of(name, word):
    """The characters that have a meaning in WORD, so that no variable may hold them."""
    is_path = word.startswith(b"@") or (name == "user" and re.match(rb"[^$=]*=@", word))
    signs = {"user": (b"@:=,", b",:"), "group": (b"@:,", b","), "own-from": (b"@:,", b"@:,")}
    return signs.get(name, (b"", b""))[bool(is_path)]


def read_alternatives(name, value, environment):
    """Returns what is left of the alternatives in VALUE: what the author wrote, what it came to, and whether it is
    the end of VALUE."""
    found, at = [], 0
    for piece in mask_variables(value).split(b","):
        word = value[at : at + len(piece)]
        at += len(piece) + 1
        is_last = at > len(value)
        text, has_empty = fill_in(environment, word, signs_of(name, word))
        if has_empty and (not is_last or (found and (name == "user" or text is None))):
            continue
        require(text is not None)
        texts = text.split(b",")
        found += [(word, one, is_last and i == len(texts)) for i, one in enumerate(texts, 1)]
    return found


def read_users(found):
    """A variable may not choose group 0, but the author may write it behind a colon."""
    users = []
    for word, text, _ in found:
        spec = read_spec(text)
        group = word[(mask_variables(word) + b":").index(b":") :]
        is_gid_0 = spec.group.name == b"root" or (spec.group.kind == "id" and spec.group.id == 0)
        spec.no_gid_0 = b"$" in word and not (is_gid_0 and b"$" not in group)
        users.append(spec)
    return users


def read_groups(found):
    groups = []
    for i, (word, text, is_end) in enumerate(found, 1):
        groups.append(read_ref(text, True, may_be_empty=is_end))
        groups[-1].no_gid_0, groups[-1].has_alternative = b"$" in word, i < len(found)
    return groups


def read_capabilities(text, numbers):
    names = [re.sub(rb"^CAP_", b"", name.upper()) for name in text.split(b",")] if text else []
    require(all(name in numbers for name in names))
    return sum(1 << number for number in {numbers[name] for name in names})


class Options:
    """A command line. CAPABILITIES are the numbers of their names."""

    def __init__(self, words, environment, grammar, capabilities):
        self.given, self.command = read_words(words, *grammar)
        self.users, self.groups, self.owners, self.paths = [], [], [], []
        self.masks = {"cap": 0, "try-cap": 0}
        self.modes = {"mkdir-mode": 0o755, "umask": 0}
        self.home, self.jobs, self.verbosity = None, 0, 1
        self.names = {name for name, _ in self.given}
        for name, value in self.given:
            if value is not None:
                self.take(name, value, environment, capabilities)
            self.verbosity = {"verbose": 2, "quiet": 0}.get(name, self.verbosity)
        has_command = bool(self.command)
        is_complete = self.users and has_command != ("setup-only" in self.names)
        require(ends_reading(self.given) or (is_complete and not {"keep-env", "home"} <= self.names))

    def take(self, name, value, environment, capabilities):
        if name in ("user", "group"):
            found = read_alternatives(name, value, environment)
            require(name == "group" or not self.users)
            self.users += read_users(found) if name == "user" else []
            self.groups += read_groups(found) if name == "group" else []
            return
        text, _ = fill_in(environment, value, signs_of(name, value))
        require(text is not None)
        if name in PATHS:
            require(not re.search(rb"[\0-\x1f\x7f]", text))
            self.paths += [(name, path.rstrip(b"/") or b"/") for path in text.split(b":") if path]
        elif name in self.masks:
            self.masks[name] |= read_capabilities(text, capabilities)
        elif name in self.modes:
            require(re.fullmatch(rb"0*[0-7]{1,3}", text))
            self.modes[name] = int(text, 8)
        elif name == "own-from":
            self.owners += [read_ref(one) for one in text.split(b",")]
        elif name == "own-jobs":
            self.jobs = read_id(text)
            require(self.jobs is not None and 1 <= self.jobs <= 256)
        else:
            require(text.startswith(b"/"))
            self.home = text

    def __bytes__(self):
        """As parsed_options.h prints them."""
        if ends_reading(self.given):
            return b" --" + self.given[-1][0].encode()
        is_next = [False, *(group.has_alternative for group in self.groups)]
        pieces = [
            b" --setup-only" if "setup-only" in self.names else b"",
            [b" -q", b"", b" -v"][self.verbosity],
            *(b" -n" if name == "dry-run" else b" --" + name.encode() for name in FLAGS if name in self.names),
            b" -u " + b",".join(map(bytes, self.users)),
            *((b"," if joined else b" -g ") + bytes(group) for joined, group in zip(is_next, self.groups)),
            *(b" --%s %s" % (name.encode(), path) for name, path in self.paths),
            b" --mkdir-mode %04o" % self.modes["mkdir-mode"] if self.modes["mkdir-mode"] != 0o755 else b"",
            b" --own-from " + b",".join(map(bytes, self.owners)) if self.owners else b"",
            b" --own-jobs %d" % self.jobs if self.jobs else b"",
            *(b" --%s %#x" % (name.encode(), mask) for name, mask in self.masks.items() if mask),
            b" --home " + self.home if self.home else b"",
            b" --umask %04o" % self.modes["umask"] if "umask" in self.names else b"",
            b" --",
            *(b" " + word for word in self.command),
        ]
        return b"".join(pieces)[:8191]


# --- who the command becomes ---------------------------------------------------------------------------


@dataclass
class Facts:
    """What a start finds."""

    uid: int
    gid: int
    granted: list  # the groups that it has
    owners: dict  # of paths: uid and gid
    group: bytes
    passwd: bytes


def find_gid(ref, facts, renumbered=(None, None)):
    """The gid of REF, or None. RENUMBERED is a group that gets another gid: its name and that gid."""
    if ref.kind == "path":
        gid = facts.owners.get(ref.name, (0, 0))[1]
        return None if gid in (0, NOT_MAPPED) else gid
    if ref.kind == "id":
        return ref.id
    group = by_name(read_entries(facts.group, "group"), ref.name)
    if group is None:
        return None
    return renumbered[1] if ref.name == renumbered[0] else group.gid


def find_user(spec, facts, by_number):
    """Returns the uid, the gid and whether it has a group of its own; None if there is no such user or path."""
    passwd = read_entries(facts.passwd, "passwd")
    uid = gid = None
    if spec.user.kind == "path":
        uid, gid = facts.owners.get(spec.user.name, (NOT_MAPPED, 0))[0], find_gid(spec.user, facts)
        if uid == NOT_MAPPED:
            return None
    elif spec.user.kind == "id":
        uid = spec.user.id
    name = spec.user.name if uid is None else spec.account
    entry = by_name(passwd, name) if name is not None and not by_number else by_id(passwd, uid)
    if uid is None and entry is None:
        return None
    uid = entry.id if uid is None else uid
    if spec.group.kind != "none":
        gid = find_gid(spec.group, facts)
        require(gid is not None)
    if gid is not None:
        return uid, gid, True
    return uid, entry.gid if entry else uid, False


def find_allowed_user(options, facts, by_number):
    """Returns the first alternative that is there and not root, and what find_user() says of it.

    Root counts where that is allowed, but not as the owner of a path if another alternative follows.
    """
    for i, spec in enumerate(options.users, 1):
        user = find_user(spec, facts, by_number)
        is_path_before_others = spec.user.kind == "path" and i < len(options.users)
        if user and (user[0] != 0 or ("allow-root" in options.names and not is_path_before_others)):
            return spec, user
    raise Refused


def find_option_groups(options, facts, renumbered):
    """The gids of --group: of each list of alternatives the first that is there and not root's, or the last."""
    gids, is_found = set(), False
    for group in options.groups:
        gid = None if group.kind == "none" else find_gid(group, facts, renumbered)
        if not is_found and (gid or not group.has_alternative):
            is_found = True
            require(group.kind == "none" or (gid is not None and not (gid == 0 and group.no_gid_0)))
            gids |= {gid} - {None}
        is_found = is_found and group.has_alternative
    return gids


def find_ids(options, facts, name, by_number, is_renumbered, new_gid):
    """Returns the uid, the gid and all gids. NAME is that of the account, NEW_GID that of its group, if that changes."""
    spec, (uid, gid, has_group) = find_allowed_user(options, facts, by_number)
    groups = read_entries(facts.group, "group")
    gids = {gid}
    if "clear-groups" not in options.names:
        gids |= set(facts.granted) - {0, NOT_MAPPED} - set(gids_of(groups, b"root"))
        gids |= set() if has_group else set(gids_of(groups, name))
    require(not (spec.no_gid_0 and 0 in gids))
    renumbered = (spec.account if is_renumbered else None, new_gid)
    return uid, gid, gids | find_option_groups(options, facts, renumbered)
