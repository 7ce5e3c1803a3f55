"""Tunes the live parameters on a person's labels, beside the window, and takes it back.

Between the controls, the state and `inference.tuning`.
"""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.inference.tuning import tune
from napari_leafseg.inference.tuning_events import Event, TuningFinished
from napari_leafseg.widgets.image_source import axes_of_layer
from napari_leafseg.widgets.jobs import Job
from napari_leafseg.widgets.segment_view import SegmentView
from napari_leafseg.widgets.state import State
from napari_leafseg.widgets.tuning_labels import NO_LABELS, Gather, labels_over, of_folder, of_layers


class Tuning(QObject):
    """One search at a time, of the segmenter and the labels that are chosen when it starts.

    Signals
    -------
    ended
        A search is over: ``"done"``, ``"cancelled"`` or ``"failed"``.
    """

    ended = Signal(str)

    def __init__(self, view: SegmentView, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._bar, self._state = view, view.tune, state
        self._job: Job | None = None
        self._segmenter: Segmenter | None = None
        self._before: Params | None = None

    @property
    def running(self) -> bool:
        """Whether a search goes on."""
        return self._job is not None

    def start(self) -> None:
        """Search from what the sliders show."""
        segmenter, params = self._state.segmenter, self._view.params()
        if segmenter is None or params is None or self._job is not None:
            return
        gather = self._gather(segmenter)
        if gather is None:
            self._bar.message.complain(ImageError(NO_LABELS))
            return
        self._segmenter, self._before = segmenter, None
        options, cache = self._state.options, PredictionCache(self._state.cache.limit_bytes)
        self._job = self._state.jobs.start(
            lambda check, progress: tune(
                segmenter, gather(), start=params, options=options, cache=cache, check=check, progress=progress
            ),
            title="Tuning the parameters",
            yielded=self._on_event,
            progressed=self._bar.setProgress,
            cancelled=self._on_cancelled,
            errored=self._on_errored,
        )
        self._bar.message.say("")
        self._bar.setRunning(True)

    def cancel(self) -> None:
        """Ask the search for a stop; the parameters stay as they are."""
        if self._job is not None:
            self._job.cancel()

    def undo(self) -> None:
        """Show the parameters from before the last search."""
        if self._view.form is not None and self._before is not None:
            self._view.form.setValue(self._before)
        self.forget()

    def forget(self) -> None:
        """Say nothing of earlier searches any more: they were of another segmenter."""
        self.cancel()
        self._before = None
        self._bar.setUndo(False)
        self._bar.message.say("")

    def _gather(self, segmenter: Segmenter) -> Gather | None:
        state, layer, contrast = self._state, self._view.images.image(), segmenter.contrast
        shown = None
        if layer is not None:
            axes = axes_of_layer(layer, self._view.images.reading())
            labels = labels_over(state.layers, layer, axes)
            shown = None if labels is None else of_layers(layer, axes, labels, contrast)
        folder, entry = state.folder, state.entry
        if folder is not None and any(each.labels is not None for each in folder.entries):
            return of_folder(folder, contrast, entry.image if entry else None, shown)
        return shown

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, TuningFinished):
            return
        self._end("done")
        form, segmenter = self._view.form, self._segmenter
        if form is None or segmenter is None or segmenter is not self._state.segmenter:
            return
        self._bar.message.say(f"{event.gain}. {event.caution}")
        if event.changed:
            self._before = form.value()
            form.setValue(segmenter.params_type.parse(event.params))
            self._bar.setUndo(True)

    def _on_cancelled(self) -> None:
        self._bar.message.say("Cancelled; the parameters are as before.")
        self._end("cancelled")

    def _on_errored(self, error: Exception) -> None:
        self._bar.message.complain(error)
        self._end("failed")

    def _end(self, how: str) -> None:
        self._job = None
        self._bar.setRunning(False)
        self.ended.emit(how)
