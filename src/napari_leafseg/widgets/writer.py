"""napari's way to save a labels layer as this plugin writes labels: plain 16 or 32 bit TIFF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_leafseg.data.writing import write_labels as write_file


def write_labels(path: str, data: Any, _attributes: dict[str, Any]) -> list[str]:
    """Write one labels layer; any axes are kept as pages."""
    write_file(Path(path), np.asarray(data))
    return [path]
