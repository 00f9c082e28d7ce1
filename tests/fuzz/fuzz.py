"""usage: fuzz.py LIBRARY TARGET [OPTION | DIRECTORY]...
       fuzz.py LIBRARY short

Lets libFuzzer draw inputs for TARGET, with its OPTIONs and from the inputs in the DIRECTORIES, or tries all short inputs.
LIBRARY is harness.c with src and libFuzzer. A target runs src on an input and compares what it does with a model:
model.py, the kernel, or gosu. An input is text as far as possible: sections that a form feed separates, words in a
section that NUL separates.
"""

import ctypes
import errno
import itertools
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import traceback

import model


class Source:
    """The functions of harness.c."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.run.restype = ctypes.c_void_p
        self.length = ctypes.c_size_t.in_dll(self.library, "seen_length")

    def run(self, name, *sections):
        """Returns what src makes of SECTIONS. Each message is one line that drives no terminal."""
        count = len(sections)
        texts, lengths = (ctypes.c_char_p * count)(*sections), (ctypes.c_size_t * count)(*map(len, sections))
        seen = ctypes.string_at(self.library.run(getattr(self.library, name), texts, lengths, count), self.length.value)
        for message in re.findall(rb"^refused: (.*)", seen, re.MULTILINE):
            assert message and model.visible(message) == message, message
        return seen

    def start(self, facts, masks, environment, words):
        numbers = [b"%d" % number for number in (facts.uid, facts.gid, *masks)]
        groups = b"\0".join(b"%d" % gid for gid in facts.granted)
        paths = b"\0".join(b"%d:%d:%s" % (*ids, path) for path, ids in facts.owners.items())
        return self.run("start", *numbers, groups, paths, environment, words, facts.group, facts.passwd)


def expect(seen, wanted):
    """Compares what src prints with bytes. The message of a refusal may be any."""
    seen, wanted = (re.sub(rb"(?m)^refused: .*", b"refused", text) for text in (seen, wanted))
    assert seen == wanted, f"\nsrc:   {seen}\nmodel: {wanted}"


def wanted(function, *arguments):
    """The Spec or Ref that FUNCTION of the model returns, as harness.c prints it."""
    try:
        return b" -u %s\n" % bytes(function(*arguments))
    except model.Refused:
        return b"refused\n"


def sections_of(data, count):
    """The first sections; the last one is all the rest."""
    sections = data.split(b"\f", count - 1)
    return sections + [b""] * (count - len(sections))


def words_of(section):
    """The NUL at the end of the last word may be missing."""
    return section.removesuffix(b"\0").split(b"\0") if section else []


# --- words: a byte that chooses the size of a buffer and the signs, the environment, a text ------------


def check_shown(src, capacity, text):
    number = int.from_bytes(text[:4], "little")
    shown, string = model.visible(text), model.visible(text.split(b"\0")[0])
    texts = b"'%s'" % shown, b"<%s> %d %04o %d %s" % (string, number, number, number << 20, shown)
    seen = src.run("show", b"%d" % capacity, b"%d" % number, text)
    expect(seen, b"".join(model.cut(one, capacity) + b"\n" for one in texts))


def check_id(src, text):
    number = model.read_id(text)
    expect(src.run("id", text), b"%d" % (2**32 - 1 if number is None else number))


def check_spec(src, text):
    texts = [wanted(model.read_spec, text), wanted(model.read_gosu_spec, text)]
    texts += [wanted(model.read_ref, text, True), wanted(model.read_ref, text)]
    expect(src.run("spec", text), b"".join(texts))


def check_filled_in(src, text, signs=b",=:@", section=b"A=one\0B=\0A=two"):
    value, has_empty = model.fill_in(model.read_environment(words_of(section)), text, signs)
    filled_in = b"refused" if value is None else value
    expect(src.run("fill_in", signs, section, text), filled_in + b"\n%d" % has_empty)


def words(src, data):
    choice = data[0] if data else 0
    section, text = sections_of(data[1:], 2)
    string = text.split(b"\0")[0]
    check_shown(src, choice + 4, text)
    check_id(src, text)
    check_spec(src, string)
    check_filled_in(src, string, [b"", b",=:@", b",:"][choice % 3], section)


# --- accounts: a name, a uid, a gid or nothing, a home or nothing, group, passwd -----------------------


def check_entries(src, file, kind, name=b"a"):
    found = model.read_entries(file, kind)

    def tell(entry):
        return b"%d %d %d\n" % (entry.offset, entry.id, entry.gid) if entry else b"none\n"

    def find(name, number):
        return tell(model.by_name(found, name)) + tell(model.by_id(found, number))

    text = b"".join(entry.line + b"\n" + find(entry.name, entry.id) for entry in found)
    gids = b"".join(b"%d " % gid for gid in model.gids_of(model.read_entries(file, "group"), name))
    text += find(name, 0) + b"%d\n" % model.mentions(file, name) + gids
    expect(src.run("entries", kind.encode(), name, file), text)


def accounts(src, data):
    name, uid, gid, home, group, passwd = sections_of(data, 6)
    check_entries(src, group, "group", name)
    check_entries(src, passwd, "passwd", name)
    home = home.split(b"\0")[0]
    if model.read_id(uid) is None or (gid and model.read_id(gid) is None):
        return
    asked = [name, int(uid), int(gid) if gid else None, home or b"/"]
    try:
        by_number, new_gid, *files = model.make_account(*asked, group, passwd)
        text = b"%d %d\0" % (by_number, new_gid) + b"\0".join(files)
    except model.Refused:
        files, text = [group, passwd], b"refused\n"
    # The next start changes nothing.
    for before in [group, passwd], files:
        expect(src.run("account", name, uid, gid, home, *before), text)


# --- start: a byte of which two bits say that the uid and that the gid is 1000, two bytes for the capabilities, the
# --- groups of the process and the owners of paths as UID:GID:PATH, the environment, the words, group, passwd

MASKS = [0, 0xA80425FB, 0xC1, 2**41 - 1, 0x400]
UMASK, DROP, COMMAND = 4, 5, 7  # of enum step_kind


def read_places(section):
    """Returns the groups in order, and the uid and the gid of the owner of each path."""
    found = [re.fullmatch(rb"([0-9]{1,9})(?::([0-9]{1,9}):(.*))?", word, re.DOTALL) for word in words_of(section)]
    granted = [int(match[1]) for match in found if match and not match[2]]
    owners = {match[3]: (int(match[1]), int(match[2])) for match in found if match and match[2]}
    return sorted(granted), owners


def start(src, data):
    who, *masks = data[:3].ljust(3, b"\0")
    places, environment, words, *files = sections_of(data[3:], 5)
    facts = model.Facts(1000 * (who >> 1 & 1), 1000 * (who >> 2 & 1), *read_places(places), *files)
    masks = [MASKS[mask % len(MASKS)] for mask in masks]
    options, *plan = src.start(facts, masks, environment, b"stepdown\0" + words).split(b"\0")
    if len(plan) > 1:
        check_plan(model.Options(options), facts, masks[0] & masks[1], words_of(environment), *plan)


def check_plan(options, facts, capabilities, variables, ids, steps, drop, change, name, home, shown, *environment):
    is_root, runs = facts.uid == 0, not options.setup_only
    uid, gid, gids = facts.uid, facts.gid, facts.granted
    if is_root:
        uid, gid, gids = model.find_ids(options, facts, name, *map(int, change.split()))
    expect(ids, b" ".join(b"%d" % number for number in (uid, gid, *sorted(gids))))
    allowed = runs and options.allow_new_privs
    kept = options.kept & capabilities if runs else 0
    expect(drop, b"%d%d %d %d %d" % (is_root, not is_root, runs and not allowed, allowed and uid != 0, kept))
    # The order is that of enum step_kind, so that nothing of root's comes after the drop.
    kinds = [int(kind) for kind in steps.split()]
    assert kinds == sorted(kinds) and (is_root or not kinds or kinds[0] >= UMASK), kinds
    assert kinds.count(DROP) == kinds.count(COMMAND) == runs, kinds
    changed = () if options.keep_env else (b"HOME=", b"USER=", b"LOGNAME=")
    same = [word for word in variables if not word.startswith(changed)]
    assert list(environment[: len(same)]) == same, environment
    assert not changed or environment[len(same)] == b"HOME=" + home != b"HOME=", environment
    assert all(model.visible(line) == line for line in shown.split(b"\n")), shown


# --- gosu: Debian's gosu gets the same spec and the lines of passwd and group that count. A spec that the
# --- model does not take is refused, whatever gosu does, and the list of groups has the primary group too.
# --- An input: the spec, group, passwd -------------------------------------------------------------------

CALLER_GID = 7
SAY_IDS = 'printf "%s\\n" "$HOME" && exec sed -En "s/^(Uid|Gid|Groups):.//p" /proc/self/status'


def gosu(src, data):
    spec, *files = sections_of(data, 3)
    spec = spec.split(b"\0")[0]
    if spec in (b"--version", b"-v", b"--help", b"-h", b"-?"):
        return
    facts = model.Facts(0, CALLER_GID, [CALLER_GID], {}, *files)
    seen = src.start(facts, [0, 0], b"HOME=/before", b"\0".join([b"gosu", spec, b"command"]))
    try:
        model.read_gosu_spec(spec)
    except model.Refused:
        expect(seen, b"refused\n")
        return
    for kind, file in zip(("group", "passwd"), files):
        lines = [entry.line for entry in model.read_entries(file, kind)]
        # gosu takes blanks off both ends of a line, and knows more of them than ASCII.
        if any(line[0] > 0x7F or line[-1] <= ord(" ") for line in lines):
            return
        with open(f"/etc/{kind}", "wb") as stream:
            stream.writelines(line + b"\n" for line in lines)
    run = subprocess.run([b"gosu", spec, "sh", "-c", SAY_IDS], capture_output=True, env={**os.environ, "HOME": "/before"})
    assert (run.returncode != 0) == seen.startswith(b"refused: "), (seen, run)
    if run.returncode == 0:
        home, *lists, _ = run.stdout.rsplit(b"\n", 4)
        uids, gids, groups = map(bytes.split, lists)
        ids, _, drop, _, _, our_home, *_ = seen.split(b"\0")
        uid, gid, *our_groups = ids.split()
        assert (home, uids, gids) == (our_home, [uid] * 4, [gid] * 4), (seen, run)
        assert {*groups, gid} == set(our_groups) and drop == b"10 0 0 0", (seen, run)


# --- path: words, one for each entry that is made in an empty directory, and a path. A word is KIND:PATH.
# --- The kernel finds what resolve() finds, if each link that resolve() must not follow is a loop ------

PLACE = pathlib.Path("/mnt/p")
USER = 1000
# KIND of a directory: its mode. Others: f (a file), l and t with PATH>TARGET (a link). The user owns those of USERS.
DIRECTORIES = {"d": 0o755, "w": 0o777, "s": 0o1777, "u": 0o755}
USERS = ("u", "t")


def make_entry(kind, name, target):
    """PATH and a TARGET that begins with a slash are below PLACE. What cannot be made is left out."""
    path = f"{PLACE}/{name}"
    try:
        if kind in DIRECTORIES:
            os.mkdir(path)
            os.chmod(path, DIRECTORIES[kind])
        elif kind == "f":
            os.mknod(path, 0o644)
        else:
            os.symlink(f"{PLACE}{target}" if target.startswith("/") else target, path)
        if kind in USERS:
            os.lchown(path, USER, USER)
    except OSError:
        pass


def is_followed(link):
    """A link of root's, in a directory that only root may write to, and nobody else may rename what is above."""
    above = [directory.lstat() for directory in link.parents]
    is_safe = [not directory.st_mode & 0o022 or (i > 0 and directory.st_mode & stat.S_ISVTX) for i, directory in enumerate(above)]
    return all(is_safe) and all(entry.st_uid == 0 for entry in (link.lstat(), *above))


