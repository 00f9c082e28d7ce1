"""Measures and prints. tests/bench/run tells the options and starts this in a mount namespace of its own."""

import argparse
import contextlib
import ctypes
import itertools
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import draw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
UID = 1234
OWNER = f"{UID}:{UID}"
THREADS = len(os.sched_getaffinity(0))
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
MUSL = ["musl-gcc", "-static", "-Os", "-s", "-std=c11", "-D_GNU_SOURCE"]
GLIBC = ["gcc", "-O2", "-std=c11", "-D_GNU_SOURCE", "-pthread"]

# A volume has 100 files in a directory in the mean, in some 5 and in some 300.
FILES_IN_DIRECTORY = (5, 300, 10, 200, 20, 150, 40, 125, 60, 90)
SUBDIRECTORIES = 16

# chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write
# setfcap, by their numbers.
DOCKER_CAPABILITIES = 0xA80425FB
PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def run(*words):
    """Runs a command that must succeed. Its output is shown only if it fails."""
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise OSError(f"{words[0]}: {result.stdout.strip()}")
    return result.stdout


# --- timing ---------------------------------------------------------------------------------------------------------


def seconds_of(words):
    """Runs a command, and returns how long it took from its start to its end."""
    output = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    begin = time.perf_counter()
    child = os.posix_spawn(words[0], words, ENVIRONMENT, file_actions=output)
    try:
        _, status = os.waitpid(child, 0)
    except SystemExit:
        # The signal may have come when the command had just ended.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        raise
    took = time.perf_counter() - begin
    if status != 0:
        raise OSError(f"{' '.join(words)}: status {os.waitstatus_to_exitcode(status)}")
    return took


def present(commands):
    """Returns those of COMMANDS, which are words by names, whose programs are here."""
    found = {}
    for name, (program, *words) in commands.items():
        path = shutil.which(program)
        if path:
            found[name] = [path, *map(str, words)]
        else:
            say(f"no {program} here: left out")
    return found


def medians(commands, rounds, prepare=None, check=None):
    """Returns the median of seconds by the name of the command.

    Each round runs all commands in another order, because what ran before leaves the caches warmer or colder.
    PREPARE runs before each of them, and CHECK behind each in the first round."""
    times = {name: [] for name in commands}
    for number in range(rounds):
        for name in random.Random(number).sample(list(commands), len(commands)):
            if prepare:
                prepare()
            times[name].append(seconds_of(commands[name]))
            if check and number == 0:
                check(name)
    return {name: statistics.median(values) for name, values in times.items()}


def show(title, header, rows):
    print(f"\n{title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    sys.stdout.flush()


# --- ownership ------------------------------------------------------------------------------------------------------


def make_file_system(filesystem, files, image, place):
    mebibytes = files // 2500 + 160
    inodes = files + files // 50 + 1000
    if filesystem == "tmpfs":
        run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}M,nr_inodes={inodes}", "tmpfs", place)
        return
    with open(image, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, mebibytes << 20)
    # The kernel does nothing later, while something is timed.
    options = "lazy_itable_init=1,lazy_journal_init=1,nodiscard"
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-N", str(inodes), "-E", options, image)
    run("mount", "-o", "loop,noinit_itable", image, place)


def make_tree(top, files):
    """Fills the directory TOP, and returns the path of each file."""
    directories = []
    paths = []
    for size in itertools.cycle(FILES_IN_DIRECTORY):
        number = len(directories)
        if number == 0:
            directory = top
        else:
            directory = f"{directories[(number - 1) // SUBDIRECTORIES]}/directory-{number}"
            os.mkdir(directory)
        directories.append(directory)
        for _ in range(min(size, files - len(paths))):
            paths.append(f"{directory}/file-{len(paths)}.dat")
            os.mknod(paths[-1])
        if len(paths) == files:
            return paths


@contextlib.contextmanager
def volume(work, filesystem, files):
    """Gives a directory of FILES files and their paths, or None if there can be no such file system here."""
    image, place = work / "image", work / "mount"
    place.mkdir(exist_ok=True)
    try:
        make_file_system(filesystem, files, image, place)
    except OSError as error:
        say(f"{filesystem}: skipped, it cannot be made or mounted here: {error}")
        yield None
        return
    try:
        say(f"{filesystem}: making {files} files")
        top = place / "volume"
        top.mkdir()
        yield top, make_tree(top, files)
    finally:
        # After a signal a program may still be in it.
        run("umount", "--lazy", place)
        image.unlink(missing_ok=True)


