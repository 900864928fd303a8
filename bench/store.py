"""Stores results as JSON next to the page, so that a part can be measured again and replaced.

{"machine", "rows": [measure.take_row's, in the order of cases.py], "start", "loading", "files", "beside"}
"""
import json
import pathlib

import cases
from variant import Failed


def load(path, machine):
    """Earlier results; raises Failed if they are from another machine."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {"machine": machine, "rows": []}
    except (OSError, ValueError) as error:
        raise Failed(f"{path}: {error}") from error
    if found["machine"] != machine:
        raise Failed(f"{path} is from another machine ({found['machine']}); new results cannot be combined with it")
    return found


def add(found, row):
    """Replaces the row of the same case, or inserts it in the order of the cases."""
    order = {cases.name(case): number for number, case in enumerate(cases.all_cases())}
    name = cases.name(row["case"])
    rows = [other for other in found["rows"] if cases.name(other["case"]) != name] + [row]
    found["rows"] = sorted(rows, key=lambda row: order.get(cases.name(row["case"]), len(order)))


def earlier(found, case):
    """The row of that case; None if it was not measured before."""
    return next((row for row in found["rows"] if cases.name(row["case"]) == cases.name(case)), None)


def save(found, path):
    """Saves, unless the page is discarded (--out /dev/null)."""
    if path.parent != pathlib.Path("/dev"):
        path.write_text(json.dumps(found, indent=1) + "\n")
