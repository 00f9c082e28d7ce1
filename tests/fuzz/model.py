"""What src has to make of texts and account files, told by regular expressions and lists."""

import re
from collections import namedtuple
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


# --- passwd and group ----------------------------------------------------------------------------------


# A line that counts.
Entry = namedtuple("Entry", "offset line fields name id gid")
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
    changed = {i: b"%d" % number for i, number in numbers.items() if int(entry.fields[i]) != number}
    fields = [changed.get(i, field) for i, field in enumerate(entry.fields)]
    return file[: entry.offset] + b":".join(fields) + file[entry.offset + len(entry.line) :]


def added(file, line):
    return file + (b"\n" if file and not file.endswith(b"\n") else b"") + line + b"\n"


def make_account(name, uid, gid, home, group_file, passwd_file):
    """Returns by_number, the primary gid, and both files with the account in them."""
    passwd, groups = read_entries(passwd_file, "passwd"), read_entries(group_file, "group")
    entry, owner = by_name(passwd, name), by_id(passwd, uid)
    require(ACCOUNT_NAME.fullmatch(name))
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
    if group and entry and group.gid == entry.gid != 0 and [one for one in passwd if one.gid == group.gid] == [entry]:
        return False, gid, replaced(group_file, group, {2: gid}), passwd_after
    for candidate in name, b"%s-%d" % (name, gid):
        if not mentions(group_file, candidate):
            return False, gid, added(group_file, b"%s:*:%d:" % (candidate, gid)), passwd_after
    return False, gid, group_file, passwd_after


# --- who the command becomes ---------------------------------------------------------------------------


class Options:
    """What harness.c prints of the options."""

    def __init__(self, text):
        numbers, *alternatives = text.split(b"\f")
        numbers = map(int, numbers.split())
        self.setup_only, self.allow_new_privs, self.allow_root, self.clear_groups, self.keep_env, self.kept = numbers
        self.users, self.groups = [], []
        for one in alternatives:
            if one.startswith(b"u"):
                self.users.append(read_spec(one[2:]))
                self.users[-1].no_gid_0 = one[1:2] == b"1"
            else:
                self.groups.append(read_ref(one[3:], True, may_be_empty=True))
                self.groups[-1].no_gid_0, self.groups[-1].has_alternative = one[1:2] == b"1", one[2:3] == b"1"


# A start finds these: its ids, the groups that it has, the uid and the gid of the owner of each path, and both files.
Facts = namedtuple("Facts", "uid gid granted owners group passwd")


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
        if user and (user[0] != 0 or (options.allow_root and not is_path_before_others)):
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
    if not options.clear_groups:
        gids |= set(facts.granted) - {0, NOT_MAPPED} - set(gids_of(groups, b"root"))
        gids |= set() if has_group else set(gids_of(groups, name))
    require(not (spec.no_gid_0 and 0 in gids))
    renumbered = (spec.account if is_renumbered else None, new_gid)
    return uid, gid, gids | find_option_groups(options, facts, renumbered)
