"""Writes the results of bench/run as Markdown: bench/results.md."""
import beside
import cases
from row import Row

HOW_TO_ADD_A_PEER = """No peer was measured. To add PyTorch, ONNX Runtime and OpenVINO:

    python3 -m venv peers && peers/bin/pip install torch torchvision onnx onnxruntime openvino nncf
    make bench PEERS=peers/bin/python
"""

HOW_IT_IS_MEASURED = """A figure of Linnet's is the median of {rounds} rounds, in each of which Linnet and the peers' fastest variants are
measured one after the other, {seconds:g} s or at least two steps each. The peer in a row is the fastest variant of all that are installed; a
ratio is taken inside each round, its median is shown, and behind it the lowest and the highest. "Of the floor" is
Linnet's share of what oneDNN's best kernels alone would need for the convolution and linear layers on this machine
(`linnet bench --floor`), "of the roof" the same with the least memory traffic that the other layers need. More than 100 % is where Linnet has a kernel of its own that oneDNN lacks: above all Winograd
beside oneDNN 3.2 and later.
[README.md](README.md) says what is compared, and how.
"""


# ---- numbers -------------------------------------------------------------------------------------------------

def number(x):
    """Three significant digits, or all digits before the point; "-" for None."""
    if x is None:
        return "-"
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def percent(x):
    return "-" if x is None else f"{100 * x:.0f} %"


def with_range(ratios, ratio):
    return f"**{ratio:.2f}** ({min(ratios):.2f} - {max(ratios):.2f})" if ratios else "-"


def table(header, rows):
    """Markdown: the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


# ---- tables of a topic -----------------------------------------------------------------------------------------

def short(version):
    """"Linnet 0.1.0 (oneDNN 2.6.3)" -> "oneDNN 2.6.3"."""
    return version.partition("(")[2].rstrip(")") or version


def row_title(row):
    case = row.case
    if case["topic"] != "lenet":
        return case["model"]
    return f"{case['model']}, {case['imgsz']} px, batch {case['batch']}, {case['mode']}"


def speed_table(rows, versions):
    header = ["images/s"]
    for version in versions:
        header += [f"Linnet, {short(version)}", "of the floor", "of the roof"]
    header += ["best peer", ""] + [f"{short(version)} / peer" for version in versions]
    lines = []
    for row in rows:
        cells = [row_title(row)]
        for version in versions:
            cells += [number(row.median(version, "images_per_s")), percent(row.share(version, "floor_images_per_s")),
                      percent(row.share(version, "roof_images_per_s"))]
        cells += [number(row.best["rate"]), row.best["title"]] if row.best else ["-", ""]
        cells += [with_range(row.ratios(version), row.ratio(version)) for version in versions]
        lines.append(cells)
    return table(header, lines)


def step_table(rows, versions):
    header = ["a step"]
    for version in versions:
        header += [f"ms, {short(version)}", "GFLOP/s", "of the peak", "peak MB", "faults", "plan ms"]
    lines = []
    for row in rows:
        cells = [row_title(row)]
        for version in versions:
            gflops, peak = row.median(version, "gflops"), row.median(version, "peak_gflops")
            cells += [number(row.median(version, "ms_per_step")), number(gflops), percent(gflops / peak if peak else None),
                      number(row.median(version, "rss_mb")), number(row.median(version, "minor_faults_per_step")),
                      number(row.median(version, "plan_ms"))]
        lines.append(cells)
    return table(header, lines)


def memory_table(rows, versions):
    header = ["peak MB"] + [f"Linnet, {short(version)}" for version in versions] + ["least of the peers", "", "share"]
    lines = []
    for row in rows:
        least = row.least_memory()
        ours = [row.median(version, "rss_mb") for version in versions]
        share = ours[0] / least["rss_mb"] if least and ours[0] else None
        lines.append([f"{row.case['model']}, batch {row.case['batch']}"] + [number(mb) for mb in ours] +
                     ([number(least["rss_mb"]), least["title"], percent(share)] if least else ["-", "", "-"]))
    return table(header, lines)


def against_batch(rows, versions, all_rows):
    """Time per image, one at a time compared with batches of sixteen."""
    batches = {(row.case["model"], row.case["dtype"]): row for row in all_rows if row.case["topic"] == "infer"}
    told = []
    for row in rows:
        twin = batches.get((row.case["model"], row.case["dtype"]))
        for version in versions[:1]:
            one, many = row.median(version, "images_per_s"), twin and twin.median(version, "images_per_s")
            told += [f"{row.case['model']} {percent(one / many)}"] if one and many else []
    return f"Images a second beside those of batch 16 ({short(versions[0])}): {', '.join(told)}.\n" if told else ""


def gains_of_8_bits(rows, versions):
    """8 bits compared with Linnet's other types, each round on its own."""
    text = ""
    for dtype, title in ("f32", "fp32"), ("bf16", "bf16"):
        told = [f"{row.case['model']} {row.gain(versions[0], dtype):.2f}" for row in rows if versions and row.gain(versions[0], dtype)]
        text += f"\nTimes Linnet's rate in {title} ({short(versions[0])}): {', '.join(told)}.\n" if told else ""
    return text


def why_not(rows):
    reasons = {f"{short(version)}: {why}" for row in rows for version, why in row.record["why_not"].items()}
    return "".join(f"No figure of Linnet with {reason}\n\n" for reason in sorted(reasons))


