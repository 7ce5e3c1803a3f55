"""The only place that makes layers: one image, one preview, one labels layer, made once and reused.

Stepping through a folder and accepting swap their data, because adding a layer takes ten times as
long. Knows layers; nothing of docks, jobs or methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np
import pandas as pd
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from napari_leafseg.core.image import Axes
from napari_leafseg.core.provenance import METADATA_KEY, Record
from napari_leafseg.widgets.shown import Shown, smallest_ids

if TYPE_CHECKING:
    from napari import Viewer

    from napari_leafseg.core.instances import Instances
    from napari_leafseg.core.tiles import Window

PREVIEW = "Preview"
Index = tuple[int, ...]
"""Place of a plane in the leading axes."""


class LayerSet:
    """The layers of one viewer that this plugin made.

    Attributes
    ----------
    image
        Shows the folder's current image; ``None`` as long as no folder is open.
    preview
        Shows what the current parameters give.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = ref(viewer)
        self._image: Image | None = None
        self._preview: Labels | None = None
        self._previewed: ref[Layer] | None = None
        self._blank: WeakSet[Labels] = WeakSet()
        # Labels belong to an image layer: accepting on one never overwrites another's.
        self._labels: WeakKeyDictionary[Layer, Labels] = WeakKeyDictionary()
        self._resized = False

    @property
    def viewer(self) -> Viewer:
        """The viewer; it outlives every call that its docks make."""
        viewer = self._viewer()
        assert viewer is not None
        return viewer

    @property
    def image(self) -> Image | None:
        """The folder's image layer, if there still is one."""
        return self._present(self._image)

    @property
    def preview(self) -> Labels | None:
        """The preview layer, if there still is one."""
        return self._present(self._preview)

    @property
    def previewed(self) -> Layer | None:
        """The image layer that the preview lies over, if any."""
        return None if self._previewed is None or self.preview is None else self._present(self._previewed())

    def labels_of(self, image: Layer | None) -> Labels | None:
        """The labels layer that belongs to an image layer, if it has labels."""
        layer = self.labels_layer_of(image)
        return None if layer is None or layer in self._blank else layer

    def is_blank(self, layer: Layer) -> bool:
        """Whether a labels layer only waits for labels."""
        return layer in self._blank

    def labels_layer_of(self, image: Layer | None) -> Labels | None:
        """The labels layer that belongs to an image layer, even if it only waits for labels."""
        return None if image is None else self._present(self._labels.get(image))

    def _present(self, layer: Any) -> Any:
        # A person may remove any layer at any time.
        return layer if layer is not None and layer in self.viewer.layers else None

    # --- images ---------------------------------------------------------------------

    def show_image(self, name: str, shown: Shown, metadata: dict[str, Any]) -> Image:
        """Show an image in the folder's image layer."""
        layer = self.image
        if layer is not None and (layer.rgb, layer.ndim) != (shown.rgb, shown.data.ndim - shown.rgb):
            self._discard(layer)
            layer = None
        content = {METADATA_KEY: {"axes": shown.axes.names, **metadata}}
        if layer is None:
            layer = self._image = self._added_image(name, shown, content)
            self._resized = True
        else:
            self._resized = layer.data.shape != shown.data.shape
            layer.data = shown.data
            layer.name = name
            if shown.limits is not None:
                layer.contrast_limits_range = layer.contrast_limits = shown.limits
            layer.metadata = content
        return layer

    def fit_view(self, shape: tuple[int, ...]) -> None:
        """Show the whole image after one of another size, once its labels have its size too."""
        if not self._resized:
            return
        self._resized = False
        preview, image = self.preview, self.image
        if preview is not None and image is not None and preview.data.shape != shape:
            self._swap(preview, np.zeros(shape, np.uint16), image)
        self.viewer.reset_view()

    def _added_image(self, name: str, shown: Shown, metadata: dict[str, Any]) -> Image:
        limits = {} if shown.limits is None else {"contrast_limits": shown.limits}
        layer = Image(shown.data, name=name, rgb=shown.rgb, metadata=metadata, **limits)
        self.viewer.layers.insert(0, layer)
        return layer

    def _discard(self, image: Image) -> None:
        for layer in (self.labels_layer_of(image), image):
            if layer is not None:
                self.viewer.layers.remove(layer)

    # --- the preview ----------------------------------------------------------------

    def start_preview(self, image: Image, axes: Axes) -> Labels:
        """Lay an empty preview over an image; keep what it shows if it fits already."""
        shape = labels_shape(image, axes)
        layer = self.preview
        if layer is not None and self.previewed is image and layer.data.shape == shape:
            layer.visible = True
            return layer
        empty = np.zeros(shape, np.uint16)
        if layer is None:
            # Whoever hears of the new layer is told what it is.
            layer = self._preview = self._labels_over(image, PREVIEW, empty)
            self._add(layer)
        else:
            self._swap(layer, empty, image)
        self._previewed = ref(image)
        # Two sets of labels on top of each other cannot be told apart; the eye in the layer list brings them back.
        if (labels := self.labels_of(image)) is not None:
            labels.visible = False
        layer.visible = True
        return layer

    def show_preview(self, index: Index, instances: Instances, window: Window | None = None) -> None:
        """Put the objects of one plane, or of a part of it, into the preview."""
        layer = self.preview
        if layer is None:
            return
        fitting = smallest_ids(instances.labels)
        if fitting.dtype.itemsize > layer.data.dtype.itemsize:
            layer.data = layer.data.astype(fitting.dtype)
        target = layer.data[index] if window is None else layer.data[index][window.slices]
        if target.shape != fitting.shape:
            return
        np.copyto(target, fitting, casting="unsafe")
        layer.refresh(thumbnail=window is None, highlight=False, extent=False)

    def clear_preview(self) -> None:
        """Empty the preview and hide it."""
        layer = self.preview
        if layer is not None:
            layer.data[...] = 0
            layer.refresh()
            layer.visible = False
        self._previewed = None

    # --- labels ---------------------------------------------------------------------

    def accept(self, image: Image, record: Record, found: Instances | None) -> Labels | None:
        """Make the preview the image's labels, with the record of how they came about."""
        preview = self.preview
        if preview is None or self.previewed is not image:
            return None
        metadata = {METADATA_KEY: record.model_dump(mode="json")}
        layer = self.show_labels(image, preview.data.copy(), metadata, features_of(found))
        self.clear_preview()
        self.viewer.layers.selection.active = layer
        return layer

    def show_labels(
        self,
        image: Image,
        labels: NDArray[Any],
        metadata: dict[str, Any] | None = None,
        features: pd.DataFrame | None = None,
    ) -> Labels:
        """Show labels over an image, in the labels layer that belongs to it."""
        layer = self.labels_layer_of(image)
        data = smallest_ids(labels)
        if layer is None:
            layer = self._labels[image] = self._labels_over(image, f"{image.name} labels", data)
            self._add(layer)
        else:
            self._swap(layer, data, image)
            layer.name = f"{image.name} labels"
        self._blank.discard(layer)
        layer.metadata = metadata or {}
        layer.features = pd.DataFrame() if features is None else features
        if not layer.visible:
            # Saying it again would put a person's tool down.
            layer.visible = True
        return layer

    def show_blank(self, image: Image, shape: tuple[int, ...]) -> Labels:
        """Empty the labels layer of an image that has none, ready to be drawn in."""
        layer = self.show_labels(image, np.zeros(shape, np.uint16))
        self._blank.add(layer)
        return layer

    def fill(self, layer: Labels) -> None:
        """Take note that something was drawn in a layer."""
        self._blank.discard(layer)

    @staticmethod
    def _labels_over(image: Image, name: str, data: NDArray[Any]) -> Labels:
        placed = {key: getattr(image, key)[-data.ndim :] for key in ("scale", "translate", "units", "axis_labels")}
        return Labels(data, name=name, opacity=0.6, **placed)

    def _add(self, layer: Labels) -> None:
        selected = set(self.viewer.layers.selection)
        self.viewer.add_layer(layer)
        # A layer that came by itself must not take the selection away from what the person chose.
        if selected:
            self.viewer.layers.selection = selected

    @staticmethod
    def _swap(layer: Labels, data: NDArray[Any], image: Image) -> None:
        layer.data = data
        layer.scale, layer.translate = image.scale[-data.ndim :], image.translate[-data.ndim :]
        forget_history(layer)


def forget_history(layer: Labels) -> None:
    """Empty napari's own history, which would write the old labels' values into new ones."""
    mode = layer.mode
    # Becoming uneditable is the public way to it.
    layer.editable = False
    layer.editable = True
    layer.mode = mode


def labels_shape(image: Image, axes: Axes) -> tuple[int, ...]:
    """Shape of the labels of an image layer: its leading axes, height and width."""
    sizes = dict(zip(axes.names, image.data.shape, strict=True))
    return tuple(int(sizes[name]) for name in (*axes.leading, "Y", "X"))


def features_of(found: Instances | None) -> pd.DataFrame:
    """Turn the objects of one plane into a labels layer's features; ``index`` is the id.

    ``None``, a stack, gives none: ids restart in every plane, and napari has one row per id.
    """
    if found is None:
        return pd.DataFrame()
    columns = {"score": found.scores, "class": found.named_classes, "order": found.order}
    known = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame({"index": np.arange(1, found.count + 1), **known})
