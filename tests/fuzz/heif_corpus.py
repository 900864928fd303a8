#!/usr/bin/env python3
"""Writes the seeds corpus/heif/*: the small files of tests/parity/image_heif.py, hostile ones too.

    /usr/bin/python3 heif_corpus.py        needs heif-enc (Debian: libheif-examples)
"""
import pathlib
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "parity"))
import image_heif  # noqa: E402


def main():
    target = FOLDER / "corpus" / "heif"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        drawn = dict(image_heif.drawn(folder))
        coded = {name: image_heif.Coded(drawn["even." + name]) for name in ("heic", "avif")}
    files = {name: data for name, data in drawn.items() if len(data) < 3000}
    files |= {name: data for name, data in image_heif.built(coded) if name.startswith(("plain", "grid-irot"))}
    files |= {"hostile-" + name: data for name, data, _, _ in image_heif.hostile(coded)}
    files |= image_heif.containers(coded)
    for name, data in files.items():
        (target / name).write_bytes(data)


if __name__ == "__main__":
    main()
