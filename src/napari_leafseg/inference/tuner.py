"""Live tuning: the newest parameters win, at most one decoding runs at a time.

Free of threads and windows: whoever asks runs the `Work` that is handed out, anywhere, and
says when it is done. Decoding and its memo belong to one prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.tiles import Window
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.inference.region import crop

T = TypeVar("T")


class Latest(Generic[T]):
    """At most one request is out; of those that come meanwhile only the newest is remembered."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: list[T] = []

    @property
    def busy(self) -> bool:
        """Whether a request is out."""
        return self._busy

    def offer(self, request: T) -> T | None:
        """Return the request if it may be run now; else remember it and return ``None``."""
        if self._busy:
            self._waiting = [request]
            return None
        self._busy = True
        return request

    def done(self) -> T | None:
        """Say that the request that was out is done; return the next one to run, if any."""
        if self._waiting:
            return self._waiting.pop()
        self._busy = False
        return None

    def forget(self) -> None:
        """Drop what waits; what is out stays out until `done`."""
        self._waiting = []


@dataclass(frozen=True)
class Work:
    """One decoding to run.

    Attributes
    ----------
    params
        Live parameters.
    window
        The part of the image to decode, or ``None`` for all of it.
    """

    params: Params
    window: Window | None = None


@dataclass(frozen=True)
class Tuned:
    """What a decoding found.

    Attributes
    ----------
    work
        What was asked for.
    instances
        The objects, of the whole image or of ``window``.
    window
        Where they lie; ``None`` for the whole image.
    """

    work: Work
    instances: Instances
    window: Window | None


class Tuner:
    """One prediction, decoded again and again.

    Parameters
    ----------
    segmenter, prediction
        What to decode, and by whom.
    memo
        For intermediate results; a bounded one of its own if not given.
    """

    def __init__(self, segmenter: Segmenter, prediction: Prediction, memo: Memo | None = None) -> None:
        self.segmenter = segmenter
        self.prediction = prediction
        self.memo = BoundedMemo() if memo is None else memo
        self._latest: Latest[Work] = Latest()
        self._part: tuple[Window, tuple[Prediction, Window], BoundedMemo] | None = None

    @property
    def busy(self) -> bool:
        """Whether a decoding is out."""
        return self._latest.busy

    def request(self, params: Params, window: Window | None = None) -> Work | None:
        """Ask for a decoding; what is returned is to be run now, ``None`` means later or never."""
        return self._latest.offer(Work(params, window))

    def done(self) -> Work | None:
        """Say that the work that was out is done; what is returned is to be run next."""
        return self._latest.done()

    def run(self, work: Work) -> Tuned:
        """Decode. May run in any thread, one at a time."""
        if work.window is not None and (part := self._cropped(work.window)) is not None:
            (prediction, place), memo = part
            return Tuned(work, self.segmenter.decode(prediction, work.params, memo=memo), place)
        return Tuned(work, self.segmenter.decode(self.prediction, work.params, memo=self.memo), None)

    def _cropped(self, window: Window) -> tuple[tuple[Prediction, Window], BoundedMemo] | None:
        # A drag keeps the view still, so the last part and its memo serve all its steps.
        if self._part is None or self._part[0] != window:
            part = crop(self.prediction, window)
            if part is None:
                return None
            self._part = (window, part, BoundedMemo())
        return self._part[1], self._part[2]
