"""What the docks of one viewer share: one object per viewer, found by the viewer.

Says what changed through psygnal signals (`State.events`). No singleton and no global but
the weak table that finds it. Knows no dock and makes no layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from psygnal import SignalGroupDescriptor
from psygnal.containers import EventedDict

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.widgets.jobs import Jobs
from napari_leafseg.widgets.preferences import cache_bytes, default_device

if TYPE_CHECKING:
    from napari import Viewer

    from napari_leafseg.data.layouts import Entry, ImageFolder
    from napari_leafseg.widgets.correcting import Correcting
    from napari_leafseg.widgets.layers import LayerSet
    from napari_leafseg.widgets.project_saving import ProjectSaving
    from napari_leafseg.widgets.project_session import ProjectSession
    from napari_leafseg.widgets.shelf import Shelf


@dataclass(eq=False)
class State:
    """Shared by the docks of one viewer.

    Attributes
    ----------
    layers
        The layers of this viewer that the plugin made.
    jobs
        Everything that runs beside the window.
    cache
        Predictions kept.
    folder
        The folder of images, if one is open.
    entry
        The image of it that is shown.
    segmenter
        The method with its weights.
    options
        Of `encode`.
    params
        Live parameters of the segmenter; ``None`` as long as there is none.
    statuses
        By image path, what became of an image of the folder, in words.
    results
        By image path, the file of the labels that a folder run wrote, if the project did not take them in.
    correcting
        The labels being corrected, and their order of undo.
    project
        What the project of the folder keeps.
    saving
        Saves what changes.
    shelf
        Labels of the images that were left.
    """

    layers: LayerSet
    jobs: Jobs = field(default_factory=Jobs)
    cache: PredictionCache = field(default_factory=PredictionCache)
    folder: ImageFolder | None = None
    entry: Entry | None = None
    segmenter: Segmenter | None = None
    options: EncodeOptions = field(default_factory=EncodeOptions)
    params: Params | None = None
    statuses: EventedDict[Path, str] = field(default_factory=EventedDict)
    results: dict[Path, Path] = field(default_factory=dict)
    correcting: Correcting = field(init=False)
    project: ProjectSession = field(init=False)
    saving: ProjectSaving = field(init=False)
    shelf: Shelf = field(init=False)

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(
        equality_operators=dict.fromkeys(
            (
                *("layers", "jobs", "cache", "folder", "entry", "segmenter", "statuses"),
                *("correcting", "project", "saving", "shelf"),
            ),
            lambda old, new: old is new,
        )
    )

    def __post_init__(self) -> None:
        from napari_leafseg.widgets.correcting import Correcting
        from napari_leafseg.widgets.project_saving import ProjectSaving
        from napari_leafseg.widgets.project_session import ProjectSession
        from napari_leafseg.widgets.shelf import Shelf

        self.correcting, self.project = Correcting(self.layers), ProjectSession()
        self.saving, self.shelf = ProjectSaving(self.layers, self.correcting, self.project), Shelf(self.jobs)


_states: WeakKeyDictionary[Any, State] = WeakKeyDictionary()


def unwrapped(viewer: Any) -> Viewer:
    """Return the viewer itself of the proxy that napari hands to plugins; two proxies are two keys."""
    return getattr(viewer, "__wrapped__", viewer)


def state_of(viewer: Any) -> State:
    """Return the state of a viewer, made when first asked for."""
    from napari_leafseg.widgets.layers import LayerSet

    viewer = unwrapped(viewer)
    if viewer not in _states:
        _states[viewer] = State(
            LayerSet(viewer),
            cache=PredictionCache(cache_bytes()),
            options=EncodeOptions(device=default_device()),
        )
    return _states[viewer]


def call_with_each(callback: Callable[[State], None]) -> None:
    """Call a function with the state of every viewer there is."""
    for state in list(_states.values()):
        callback(state)
