"""Kills a run on photos again and again, also inside saves, and resumes it: the result must have the bits of a run that was
never stopped. `kills.py LINNET PHOTOS COUNT [SEED]`, in an empty folder; prints how many kills fell where.

A kill comes at a random moment of the run, or within a millisecond after a file of a save was created or got its name, as
inotify reports it. A resumed run may be killed as well.
"""
import collections
import ctypes
import glob
import os
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

FLAGS = "-m lenet5 --imgsz 32 --epochs 12 -b 8 --opt adamw --lr 0.003 --augment light --mixup 0.2 --model-ema --seed 4 -q".split()
SAME = ("best.safetensors", "last.safetensors", "predictions.csv", "skipped.csv")
CREATED, RENAMED = 0x100, 0x80  # IN_CREATE, IN_MOVED_TO
libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """The names of files of saves that were created or renamed in a folder."""

    def __init__(self, folder):
        self.fd = libc.inotify_init()
        if self.fd < 0 or libc.inotify_add_watch(self.fd, folder.encode(), CREATED | RENAMED) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def await_event(self, kind, number, process):
        """Returns at event `number` of the kind, or when the process ends."""
        while process.poll() is None:
            if not select.select([self.fd], [], [], 0.05)[0]:
                continue
            data, at = os.read(self.fd, 1 << 16), 0
            while at < len(data):
                _, mask, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16:at + 16 + length].rstrip(b"\0")
                at += 16 + length
                number -= bool(mask & kind) and name.startswith((b"last.", b"best."))
                if number <= 0:
                    return

    def close(self):
        os.close(self.fd)


def await_folder(folder, process):
    while not os.path.isdir(folder) and process.poll() is None:
        time.sleep(0.0005)


def kill_somewhere(command, folder, seconds, rng):
    """Starts the command and kills it. Returns its status: 0 if it ended before, -9 if it was killed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    how = rng.choice(("any", "created", "created", "renamed"))
    if how == "any":
        time.sleep(rng.uniform(0, seconds))
    else:
        await_folder(folder, process)
        watch = Watch(folder)
        watch.await_event(CREATED if how == "created" else RENAMED, rng.randint(1, 25), process)
        watch.close()
        time.sleep(rng.uniform(0, 0.001))
    process.send_signal(signal.SIGKILL)
    return process.wait()


def place_of(folder):
    """Where in the run the kill fell, judging by the files."""
    if not os.path.exists(folder + "/last.safetensors"):
        return "before the first checkpoint"
    if glob.glob(folder + "/last.safetensors.tmp-*") or glob.glob(folder + "/best.*.tmp-*"):
        return "while a file of a save was written"
    if glob.glob(folder + "/best.next.*"):
        return "between the files of a save"
    return "elsewhere"


def columns(path):
    """results.csv without the columns that depend on the clock."""
    with open(path, encoding="utf-8") as file:
        return [[cell for i, cell in enumerate(line.split(",")) if i not in (1, 7)] for line in file]


def check_same(a, b):
    for name in SAME:
        with open(f"{a}/{name}", "rb") as one, open(f"{b}/{name}", "rb") as other:
            assert one.read() == other.read(), f"{b}/{name} differs"
    assert columns(a + "/results.csv") == columns(b + "/results.csv"), f"{b}/results.csv differs"
    assert not glob.glob(b + "/*.tmp-*"), f"{b} has temporary files"


def main():
    linnet, photos, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else None)
    train = [linnet, "train", photos, *FLAGS, "--project", ".", "--name"]
    began = time.monotonic()
    subprocess.run([*train, "whole"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    places, resumes, attempts = collections.Counter(), 0, 0
    while resumes < count:
        attempts += 1
        assert attempts < 20 * count, "runs are too short to be killed"
        shutil.rmtree("cut", ignore_errors=True)
        status = kill_somewhere([*train, "cut"], "cut", seconds, rng)
        while status == -9:
            place = place_of("cut")
            places[place] += 1
            if place.startswith("before"):
                break
            resumes += 1
            resume = [linnet, "resume", "cut", "-q"]
            if rng.random() < 0.3:
                status = kill_somewhere(resume, "cut", seconds, rng)
            else:
                status = subprocess.run(resume, check=False, stdout=subprocess.DEVNULL).returncode
        assert status in (0, -9), f"status {status}"
        if status == 0:
            check_same("whole", "cut")
    print(f"{resumes} resumes after kill -9, each to the same bits; kills:",
          ", ".join(f"{n} {place}" for place, n in places.most_common()))
    assert count < 50 or places["while a file of a save was written"] >= count / 10, "too few inside saves"


main()