def owners(work, top):
    # A pipe needs a shell, as it does for a user.
    pipe = f"find '{top}' ! -user {UID} -print0 | xargs -0 -r -P {THREADS} chown {OWNER}"
    return present(
        {
            "stepdown": [work / "stepdown", "--quiet", "--user", OWNER, "--own", top, work / "nothing"],
            "chown -R": ["chown", "-R", OWNER, top],
            "busybox chown -R": ["busybox", "chown", "-R", OWNER, top],
            "find -exec chown": ["find", top, "!", "-user", UID, "-exec", "chown", OWNER, "{}", "+"],
            f"find, xargs -P {THREADS} chown": ["sh", "-c", pipe],
            "floor": [work / "walk", THREADS, top, UID, UID],
        }
    )


def measure_cases(work, filesystem, top, paths, rounds):
    """Returns medians by the title of a case."""

    def check(name):
        changed = run(work / "walk", "1", top, str(UID), str(UID)).strip()
        if changed != "0":
            raise OSError(f"{name} left {changed} entries of another owner")

    def nothing():
        pass

    def some():
        for path in paths[::100]:
            os.chown(path, 0, 0)

    def everything():
        run("chown", "-R", "0:0", top)

    def cold():
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")

    def prepared(*steps):
        return lambda: [step() for step in steps]

    results = {}
    commands = owners(work, top)
    cases = {"all right": [nothing, os.sync], "1 % wrong": [some, os.sync], "all wrong": [everything, os.sync]}
    if filesystem != "tmpfs":
        cases |= {f"{case}, cold cache": [*steps, cold] for case, steps in cases.items()}
    run("chown", "-R", OWNER, top)
    for case, steps in cases.items():
        say(f"{filesystem}, {case}")
        results[case] = medians(commands, rounds, prepared(*steps), check)
    return results


def measure_once(work, filesystem, top, starts):
    say(f"{filesystem}, --own-once")
    stepdown = [str(work / "stepdown"), "--quiet", "--user", OWNER]
    commands = {
        "without": [*stepdown, str(work / "nothing")],
        "with": [*stepdown, "--own-once", str(top), str(work / "nothing")],
    }
    times = medians(commands, starts)
    more = (times["with"] / times["without"] - 1) * 100
    print(f"\nA start with --own-once takes {more:.1f} % more if all is right ({filesystem}).", flush=True)


def measure_ownership(work, options):
    """Prints the table, and returns sections for the picture: cold caches are not in it."""
    sections = []
    header, rows = [], []
    for filesystem in ("ext4", "tmpfs"):
        with volume(work, filesystem, options.files) as made:
            if made is None:
                continue
            top, paths = made
            cases = measure_cases(work, filesystem, top, paths, options.rounds)
            measure_once(work, filesystem, top, options.starts)
        for case, times in cases.items():
            header = ["case", *times]
            first, *others = times.values()
            rows.append([f"{filesystem}, {case}", f"{first:.2f} s", *(f"{other / first:.1f}" for other in others)])
        warm = {case: times for case, times in cases.items() if "cold" not in case}
        sections.append((f"{options.files:,} files, {filesystem}, warm cache", "s", warm))
    if rows:
        show(f"{options.files:,} files, medians of {options.rounds}, multiples of stepdown's time", header, rows)
    return sections


# --- slow storage ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def slow_storage(work, backing, place):
    """Mounts BACKING at PLACE, behind a millisecond for each call."""
    server = subprocess.Popen(
        [work / "slowfs", backing, place, work / "report", "1000"], stdin=subprocess.DEVNULL, stdout=sys.stderr
    )
    try:
        while f" {place} " not in Path("/proc/self/mountinfo").read_text(encoding="utf-8"):
            if server.poll() is not None:
                raise OSError("slowfs cannot mount here")
            time.sleep(0.01)
        yield
    finally:
        server.terminate()
        server.wait()


