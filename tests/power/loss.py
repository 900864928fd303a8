"""What a power failure may leave of a run folder: `loss.py LINNET RESTORE`.

A run is recorded by strace: each file that it creates, writes, syncs, renames, links and removes. For each prefix of that
record the folder is built as a file system may leave it,

    all        everything is on the disk: the process was killed
    synced     only synced bytes, and only names of synced folders
    lost       all names, but only synced bytes: the file is empty or cut
    zeros      all names, with zeros in place of bytes that were not synced: ext4 and XFS after a crash
    some       a random part of the names and the files that were not synced

and opened as `linnet resume` opens it. From the moment at which a checkpoint is promised (its folder is synced) each of
these folders must continue from it or from the next one, with its best weights and without a complaint. A few of them,
with LINNET_LONG=1 all, are resumed to the end, with the same bits as the run that was recorded.
"""
import functools
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LONG = bool(os.environ.get("LINNET_LONG"))
CALLS = ("openat,open,creat,close,write,pwrite64,writev,lseek,fsync,fdatasync,sync,ftruncate,truncate,rename,renameat,renameat2,"
         "link,linkat,unlink,unlinkat,mkdir,mkdirat,symlink,copy_file_range,sendfile,fallocate,dup,dup2,dup3,fcntl")
FLAGS = "-m lenet5 --epochs 3 -b 16 --opt adamw --mixup 0.2 --seed 4 --threads 1 -q".split()
RUN = b"runs/run"  # in the folder that is followed
READ = re.compile(rb".*/(last|best|args|env|classes|split|results\.csv)[^/]*")  # what a resumed run reads; people read the others


# ---- the record ----------------------------------------------------------------------------------------------

