"""Small files and folders for the layout tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


class Maker:
    """Makes files below a folder; every path is relative to it."""

    shape = (6, 8)

    def __init__(self, root: Path) -> None:
        self.root = root

    def empty(self, *names: str) -> Path:
        """Make files that nobody may open, since they hold nothing."""
        for name in names:
            self._place(name).touch()
        return self.root

    def text(self, name: str, text: str) -> Path:
        path = self._place(name)
        path.write_text(text, encoding="utf-8")
        return path

    def image(self, name: str, values: Any = 9) -> Path:
        """Write small values, or one value everywhere, as an 8-bit image."""
        path = self._place(name)
        Image.fromarray(np.broadcast_to(np.asarray(values, np.uint8), self._shape(values)).copy()).save(path)
        return path

    def box(self, top: int, left: int, bottom: int, right: int, value: int = 1) -> Any:
        """Draw one rectangle, the last two sides excluded."""
        values = np.zeros(self.shape, int)
        values[top:bottom, left:right] = value
        return values

    def _shape(self, values: Any) -> tuple[int, ...]:
        return np.shape(values) or self.shape

    def _place(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Make files in a folder whose name has spaces and other scripts."""
    folder = tmp_path / "Blätter 葉 1"
    folder.mkdir()
    return Maker(folder)


@pytest.fixture
def no_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when an image is opened."""

    def refuse(*_args: Any, **_options: Any) -> Any:
        raise AssertionError("an image was opened")

    for name in ("tifffile.TiffFile", "PIL.Image.open"):
        monkeypatch.setattr(name, refuse)
