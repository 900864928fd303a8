"""figures.py METRICS LOGITS [PREDICTIONS]: the figures of an evaluation (eval --json, or metrics.json) are those of its
logits (predictions.csv with --logits), computed here from their definitions; the probabilities of PREDICTIONS are
softmax(logits / temperature)."""
import csv
import json
import math
import sys


def close(name, got, want, tolerance=1e-6):
    if want is None or got is None:
        assert got is want, (name, got, want)
    else:
        assert abs(got - want) <= tolerance, (name, got, want)


def softmax(row, temperature=1.0):
    top = max(row)
    weights = [math.exp((x - top) / temperature) for x in row]
    return [w / sum(weights) for w in weights]


def calibration_error(logits, labels, temperature):
    """Guo et al. 2017, equation 3: 15 bins, each open below and closed above."""
    rows = [softmax(row, temperature) for row in logits]
    error = 0
    for b in range(15):
        inside = [(p, y) for p, y in zip(rows, labels) if b / 15 < max(p) <= (b + 1) / 15]
        if inside:
            right = sum(p.index(max(p)) == y for p, y in inside) / len(inside)
            error += len(inside) / len(rows) * abs(right - sum(max(p) for p, _ in inside) / len(inside))
    return error


def auc(logits, labels):
    """The share of pairs, an image of the first class and one of the second, that the scores order correctly; a tie counts half."""
    scores = [[row[1] - row[0] for row, y in zip(logits, labels) if y == k] for k in (0, 1)]
    wins = sum((b > a) + (b == a) / 2 for a in scores[0] for b in scores[1])
    return wins / (len(scores[0]) * len(scores[1]))


def main(metrics, logits_csv, predictions=None):
    m = json.load(open(metrics))
    header, *rows = csv.reader(open(logits_csv, newline=""))
    classes = header[4:]
    labels = [classes.index(row[1]) for row in rows]
    logits = [[float(x) for x in row[4:]] for row in rows]
    predicted = [row.index(max(row)) for row in logits]
    present = sorted(set(labels))
    recalls = [sum(p == k for p, y in zip(predicted, labels) if y == k) / labels.count(k) for k in present]
    close("acc", m["acc"], sum(p == y for p, y in zip(predicted, labels)) / len(labels))
    close("balanced_acc", m["balanced_acc"], sum(recalls) / len(recalls))
    close("majority", m["majority"], max(labels.count(k) for k in present) / len(labels))
    close("loss", m["loss"], -sum(math.log(softmax(row)[y]) for row, y in zip(logits, labels)) / len(labels), 1e-5)
    close("ece_raw", m["ece_raw"], calibration_error(logits, labels, 1))
    close("ece", m["ece"], calibration_error(logits, labels, m["temperature"]))
    close("auc", m["auc"], auc(logits, labels) if len(classes) == 2 else None)
    if predictions:
        _, *shown = csv.reader(open(predictions, newline=""))
        for row, raw in zip(shown, logits):
            for got, want in zip(row[4:], softmax(raw, m["temperature"])):
                close(row[0], float(got), want, 1e-5)


main(*sys.argv[1:])