def record(command, trace):
    subprocess.run(["strace", "-f", "-xx", "-s", "99999999", "-o", trace, "-e", "trace=" + CALLS, "-e", "signal=none", *command],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def unescape(text):
    return bytes.fromhex(text.replace("\\x", ""))


def calls_of(trace):
    """(name, arguments, result) of each call that succeeded; strings are bytes, other arguments text."""
    begun = {}
    with open(trace, encoding="ascii") as lines:
        for line in lines:
            pid, line = line.rstrip("\n").split(None, 1)
            if line.endswith("<unfinished ...>"):
                begun[pid] = line[:-len("<unfinished ...>")]
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", line)
            if resumed:
                line = begun.pop(pid) + resumed[1]
            call = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", line)
            if not call or int(call[3]) < 0:
                continue
            arguments = [unescape(part[1:-1]) if part.startswith('"') else part for part in call[2].split(", ")]
            yield call[1], arguments, int(call[3])


class Inode:
    """A file or a folder: its content `now`, and the `safe` content that is on the disk."""

    def __init__(self, folder=False):
        self.now = {} if folder else b""
        self.safe = {} if folder else b""
        self.edits = []  # of a folder's names, since it was synced: {name: Inode or None}

    def edit(self, names):
        self.edits.append(names)
        apply(self.now, names)

    def sync(self):
        self.safe = dict(self.now) if isinstance(self.now, dict) else self.now
        self.edits = []


def apply(entries, names):
    for name, inode in names.items():
        if inode is None:
            entries.pop(name, None)
        else:
            entries[name] = inode


class Disk:
    """Replays the calls on a folder that begins empty. `ignored`: "file" or "folder", whose fsync has no effect."""

    def __init__(self, ignored=None):
        self.cwd = os.fsencode(os.getcwd())
        self.top = self.cwd + b"/top"
        self.root, self.files, self.ignored = Inode(folder=True), {}, ignored

    def find(self, path):
        """(folder, name) of a path; (None, None) outside the folder or where a parent is missing."""
        path = os.path.normpath(os.path.join(self.cwd, path))
        if path == self.top:
            return self.root, None
        if not path.startswith(self.top + b"/"):
            return None, None
        folder, *names = self.root, *path[len(self.top) + 1:].split(b"/")
        for name in names[:-1]:
            folder = folder.now.get(name)
            if folder is None or not isinstance(folder.now, dict):
                return None, None
        return folder, names[-1]

    def path_at(self, folder, name):
        if folder == "AT_FDCWD" or name.startswith(b"/"):
            return name
        return os.path.join(self.files[int(folder)]["path"], name) if int(folder) in self.files else b"/elsewhere"

    def open(self, path, flags, fd):
        folder, name = self.find(path)
        self.files.pop(fd, None)
        if folder is None:
            return False
        inode = folder if name is None else folder.now.get(name)
        changed = inode is None
        if inode is None:
            inode = Inode()
            folder.edit({name: inode})
        if "O_TRUNC" in flags and inode.now:
            inode.now, changed = b"", True
        self.files[fd] = {"inode": inode, "path": os.path.normpath(os.path.join(self.cwd, path)), "at": 0,
                          "append": "O_APPEND" in flags}
        return changed

    def write(self, fd, data, at=None):
        file = self.files.get(fd)
        if not file:
            return False
        inode = file["inode"]
        start = at if at is not None else len(inode.now) if file["append"] else file["at"]
        inode.now = inode.now[:start].ljust(start, b"\0") + data + inode.now[start + len(data):]
        if at is None:
            file["at"] = start + len(data)
        return True

    def name(self, path, inode):
        folder, name = self.find(path)
        if folder is None:
            return False
        folder.edit({name: inode})
        return True

    def rename(self, old, new):
        folder, name = self.find(old)
        target, other = self.find(new)
        if folder is None or target is None:
            assert folder is target, "a rename into the folder or out of it"
            return False
        inode = folder.now[name]
        if folder is target:
            folder.edit({name: None, other: inode})  # one step: both or none
        else:
            target.edit({other: inode})
            folder.edit({name: None})
        return True

    def link(self, old, new):
        folder, name = self.find(old)
        return folder is not None and self.name(new, folder.now[name])

    def sync(self, fd):
        file = self.files.get(fd)
        if not file or ("folder" if isinstance(file["inode"].now, dict) else "file") == self.ignored:
            return False
        file["inode"].sync()
        return True

    def do(self, call, a, result):
        """Whether the call changed anything in the folder."""
        if call == "openat":
            return self.open(self.path_at(a[0], a[1]), a[2], result)
        if call == "close":
            self.files.pop(int(a[0]), None)
            return False
        if call == "write":
            return self.write(int(a[0]), a[1][:result])
        if call == "pwrite64":
            return self.write(int(a[0]), a[1][:result], int(a[3]))
        if call in ("fsync", "fdatasync"):
            return self.sync(int(a[0]))
        if call == "rename":
            return self.rename(a[0], a[1])
        if call == "renameat":
            return self.rename(self.path_at(a[0], a[1]), self.path_at(a[2], a[3]))
        if call == "link":
            return self.link(a[0], a[1])
        if call in ("unlink", "unlinkat"):
            return self.name(a[0] if call == "unlink" else self.path_at(a[0], a[1]), None)
        if call == "mkdir":
            return self.name(a[0], Inode(folder=True))
        if call == "lseek":
            if int(a[0]) in self.files:
                self.files[int(a[0])]["at"] = result
            return False
        if call == "fcntl":
            assert int(a[0]) not in self.files or not a[1].startswith("F_DUPFD"), "a descriptor is copied"
            return False
        touched = [part for part in a if isinstance(part, bytes) and self.find(part)[0]]
        assert not touched and not (a and a[0].isdigit() and int(a[0]) in self.files), f"{call} is not modelled"
        return False


# ---- after a power failure -------------------------------------------------------------------------------------

@functools.lru_cache(maxsize=64)
def cut(now, safe, how):
    """The bytes of a file that was not synced in full."""
    if how == "zeros":
        return safe[:len(now)].ljust(len(now), b"\0")
    return now[:len(now) // 2] if how == "half" else safe


def bytes_left(inode, how, rng):
    if how == "some":
        how = rng.choice(("all", "synced", "zeros", "half"))
    return inode.now if how == "all" or inode.now == inode.safe else cut(inode.now, inode.safe, how)


def names_left(folder, how, rng):
    if how == "synced":
        return folder.safe
    entries = dict(folder.safe)
    for names in folder.edits:
        if how != "some" or rng.random() < 0.5:
            apply(entries, names)
    return entries


def left(folder, how, rng):
    """{path: bytes} of the folder after a power failure."""
    found = {}
    for name, inode in names_left(folder, how, rng).items():
        if isinstance(inode.now, dict):
            found.update({name + b"/" + path: data for path, data in left(inode, how, rng).items()})
        else:
            found[name] = bytes_left(inode, how, rng)
    return found


def position(checkpoint):
    """(epoch, step) in a checkpoint's header."""
    size = struct.unpack("<Q", checkpoint[:8])[0]
    progress = json.loads(json.loads(checkpoint[8:8 + size])["__metadata__"]["linnet.checkpoint"])
    return progress["epoch"], progress["step"]


def at(root, path):
    for name in path.split(b"/"):
        root = root.now.get(name) if root else None
    return root


class Promise:
    """The checkpoints from which a run may continue: the last one whose folder was synced, and those after it."""

    def __init__(self):
        self.allowed, self.promised = [], False

    def follow(self, disk, call):
        run = at(disk.root, RUN)
        last = run and run.now.get(b"last.safetensors")
        if not last:
            return
        if not self.allowed or self.allowed[-1] != position(last.now):
            self.allowed.append(position(last.now))
        if call in ("fsync", "fdatasync") and run.safe.get(b"last.safetensors") is last:
            self.promised, self.allowed = True, self.allowed[-1:]


def states(calls, rng):
    """Each folder that differs in what a resumed run reads: (files, how, number of the call, allowed positions).
    The positions are None before the first promise."""
    disk, promise, seen = Disk(), Promise(), set()
    ways = ["all", "synced", "lost", "zeros"] + ["some"] * (8 if LONG else 2)
    for number, (call, arguments, result) in enumerate(calls):
        if not disk.do(call, arguments, result):
            continue
        promise.follow(disk, call)
        allowed = tuple(promise.allowed) if promise.promised else None
        for how in ways:
            files = left(disk.root, how, rng)
            key = (allowed, tuple(sorted((name, len(data), hash(data)) for name, data in files.items()
                                         if READ.fullmatch(name))))
            if key not in seen:
                seen.add(key)
                yield files, how, number, allowed


def build(files):
    """Makes the folder `state` with these files."""
    os.mkdir("state")
    for name, data in files.items():
        path = os.path.join(b"state", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)


# ---- the test --------------------------------------------------------------------------------------------------

def restore(program):
    run = os.path.join("state", os.fsdecode(RUN))
    return subprocess.run([program, run], check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip("\n")


def verdict(answer, allowed):
    """What is wrong with the answer, or None."""
    if allowed is None: # no checkpoint was promised yet: the run may have to start from the beginning
        return answer if "noted" in answer else None
    try:
        found = tuple(int(word) for word in answer.split())
    except ValueError:
        return answer
    return None if found in allowed else f"continues at epoch and step {found}"


def check_same(run, whole):
    for name in ("best.safetensors", "last.safetensors", "predictions.csv"):
        with open(f"{run}/{name}", "rb") as file:
            assert file.read() == whole[RUN + b"/" + name.encode()], f"{name} differs from the run that was not stopped"


def at_the_end(calls, how, ignored=None):
    disk = Disk(ignored)
    for call in calls:
        disk.do(*call)
    return left(disk.root, how, random.Random(6))


def check_states(calls, linnet, program):
    rng, resumed, counts = random.Random(5), 0, [0, 0]
    whole, end = at_the_end(calls, "all"), os.path.join("end", os.fsdecode(RUN))
    for files, how, number, allowed in states(calls, rng):
        counts[allowed is not None] += 1
        build(files)
        to_the_end = allowed is not None and (LONG or counts[True] % 40 == 7)
        if to_the_end:
            shutil.copytree("state", "end")
        wrong = verdict(restore(program), allowed)
        assert not wrong, f"call {number} {calls[number][0]} {how}, checkpoints {allowed}: {wrong}"
        if to_the_end:
            resumed += 1
            subprocess.run([linnet, "resume", end, "-q"], check=True, stdout=subprocess.DEVNULL)
            check_same(end, whole)
            shutil.rmtree("end")
        shutil.rmtree("state")
    return counts[False], counts[True], resumed


def check_that_it_can_fail(calls, program):
    """The test must catch a saver that does not sync its files, or its folders."""
    for ignored, how in (("file", "lost"), ("folder", "synced")):
        build(at_the_end(calls, how, ignored))
        wrong = verdict(restore(program), ((4, 0),))
        assert wrong, f"without fsync of a {ignored} nothing was found"
        shutil.rmtree("state")


def main():
    linnet, program = (os.path.abspath(path) for path in sys.argv[1:])
    try:
        subprocess.run(["strace", "-o", "/dev/null", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("skipped: strace is not permitted")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        make = os.path.join(HERE, "..", "cli", "make_data.py")
        subprocess.run([sys.executable, "-B", make, "idx", "data"], check=True)
        os.mkdir("top")
        record([linnet, "train", "data", *FLAGS, "--project", "top/runs", "--name", "run"], "trace")
        calls = list(calls_of("trace"))
        before, promised, resumed = check_states(calls, linnet, program)
        check_that_it_can_fail(calls, program)
        os.chdir("/")
    print(f"{before + promised} folders that a power failure may leave, {promised} of them after a checkpoint was promised, "
          f"{resumed} resumed to the same bits")
    assert promised >= 50 and resumed >= 1


main()
