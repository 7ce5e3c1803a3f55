"""The session of the image that is chosen: kept as long as nothing it depends on changes.

Knows the state and layers; no control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_leafseg.core.errors import ImageError
from napari_leafseg.inference.session import Session
from napari_leafseg.widgets.image_source import axes_of_layer

if TYPE_CHECKING:
    from napari.layers import Image

    from napari_leafseg.core.segmenter import Segmenter
    from napari_leafseg.widgets.shown import Reading
    from napari_leafseg.widgets.state import State


class CurrentSession:
    """At most one session, of one image layer."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._session: Session | None = None

    def get(self, layer: Image | None, reading: Reading) -> Session | None:
        """Return the session, if it still is of this image, its axes, and the state's segmenter."""
        session = self._session
        if layer is None or session is None or session.image is not layer.data:
            return None
        same = session.axes == axes_of_layer(layer, reading)
        return session if same and session.segmenter is self._state.segmenter else None

    def made(self, layer: Image | None, reading: Reading, segmenter: Segmenter) -> Session:
        """Return the session for a run: the one there is, or a new one with an empty preview.

        Raises
        ------
        ImageError
            If there is no image.
        """
        session, options = self.get(layer, reading), self._state.options
        if session is not None and session.options == options:
            return session
        if layer is None:
            raise ImageError("There is no image to segment: open one, or drop a folder of images on the viewer.")
        axes = axes_of_layer(layer, reading)
        self._session = Session(layer.data, axes, segmenter, options, self._state.cache)
        self._state.layers.start_preview(layer, axes)
        return self._session

    def drop(self) -> None:
        """Forget the session."""
        self._session = None
