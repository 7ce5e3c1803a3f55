"""The pages say of the shipped weights what the files say of themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_leafseg.core.catalogue import shipped

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def make_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, imported as the command does: from its own folder."""
    monkeypatch.syspath_prepend(str(DOCS))
    import make_weights

    yield make_weights
    for name in ("make_weights", "marked"):
        sys.modules.pop(name, None)


def test_the_page_and_the_readme_agree_with_the_files(make_weights: Any) -> None:
    for path, made in ((make_weights.PAGE, make_weights.page), (make_weights.README, make_weights.readme)):
        written = path.read_text(encoding="utf-8")
        assert made(written) == written, f"{path.name} is of other files: python docs/make_weights.py"


def test_every_file_is_on_the_page_with_its_licence_and_figures(make_weights: Any) -> None:
    page = make_weights.PAGE.read_text(encoding="utf-8")
    for name in shipped():
        section = page.split(f"### {name}\n")[1].split("### ")[0]
        assert "| licence | CC0" in section
        assert "| AP50 | mAP | SBD |" in section
        assert "SHA-256" in section


def test_what_is_by_hand_stays(make_weights: Any) -> None:
    changed = make_weights.page("by hand\n<!-- cards: made by a script -->\nold\n<!-- end of cards -->\nmore\n")
    assert changed.startswith("by hand\n") and changed.endswith("\nmore\n") and "\nold\n" not in changed


def test_a_page_without_the_marks_is_refused(make_weights: Any) -> None:
    with pytest.raises(ValueError, match="needs one line"):
        make_weights.page("no marks")


@pytest.mark.parametrize("page", ["weights.md", "nuclei-weights.md", "leaf-weights.md"])
def test_every_picture_on_a_page_is_there_and_small(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    pictures = [part.split(")")[0] for part in text.split("](images/")[1:]]
    assert pictures
    assert all((DOCS / "images" / picture).stat().st_size < 300_000 for picture in pictures)
