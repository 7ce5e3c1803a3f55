"""Time to import the package and the command line, each in a fresh interpreter, and what that leaves out."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from measuring import milliseconds, table

_CODE = """
import sys, time
start = time.perf_counter()
{work}
print(time.perf_counter() - start, "torch" in sys.modules, "qtpy" in sys.modules)
"""


def _measured(work: str) -> tuple[float, str, str]:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _CODE.format(work=work)], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(9)
    ]
    return median(float(run[0]) for run in runs), runs[0][1], runs[0][2]


def main() -> None:
    """Print the table."""
    rows = []
    for title, work in (
        ("import napari_leafseg", "import napari_leafseg"),
        ("its command line", "import napari_leafseg.cli"),
        ("list the methods", "import napari_leafseg; napari_leafseg.methods()"),
    ):
        time, torch, qt = _measured(work)
        rows.append((title, milliseconds(time), torch, qt))
    table("start", ("what", "time", "torch imported", "Qt imported"), rows)


if __name__ == "__main__":
    main()
