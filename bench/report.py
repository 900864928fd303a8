"""What bench/run found, as Markdown for people: bench/results.md."""
import datetime
import os
import pathlib
import platform
import statistics

HOW_TO_ADD_A_PEER = """No peer was measured. To add PyTorch:

    python3 -m venv peers && peers/bin/pip install torch
    make bench PEERS=peers/bin/python
"""

HOW_THEY_TAKE_TURNS = """; in a round Linnet and the peer's variants take turns. The best variant counts;
its ratio is taken in each round, and the median of those is shown. A variant that is far behind the best leaves after two rounds.
"""


# ---- machine -------------------------------------------------------------------------------------------------

def field(path, name):
    """The first value of `name : value` in a file of /proc; "" where there is none."""
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    except OSError:
        pass
    return ""


def machine():
    """One line without a name of the host: processor, what it can, cores, memory, system."""
    flags = field("/proc/cpuinfo", "flags").split()
    able = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    memory = field("/proc/meminfo", "MemTotal").split()
    system = pathlib.Path("/etc/os-release")
    names = [line for line in system.read_text().splitlines() if line.startswith("PRETTY_NAME=")] if system.exists() else []
    parts = [
        (field("/proc/cpuinfo", "model name") or platform.machine()) + (f" ({', '.join(able)})" if able else ""),
        f"{len(os.sched_getaffinity(0))} cores",
        f"{int(memory[0]) / 2**20:.0f} GiB of memory" if memory else "",
        names[0].split("=")[1].strip('"') if names else platform.system(),
    ]
    return ", ".join(part for part in parts if part)


# ---- numbers -------------------------------------------------------------------------------------------------

def number(x):
    """Three digits, more where there are more before the point."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def median_of(ours, key):
    return statistics.median(result[key] for result in ours)


class Row:
    """One case: Linnet's rounds, the variants with theirs, and the best of them."""

    def __init__(self, case, ours, variants):
        self.case, self.ours, self.variants = case, ours, variants
        self.rate = median_of(ours, "images_per_s")
        ran = [v for v in variants if v.rates]
        self.best = min(ran, key=lambda v: v.ratio) if ran else None

    @property
    def title(self):
        return f"{self.case['title']}, {self.case['mode']}"


def table(header, rows):
    """Markdown: the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


# ---- sections ------------------------------------------------------------------------------------------------

def main_table(rows, with_peers):
    header = ["images/s", "Linnet", "ms/step", "GFLOP/s", "peak MB", "faults/step"]
    header += ["best peer", "Linnet / best peer", "(lowest - highest round)"] if with_peers else []
    lines = []
    for row in rows:
        cells = [row.title, number(row.rate), number(median_of(row.ours, "ms_per_step")),
                 number(median_of(row.ours, "gflops")), number(median_of(row.ours, "rss_mb")),
                 f"{median_of(row.ours, 'minor_faults_per_step'):.3g}"]
        if row.best:
            ratios = row.best.ratios
            cells += [number(row.best.rate), f"**{row.best.ratio:.2f}**", f"{min(ratios):.2f} - {max(ratios):.2f}"]
        elif with_peers:
            cells += ["none ran", "-", "-"]
        lines.append(cells)
    return table(header, lines)


def where_linnet_loses(rows):
    compared = [row for row in rows if row.best]
    if not compared:
        return "No peer ran.\n"
    lost = [row for row in compared if row.best.ratio < 1]
    if lost:
        return "Linnet loses: " + "; ".join(
            f"{row.title} ({row.best.ratio:.2f} of {row.best.title})" for row in lost) + ".\n"
    least = min(compared, key=lambda row: row.best.ratio)
    return (f"Linnet loses in none of these rows; its smallest lead is {least.best.ratio:.2f} "
            f"({least.title}, against {least.best.title}).\n")


def variant_table(rows):
    """Every variant that ran, and the reason of every one that did not."""
    ran = [[f"{row.title}: {v.title}" + (" (best)" if v is row.best else ""), number(v.rate), f"{v.ratio:.2f}",
            str(len(v.rates))]
           for row in rows for v in row.variants if v.rates]
    failed = [f"- {row.title}: {v.title}: skipped: {v.failure}\n"
              for row in rows for v in row.variants if v.failure]
    text = table(["variant", "images/s", "Linnet / it", "rounds"], ran) if ran else ""
    return text + ("\n" + "".join(failed) if failed else "")


def start_text(starts):
    return "".join(f"- `linnet {arg}`: {ms:.1f} ms from spawn to exit (a program that does nothing: {nothing:.1f} ms)\n"
                   for arg, ms, nothing in starts)


def file_text(files, rows):
    """Training from files beside the same step on data in memory, where that was measured too."""
    text = ""
    for name, rate, like in files:
        text += f"- {name}: {number(rate)} images/s in the second epoch"
        twin = [row for row in rows if row.title == like]
        text += f", {100 * rate / twin[0].rate:.0f} % of \"{like}\" above\n" if twin else "\n"
    return text


def versions(linnet, kinds):
    told = [linnet]
    for kind in kinds:
        told.append(f"{kind.peer} {kind.version}" + (f" (oneDNN {kind.onednn})" if kind.onednn else ""))
    return ", ".join(told)


def markdown(found):
    """found: what bench/run gathered; see its main()."""
    rows, kinds = found["rows"], found["kinds"]
    out = ["# Measured speed\n"]
    count = rows[0].ours[0]["threads"] if rows else 0
    threads = f" {count} thread{'s' if count != 1 else ''};" if rows else ""
    out.append(f"{datetime.date.today()}. {machine()};{threads} load before the start: {found['load']:.1f}.\n"
               f"{versions(found['linnet'], kinds)}.\n")
    if found["load"] > 0.5:
        out.append("The machine was not quiet: trust the ratios more than the rates, and neither much.\n")
    out.append(f"Medians of {found['rounds']} rounds of {found['seconds']:g} s" + (HOW_THEY_TAKE_TURNS if kinds else ".\n"))
    if rows:
        out.append(main_table(rows, bool(kinds)))
        out.append(where_linnet_loses(rows) if kinds else HOW_TO_ADD_A_PEER)
    for title, text in (("The peers' variants", variant_table(rows)), ("Photos to batches", found["photos"]),
                        ("Start-up", start_text(found["starts"])),
                        ("From files", file_text(found["files"], rows))):
        if text:
            out += [f"## {title}\n", text]
    return "\n".join(part for part in out if part)
