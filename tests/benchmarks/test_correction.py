"""The measured correction reaches its goal with each hand, and says what it took."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "correction.py"


def test_damaged_truth_is_mended_all_three_ways() -> None:
    said = ["--quick", "--images", "1", "--size", "128", "--goal", "0.95", "--preset", "arabidopsis-young"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *said], capture_output=True, text=True, encoding="utf-8", check=True, timeout=300
    )
    row = next(line for line in done.stdout.splitlines() if line.startswith("│ 0"))
    _, _, start, tools, mended, outline, drawn, brush, painted, *_ = (cell.strip() for cell in row.split("│"))
    assert float(start) < 0.95 <= min(float(mended), float(drawn), float(painted))
    assert all(0 < int(actions) < 200 for actions in (tools, outline, brush))