def close_links():
    """Makes a loop of each link that is not followed."""
    for directory, *lists in os.walk(PLACE):
        for link in (pathlib.Path(directory, name) for name in sum(lists, [])):
            if link.is_symlink() and not is_followed(link):
                link.unlink()
                link.symlink_to(link.name)


def check_missing(path, text):
    """If the directories of TEXT are made, the kernel finds TEXT by PATH."""
    assert not os.path.lexists(text), text
    if text.startswith(str(PLACE)):
        os.makedirs(text, exist_ok=True)
        try:
            assert os.path.realpath(path, strict=True) == text, text
        except OSError as error:
            assert error.errno == errno.ENAMETOOLONG, error


def path(src, data):
    given = os.fsdecode(data)
    *entries, name = given.split("\f")
    path = f"{PLACE}/" + name.split("\0")[0]
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    for match in filter(None, (re.fullmatch("([dwsuflt]):([^>\0]+)(?:>([^\0]*))?", e, re.DOTALL) for e in entries)):
        make_entry(match[1], match[2], match[3] or "")
    must_exist, may_miss, _ = os.fsdecode(src.run("path", os.fsencode(path))).split("\0")
    close_links()
    try:
        status = os.stat(path)
    except OSError as error:
        is_refused = may_miss.startswith("refused: ")
        assert must_exist.startswith("refused: "), must_exist
        assert is_refused or error.errno == errno.ENOENT, may_miss
        assert not is_refused or error.errno != errno.ENOENT or ".." in given, may_miss
        if not is_refused:
            check_missing(path, may_miss.removesuffix("\n"))
        return
    text = f"{os.path.realpath(path)}\n{status.st_dev} {status.st_ino}"
    assert must_exist == may_miss == text, (must_exist, may_miss, text)