def measure_slow(work, options):
    if not os.path.exists("/dev/fuse"):
        say("slow storage: skipped, there is no /dev/fuse")
        return []
    backing, place = work / "backing", work / "slow"
    backing.mkdir()
    place.mkdir()
    files = min(options.files // 100, 2000)
    make_tree(backing, files)
    source = ROOT / "tests/tools/slowfs.c"
    run(*GLIBC, "-isystem", "/usr/include/fuse3", "-o", work / "slowfs", source, "-lfuse3")
    stepdown = [str(work / "stepdown"), "--quiet", "--user", OWNER]
    command = ["--own", str(place), str(work / "nothing")]
    commands = {number: [*stepdown, "--own-jobs", number, *command] for number in ("1", "2", "4", "8", "16")}
    commands["default"] = [*stepdown, *command]
    say("slow storage")
    with slow_storage(work, backing, place):
        wrong = medians(commands, options.rounds, prepare=lambda: run("chown", "-R", "0:0", backing))
        right = medians(commands, options.rounds)
    rows = []
    for name in commands:
        row = [name]
        for times in (wrong, right):
            row += [f"{times[name]:.2f} s", f"{times['1'] / times[name]:.1f}"]
        rows.append(row)
    show(
        f"{files:,} files on storage that takes 1 ms for each call, medians of {options.rounds}",
        ["workers", "all wrong", "faster than one", "all right", "faster than one"],
        rows,
    )
    return []


# --- starts ---------------------------------------------------------------------------------------------------------


def take_dockers_capabilities():
    """Takes all other capabilities from every program that this one starts."""
    prctl = ctypes.CDLL(None).prctl
    for capability in range(64):
        if DOCKER_CAPABILITIES >> capability & 1 or prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1:
            continue
        if prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError("the bounding set cannot be lowered")


def measure_startup(work, options):
    take_dockers_capabilities()
    nothing = work / "nothing"
    numbers = "1000:1000"
    drops_as_much = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    commands = present(
        {
            "bare exec": [nothing],
            "stepdown": [work / "stepdown", "--user", numbers, nothing],
            "stepdown as gosu": [work / "gosu", numbers, nothing],
            "su-exec, static": [work / "su-exec", numbers, nothing],
            "chpst": ["chpst", "-u", f":{numbers}", nothing],
            "s6-applyuidgid": ["s6-applyuidgid", "-u", "1000", "-g", "1000", nothing],
            "chroot --userspec": ["chroot", f"--userspec={numbers}", "--groups=", "/", nothing],
            "setpriv, drops as much": ["setpriv", "--reuid=1000", "--regid=1000", *drops_as_much, nothing],
            "gosu": ["gosu", numbers, nothing],
        }
    )
    say(f"starts, {options.starts} rounds")
    times = medians(commands, options.starts)
    bare = times.pop("bare exec")
    over = {name: (seconds - bare) * 1e6 for name, seconds in times.items()}
    show(
        f"A start with Docker's capabilities, medians of {options.starts}, beyond the time of a bare exec",
        ["tool", "microseconds", "multiple"],
        [[name, f"{value:.0f}", f"{value / over['stepdown']:.1f}"] for name, value in over.items()],
    )
    return [("Start-up, over a bare exec", "µs", {"Docker's capabilities": over})]


# --- everything -----------------------------------------------------------------------------------------------------

# The starts come last, because they take capabilities away.
PARTS = {"ownership": measure_ownership, "slow": measure_slow, "startup": measure_startup}


def build_programs(work):
    # A copy, because another build may replace the program while it is timed.
    shutil.copy(ROOT / "build/stepdown", work)
    (work / "gosu").symlink_to("stepdown")
    run(*MUSL, "-o", work / "nothing", ROOT / "tests/tools/nothing.c")
    run(*MUSL, "-o", work / "su-exec", HERE / "su-exec.c")
    run(*GLIBC, "-o", work / "walk", HERE / "walk.c")


def read_options():
    parser = argparse.ArgumentParser(usage="see tests/bench/run --help", add_help=False)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--files", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--starts", type=int)
    parser.add_argument("--svg", type=Path, default=ROOT / "build/bench.svg")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {unknown.pop()}")
    options.files = options.files or (20000 if options.quick else 200000)
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.starts = options.starts or (200 if options.quick else 2000)
    return options


def main():
    options = read_options()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    sections = []
    with tempfile.TemporaryDirectory(prefix="stepdown-bench.") as directory:
        work = Path(directory)
        # The users that the programs become execute what lies here.
        work.chmod(0o755)
        build_programs(work)
        version = run(work / "stepdown", "--version").strip()
        print(f"{version}, Linux {os.uname().release}, {os.uname().machine}, {THREADS} CPUs", flush=True)
        for name, measure in PARTS.items():
            if name in (options.parts or PARTS):
                sections += measure(work, options)
    if sections:
        options.svg.write_text(draw.draw(sections), encoding="utf-8")
        print(f"\nDrawn: {options.svg}")


try:
    main()
except OSError as error:
    sys.exit(f"bench: {error}")