def topic_sections(rows, versions):
    sections = []
    for topic, title in cases.TOPICS.items():
        for dtype in ("f32", "bf16", "int8"):
            mine = [row for row in rows if row.case["topic"] == topic and row.case["dtype"] == dtype]
            if not mine:
                continue
            text = why_not(mine) + speed_table(mine, versions) + gains_of_8_bits(mine, versions)
            text += "\n" + against_batch(mine, versions, rows) if topic == "latency" else ""
            text += "\n" + memory_table(mine, versions) if mine[0].case["mode"] == "train" and topic != "lenet" else ""
            text += "\n" + step_table(mine, versions)
            sections.append((f"{title}, {dtype}", text))
    return sections


# ---- text around the tables --------------------------------------------------------------------------------------

def where_linnet_loses(rows, versions):
    compared = [(row.ratio(version), row, version) for row in rows for version in versions if row.ratio(version)]
    if not compared:
        return "No peer ran beside it.\n"
    compared.sort(key=lambda found: found[0])
    lost = [found for found in compared if found[0] < 1]
    if lost:
        return "".join(f"- {row.name}, {short(version)}: {ratio:.2f} of {row.best['title']}\n" for ratio, row, version in lost)
    ratio, row, version = compared[0]
    return (f"Linnet loses in none of these rows; its smallest lead is {ratio:.2f} "
            f"({row.name}, {short(version)}, against {row.best['title']}).\n")


def not_measured(rows):
    """If only some rows were measured, names the missing ones."""
    here = {row.name for row in rows}
    missing = [cases.name(case) for case in cases.all_cases() if cases.name(case) not in here]
    return "".join(f"- {name}\n" for name in missing) if here and missing else ""


def noise(rows):
    told = [f"- {row.name}: {row.noise()}\n" for row in rows if row.noise()]
    return "Measured less precisely than the others:\n\n" + "".join(told) if told else ""


def variant_table(rows):
    """The speed of every variant, and the reason for each one that did not run."""
    ran, failed = [], []
    for row in rows:
        for v in row.variants:
            if v["failure"]:
                failed.append(f"- {row.name}: {v['title']}: skipped: {v['failure']}\n")
            else:
                took_part = "best" if v is row.best else f"{len(v['rates'])} rounds" if v["rates"] else "qualifying only"
                took_part += f", {v['when']}" if v["when"] != row.record["when"] else ""
                ran.append([f"{row.name}: {v['title']}", number(v["rate"]), number(v["rss_mb"]), took_part])
    text = table(["variant", "images/s", "peak MB", ""], ran) if ran else ""
    return text + ("\n" + "".join(failed) if failed else "")


def start_text(start):
    return "".join(f"- `{command}`: {ms:.1f} ms\n" for command, ms in start) if start else ""


def file_text(files, rows):
    """Training from files compared with the same step on data in memory, if that was measured too."""
    text = ""
    for title, rate, like in files or []:
        text += f"- {title}: {number(rate)} images/s in the second epoch"
        twins = [row for row in rows if row.name == like and row.ours]
        if twins:
            twin = twins[0].median(next(iter(twins[0].ours)), "images_per_s")
            text += f", {100 * rate / twin:.0f} % of \"{like}\""
        text += "\n"
    return text


# ---- the page --------------------------------------------------------------------------------------------------

def heading(found, rows):
    whens = sorted(row.record["when"] for row in rows)
    when = whens[0] if whens[0] == whens[-1] else f"{whens[0]} to {whens[-1]}"
    kinds = sorted({v["kind"] for row in rows for v in row.variants})
    programs = list(dict.fromkeys(version for row in rows for version in [*row.ours, *row.record["why_not"]]))
    record = rows[0].record
    rounds = " or ".join(str(count) for count in sorted({row.record["rounds"] for row in rows}))
    return (f"{when} (local time). {found['machine']}; {record['threads']} thread{'s' if record['threads'] != 1 else ''}.\n"
            f"{'; '.join(programs + kinds)}.\n\n"
            "`make bench PEERS=path/to/python` repeats it. Each row is of one run"
            f"{'' if whens[0] == whens[-1] else '; the runs were of some rows each'}.\n\n" +
            HOW_IT_IS_MEASURED.format(rounds=rounds, seconds=record["seconds"]))


def markdown(found):
    """found: the data that store.py keeps."""
    rows = [Row(record) for record in found["rows"]]
    versions = list(dict.fromkeys(version for row in rows for version in row.ours))
    with_peers = any(row.variants for row in rows)
    out = ["# Measured speed\n"]
    if rows:
        out += [heading(found, rows), "" if with_peers else HOW_TO_ADD_A_PEER]
    sections = [("Where Linnet loses", where_linnet_loses(rows, versions) if with_peers else "")]
    sections += topic_sections(rows, versions)
    sections += [("Start-up", start_text(found.get("start"))), ("Photos to batches", found.get("loading")),
                 ("From files", file_text(found.get("files"), rows)), ("Beside a busy process", beside.text(found.get("beside"))),
                 ("Noise", noise(rows)), ("Not measured here", not_measured(rows)),
                 ("The peers' variants", variant_table(rows))]
    for title, text in sections:
        if text:
            out += [f"## {title}\n", text]
    return "\n".join(part for part in out if part)