# --- all short inputs: every row of words up to a length, where the fuzzer draws some. The words are one of
# --- each kind of byte that a grammar tells apart, and the limits of numbers ------------------------------

LINE_WORDS = b"a|0|:|:::|2147483647:|\n|\r|+|\0|a::1:1::".split(b"|")
# The reader, the words of a row at most, the words, and the kind of file.
SPACES = [
    (check_id, 2, [bytes([byte]) for byte in range(256)]),
    (check_id, 5, b"0|1|2|4|7|8|9|-|\0|x| ".split(b"|")),
    (check_id, 5, b"0|9|21474836|4|7|8|42949672|922337203685477580|1844674407370955161|5".split(b"|")),
    (check_spec, 5, b"a|0|1|:|=|-|_|@|/|\x7f|\x80".split(b"|")),
    (check_spec, 4, b"app|0|2147483647|2147483648|4294967296|:|=|-|#|+|\n|abcdefghijklmnop|@/|,".split(b"|")),
    (check_entries, 6, b"a|0|:|\n|\r|\0|-".split(b"|"), "group"),
    (check_entries, 5, LINE_WORDS, "group"),
    (check_entries, 9, b"a|0|:|\n".split(b"|"), "passwd"),  # the shortest line of passwd that counts has nine bytes
    (check_entries, 5, LINE_WORDS, "passwd"),
    (check_filled_in, 5, b"$|{|}|:|-|A|B|${B|${A-|9".split(b"|")),
]


def try_short(src):
    for reader, most, words, *kind in SPACES:
        for row in itertools.chain(*(itertools.product(words, repeat=length) for length in range(most + 1))):
            reader(src, b"".join(row), *kind)


# --- the fuzzer ------------------------------------------------------------------------------------------

TARGETS = {"words": words, "accounts": accounts, "start": start, "gosu": gosu, "path": path}


def main(library, name, *options):
    src = Source(library)
    if name == "short":
        return try_short(src)

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    def run(data, length):
        try:
            TARGETS[name](src, ctypes.string_at(data, length))
        except Exception:  # libFuzzer writes the input to a file when the process is aborted
            traceback.print_exc()
            os.abort()
        return 0

    arguments = (ctypes.c_char_p * (len(options) + 2))(name.encode(), *map(str.encode, options))
    pointer = ctypes.cast(arguments, ctypes.POINTER(ctypes.c_char_p))
    return src.library.LLVMFuzzerRunDriver(ctypes.byref(ctypes.c_int(len(options) + 1)), ctypes.byref(pointer), run)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
