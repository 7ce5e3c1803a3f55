"""A child that corrects two images without end until it is killed: edit n makes everything say n.

Usage: painter.py FOLDER LOG DELAY. Before each edit the log gets a line with its number, image and time.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from time import sleep, time

import numpy as np

from napari_leafseg.data.project import Autosave, Change, Project

SHAPE = (96, 128)
IMAGES = ("x.png", "y.png")


def main() -> None:
    folder, log, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    auto = Autosave(Project(folder), saved=lambda *_: None, failed=lambda *said: sys.exit(str(said)), delay=delay)
    painted = {name: np.zeros(SHAPE, np.uint16) for name in IMAGES}
    first = 1 + max((int(line.split()[0]) for line in log.read_text().splitlines()), default=0)
    handle = os.open(log, os.O_WRONLY | os.O_APPEND)
    for number in count(first):
        name = IMAGES[number // 7 % 2]
        os.write(handle, f"{number} {name} {time()}\n".encode())
        painted[name][...] = number
        painted[name][-2:, -2:] = 0
        region = np.arange(SHAPE[1])[None] < number % SHAPE[1]
        auto.note(
            folder / name,
            Change(
                labels=painted[name],
                ignore=np.broadcast_to(region, SHAPE),
                uncertainty=number / 2**20,
                checked=[number],
                classes={number: f"class {number % 5}"},
            ),
        )
        sleep(0.002)


if __name__ == "__main__":
    main()
