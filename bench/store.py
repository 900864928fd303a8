"""What was measured, kept as JSON beside the page, so that a part can be measured again and put in its place.

{"machine", "rows": [measure.take_row's, in the order of cases.py], "start", "loading", "files"}
"""
import json
import pathlib

import cases
from variant import Failed


def load(path, machine):
    """What was measured before; Failed where that was on another machine."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {"machine": machine, "rows": []}
    except (OSError, ValueError) as error:
        raise Failed(f"{path}: {error}") from error
    if found["machine"] != machine:
        raise Failed(f"{path} is of another machine ({found['machine']}): what is measured here can't stand beside it")
    return found


def add(found, row):
    """In the place of the row of the same case, or in the order of all cases."""
    order = {cases.name(case): number for number, case in enumerate(cases.all_cases())}
    name = cases.name(row["case"])
    rows = [other for other in found["rows"] if cases.name(other["case"]) != name] + [row]
    found["rows"] = sorted(rows, key=lambda row: order.get(cases.name(row["case"]), len(order)))


def earlier(found, case):
    """The row of that case; None: it was not measured before."""
    return next((row for row in found["rows"] if cases.name(row["case"]) == cases.name(case)), None)


def save(found, path):
    """Not into a page that is thrown away (--out /dev/null)."""
    if path.parent != pathlib.Path("/dev"):
        path.write_text(json.dumps(found, indent=1) + "\n")
