"""An image with the objects found before and after a training, as three layers that are made once and reused.

Reads files in a job; touches layers only in the main thread. Knows no control.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_leafseg.core.work import Check
from napari_leafseg.data.reading import read_image, read_labels
from napari_leafseg.inference.comparison_file import ComparedImage
from napari_leafseg.widgets.shown import Shown, shown, smallest_ids

if TYPE_CHECKING:
    from napari import Viewer

BEFORE, AFTER = "Objects before", "Objects after"
OUTLINE = 2
"""Pixels: what was before is drawn as outlines over what is after."""


@dataclass(frozen=True, eq=False)
class ReadRow:
    """One image of a comparison, read."""

    name: str
    shown: Shown
    before: NDArray[Any]
    after: NDArray[Any]


def read_row(run: Path, row: ComparedImage, check: Check) -> ReadRow:
    """Read an image and both results.

    Raises
    ------
    ImageError
        If one of the files cannot be read.
    """
    loaded = read_image(run / row.path)
    check()
    image = shown(loaded.array, loaded.axes)
    check()
    before, after = (smallest_ids(read_labels(run / name)) for name in (row.before_labels, row.after_labels))
    return ReadRow(row.image, image, before, after)


class ComparisonLayers:
    """The three layers of one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = ref(viewer)
        self._layers: list[Any] = []

    @property
    def there(self) -> bool:
        """Whether any of them is there."""
        return bool(self._present())

    def show(self, read: ReadRow) -> None:
        """Show an image with both results, above all other layers; what is selected stays so."""
        viewer = self._viewer()
        assert viewer is not None
        selected = set(viewer.layers.selection)
        # Another image may have another number of channels; layers cannot change that.
        self.remove()
        limits = {} if read.shown.limits is None else {"contrast_limits": read.shown.limits}
        image = Image(read.shown.data, rgb=read.shown.rgb, name=f"{read.name} (compared)", **limits)
        after, before = Labels(read.after, name=AFTER, opacity=0.45), Labels(read.before, name=BEFORE, opacity=1.0)
        before.contour = OUTLINE
        for layer in (image, after, before):
            layer.editable = False
            viewer.add_layer(layer)
            self._layers.append(layer)
        # Who selects labels corrects them; these are only to be looked at.
        viewer.layers.selection = selected
        viewer.reset_view()

    def remove(self) -> None:
        """Take them away."""
        viewer = self._viewer()
        for layer in self._present():
            viewer.layers.remove(layer)  # type: ignore[union-attr]
        self._layers = []

    def _present(self) -> list[Any]:
        viewer = self._viewer()
        # A person may remove any layer at any time.
        return [] if viewer is None else [layer for layer in self._layers if layer in viewer.layers]
