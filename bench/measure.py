"""Measuring a row: Linnet through its program and the peers through their processes, in turns.

The speed of a machine drifts, and other loads come and go. So the variants of the peers first qualify, one after the other. Those
that come near the best then race with Linnet for some rounds, each of which measures all of them once. A ratio compares figures of
one round. A measurement is some seconds of steps, of which the median counts.
"""
import functools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from variant import Failed, Variant

KEEP = 0.8  # the share of the best variant's speed that lets another one race
STEPS = 2  # the least number of Linnet's steps per measurement; the rounds repeat it


class Linnet:
    """A build of Linnet, for instance with one of the two oneDNNs."""

    def __init__(self, program):
        self.program = program
        self.path = shutil.which(program) and os.path.abspath(shutil.which(program))
        self.version = self.run("version").strip()
        self.version = self.version[0].upper() + self.version[1:]

    def run(self, *args):
        try:
            done = subprocess.run([self.program, *args], capture_output=True, text=True)
        except OSError as error:
            raise Failed(str(error)) from error
        if done.returncode:
            raise Failed(f"linnet {' '.join(args)}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def shape_flags(self, case):
        return [case["model"], "--imgsz", str(case["imgsz"]), "--channels", str(case["channels"]), "--classes", str(case["classes"]),
                "--json"]

    def parameters(self, case):
        return json.loads(self.run("summary", *self.shape_flags(case)))["parameters"]

    def threads(self):
        """Linnet's default number of threads (affinity, control groups, OMP_NUM_THREADS); the peers get the same."""
        return json.loads(self.run("bench", "lenet5", "--seconds", "0.01", "--json"))[0]["threads"]

    def measure(self, case, seconds, *flags):
        dtype = [] if case["dtype"] == "f32" else ["--dtype", case["dtype"]]
        found = json.loads(self.run("bench", *self.shape_flags(case), "--batch", str(case["batch"]), "--mode", case["mode"],
                                    "--seconds", str(seconds), "--steps", str(STEPS), *dtype, *flags))[0]
        if found["dtype"] != case["dtype"]:
            raise Failed(f"it ran in {found['dtype']} instead of {case['dtype']}")
        return found

    @functools.cache
    def why_not(self, dtype):
        """Why it cannot compute in this type on this machine; "" if it can."""
        try:
            self.measure({"model": "lenet5", "imgsz": 32, "channels": 1, "classes": 10, "batch": 1,
                          "mode": "infer" if dtype == "int8" else "train", "dtype": dtype}, 0.01)
        except Failed as failure:
            return str(failure).splitlines()[0]
        return ""

    def train(self, data, flags):
        """Images a second in the last epoch of training from files."""
        with tempfile.TemporaryDirectory() as folder:
            self.run("train", data, "--project", folder, "-q", *flags)
            lines = pathlib.Path(folder, "train", "results.csv").read_text().splitlines()
        return float(dict(zip(lines[0].split(","), lines[-1].split(",")))["images_per_s"])


def start_ms(command, times=21):
    """The median time from spawn to exit."""
    def once():
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True)
        if done.returncode:
            raise Failed(f"{' '.join(command)}: status {done.returncode}")
        return (time.perf_counter() - begin) * 1e3
    return statistics.median(once() for _ in range(times))


def busy_share(seconds=0.4):
    """How much of the machine other processes use while we are idle. The load average would count processes that just ended."""
    def times():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # all, and idle or waiting for a disk
    first = times()
    time.sleep(seconds)
    second = times()
    return 1 - (second[1] - first[1]) / max(second[0] - first[0], 1)


# ---- a row -----------------------------------------------------------------------------------------------------

def qualify(variants, case, parameters, seconds):
    """Starts the variants that race. They start one after the other, and slow ones are stopped at once, because the memory for
    training a network times the number of variants exceeds many machines."""
    racing = []
    for variant in variants:
        variant.start()
        variant.prepare(case, parameters)
        if not variant.failure:
            variant.qualify(seconds)
        racing += [] if variant.failure else [variant]
        best = max((v.qualifying for v in racing), default=0)
        for behind in [v for v in racing if v.qualifying < KEEP * best]:
            behind.close()
            racing.remove(behind)
    return racing


