"""One image being segmented: its planes, what the network said of them, and the objects found so far.

Between the tuner, which knows one plane, and a window or script that shows several. Free of
threads and windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.image import Axes, as_planes
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.provenance import Record, array_hash, record_of
from napari_leafseg.core.segmenter import Box, Point, Segmenter
from napari_leafseg.core.work import Check, Progress, never, silent
from napari_leafseg.inference.cache import PredictionCache, key_of
from napari_leafseg.inference.tuner import Tuner

Index = tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """The objects of one plane.

    Attributes
    ----------
    index
        The plane's place in the leading axes; ``()`` for an image of one plane.
    prediction
        What the network said.
    instances
        What the parameters made of it.
    params
        Those parameters.
    """

    index: Index
    prediction: Prediction
    instances: Instances
    params: Params


@dataclass(eq=False)
class Session:
    """One image with one segmenter and one set of options.

    Attributes
    ----------
    image
        Any array.
    axes
        What its axes are.
    segmenter, options
        Who segments it, and how the network runs.
    cache
        Where predictions are kept across sessions.
    tuners
        By plane, of those that went through the network.
    found
        By plane, the objects found last.
    decoded
        By plane, the parameters that found them.
    """

    image: Any
    axes: Axes
    segmenter: Segmenter
    options: EncodeOptions
    cache: PredictionCache = field(default_factory=PredictionCache)
    tuners: dict[Index, Tuner] = field(default_factory=dict)
    found: dict[Index, Instances] = field(default_factory=dict)
    decoded: dict[Index, Params] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._planes, self.leading = as_planes(self.image, self.axes)
        self._image_hash: str | None = None

    def indices(self) -> list[Index]:
        """Places of all planes, in order."""
        return list(np.ndindex(self.leading))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a plane."""
        height, width = self._planes.shape[len(self.leading) : len(self.leading) + 2]
        return int(height), int(width)

    def run(
        self, indices: Sequence[Index], params: Params, check: Check = never, progress: Progress = silent
    ) -> Iterator[Found]:
        """Segment planes one after another, keeping what the network says. May run in any thread.

        The caller takes each result in with `keep`, in the thread that reads the session.
        """
        if self._image_hash is None and isinstance(self.image, np.ndarray):
            self._image_hash = array_hash(self.image)
        for done, index in enumerate(indices):
            check()
            prediction = self._predict(index, check, progress if len(indices) == 1 else silent)
            yield Found(index, prediction, self.segmenter.decode(prediction, params), params)
            progress(done + 1, len(indices))

    def _predict(self, index: Index, check: Check, progress: Progress) -> Prediction:
        if index in self.tuners:
            return self.tuners[index].prediction
        plane = np.asarray(self._planes[index])
        channels = "C" if self.axes.channel == "C" else "S"
        key = key_of((array_hash(plane), channels), self.segmenter, self.options)
        prediction = self.cache.get(key)
        if prediction is None:
            prediction = self.segmenter.encode(
                plane,
                self.options,
                check=check,
                progress=progress,
                channels=channels,  # type: ignore[arg-type]
            )
            self.cache.put(key, prediction)
        return prediction

    def prompt(
        self, index: Index, prompt: Point | Box, params: Params, check: Check = never
    ) -> tuple[Prediction, NDArray[np.bool_]]:
        """Ask for the object at a point or in a box of a plane. May run in any thread.

        The network runs only if it never ran on this plane; the caller takes its prediction in with `know`.

        Returns
        -------
        The prediction, and bool (height, width).
        """
        prediction = self._predict(index, check, silent)
        return prediction, self.segmenter.prompt(prediction, prompt, params)

    def know(self, index: Index, prediction: Prediction) -> None:
        """Take in what the network said of a plane."""
        tuner = self.tuners.get(index)
        if tuner is None or tuner.prediction is not prediction:
            self.tuners[index] = Tuner(self.segmenter, prediction)

    def keep(self, found: Found) -> None:
        """Take in a result of `run`."""
        self.know(found.index, found.prediction)
        self.update(found.index, found.instances, found.params)

    def update(self, index: Index, instances: Instances, params: Params) -> None:
        """Take in the objects that other parameters gave for a plane."""
        self.found[index], self.decoded[index] = instances, params

    def outdated(self, params: Params) -> list[Index]:
        """Planes whose objects were found with other parameters."""
        return [index for index, used in self.decoded.items() if used != params]

    @property
    def count(self) -> int:
        """Number of objects in all planes."""
        return sum(instances.count for instances in self.found.values())

    @property
    def device(self) -> str:
        """Where the network ran, in words; empty if it did not yet."""
        return next((tuner.prediction.device for tuner in self.tuners.values()), "")

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences a person should read, each once."""
        return tuple(dict.fromkeys(note for tuner in self.tuners.values() for note in tuner.prediction.notes))

    def record(self, params: Params) -> Record:
        """Write down how the objects were made."""
        return record_of(
            self.segmenter,
            self.options,
            params,
            device=self.device,
            axes=self.axes.names,
            image_hash=self._image_hash,
        )
