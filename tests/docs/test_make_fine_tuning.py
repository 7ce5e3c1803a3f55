"""The tutorial of fine-tuning goes as it says: its own script, with a real window, process and training."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def make_fine_tuning(qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The script, which puts its pictures elsewhere."""
    # Set by the script; named here so that it is set back.
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.syspath_prepend(str(DOCS.parent / "benchmarks"))
    import make_fine_tuning
    import make_screenshots

    monkeypatch.setattr(make_screenshots, "OUT", tmp_path)
    yield make_fine_tuning
    for name in ("make_fine_tuning", "make_screenshots", "strange_plants"):
        sys.modules.pop(name, None)


def _shown() -> set[str]:
    page = (DOCS / "fine-tuning.md").read_text(encoding="utf-8")
    return set(re.findall(r"\(images/(fine-tune-[a-z]+\.png)\)", page))


def test_the_tutorial_goes_as_it_says(make_fine_tuning: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the folder to the weights that are used, with every picture of the page; in small, and one step long."""
    monkeypatch.setattr(make_fine_tuning, "SIDE", 128)
    short = {"epochs": 1, "samples_per_epoch": 8, "crop": 128, "drawn_size": 64, "mixing": 1}

    gained = make_fine_tuning.main(short)

    assert {path.name for path in tmp_path.glob("*.png")} == _shown()
    assert gained.of("validation").images == 2 and gained.of("original").images > 2
    assert "images that were not learned from" in gained.sentence


@pytest.mark.slow
def test_the_whole_tutorial_teaches(make_fine_tuning: Any, tmp_path: Path) -> None:
    """In the ten minutes that it promises; and every picture of the page is taken."""
    gained = make_fine_tuning.main(make_fine_tuning.BUDGET)

    assert {path.name for path in tmp_path.glob("*.png")} == _shown()
    # By 0.1 or so, of which two images say no more than this.
    assert gained.of("validation").after["SBD"] > gained.of("validation").before["SBD"] + 0.05