def finalists(variants, earlier):
    """The variants that were close to the best when the row was last measured, and new variants."""
    rates = {v["title"]: v["rate"] or 0 for v in earlier["variants"] if not v.get("left_out")}
    best = max(rates.values(), default=0)
    return [v for v in variants if rates.get(v.title, best) >= KEEP * best and rates.get(v.title) != 0]


def race(linnets, racing, case, seconds, rounds):
    """Per round, the results of each Linnet; the variants store their own. Results in 8 bits also have "f32_images_per_s" and, if the
    processor has instructions for it, "bf16_images_per_s"."""
    ours = [[] for _ in linnets]
    for _ in range(rounds):
        for results, linnet in zip(ours, linnets):
            results.append(linnet.measure(case, seconds))
            others = ("f32", "bf16") if case["dtype"] == "int8" else ()
            for dtype in (other for other in others if not linnet.why_not(other)):
                results[-1][f"{dtype}_images_per_s"] = linnet.measure(dict(case, dtype=dtype), seconds)["images_per_s"]
        for variant in racing:
            variant.race(seconds)
        racing = [v for v in racing if not v.failure]
    return ours


FIGURES = ("images_per_s", "floor_images_per_s", "roof_images_per_s", "peak_gflops", "gflops")


def share_of_floor(linnet, case, seconds):
    """The figures of a separate measurement, so that rate and floor come from the same run. None for 8 bits, which have no floor."""
    if case["dtype"] == "int8":
        return None
    found = linnet.measure(case, seconds, "--floor")
    return {figure: found[figure] for figure in FIGURES}


def take_floors(linnets, earlier, seconds):
    """The earlier row with new shares of the floor, for the programs that the row contains."""
    by_version = {linnet.version: linnet for linnet in linnets}
    ours = [dict(ours, floor=share_of_floor(by_version[ours["version"]], earlier["case"], seconds))
            if ours["version"] in by_version else ours for ours in earlier["ours"]]
    return dict(earlier, ours=ours)


def take_row(linnets, kinds, case, args, earlier):
    """Measures one case. earlier: its previous record, for --finalists and --floor-only."""
    if args.floor_only and earlier:
        return take_floors(linnets, earlier, args.seconds)
    variants = [Variant(kind, name) for kind in kinds for name in kind.variants.get(f"{case['mode']} {case['dtype']}", [])]
    left_out = [variant for variant in variants if args.without and args.without in variant.name.split("+")]
    variants = [variant for variant in variants if variant not in left_out]
    for variant in left_out:
        variant.left_out, variant.failure = True, f"left out (--without {args.without})"
    if args.finalists and earlier:
        variants = finalists(variants, earlier)
    row = {"case": case, "when": time.strftime("%Y-%m-%d %H:%M"), "busy": busy_share(), "seconds": args.seconds,
           "rounds": args.rounds, "threads": linnets[0].threads()}
    able = [linnet for linnet in linnets if not linnet.why_not(case["dtype"])]
    try:
        racing = qualify(variants, dict(case, threads=row["threads"], linnet=linnets[0].path), linnets[0].parameters(case), args.seconds)
        rounds = race(able, racing, case, args.seconds, args.rounds)
    finally:
        for variant in variants:
            variant.close()
    floors = [None if args.no_floor else share_of_floor(linnet, case, args.seconds) for linnet in able]
    row["ours"] = [{"version": linnet.version, "rounds": results, "floor": floor}
                   for linnet, results, floor in zip(able, rounds, floors)]
    row["why_not"] = {linnet.version: linnet.why_not(case["dtype"]) for linnet in linnets if linnet not in able}
    row["variants"] = [dict(v.record(), when=row["when"]) for v in variants + left_out]
    if args.finalists and earlier:
        row["variants"] += [v for v in earlier["variants"] if v["title"] not in [new.title for new in variants + left_out]]
    return row
