"""The Segment dock: connects its controls, the session being segmented, and the layers.

What each part does is in its own file; here they only meet.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from napari import Viewer
from napari.layers import Image
from napari.utils.notifications import show_error
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_leafseg.core import registry
from napari_leafseg.core.errors import Cancelled, LeafsegError
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.tiles import Window
from napari_leafseg.data.project import Status
from napari_leafseg.inference.region import live_window
from napari_leafseg.inference.results import Result
from napari_leafseg.inference.session import Index, Session
from napari_leafseg.widgets.connections import Connections
from napari_leafseg.widgets.current_session import CurrentSession
from napari_leafseg.widgets.folder_results import FolderResults
from napari_leafseg.widgets.folder_run import DEFAULT_NAME, FolderRun
from napari_leafseg.widgets.image_source import asks_for_reading, axes_of_layer, current_index, images, in_sight
from napari_leafseg.widgets.measure import typical_diameter
from napari_leafseg.widgets.message_line import sentence_of
from napari_leafseg.widgets.preferences import cache_bytes
from napari_leafseg.widgets.run_bar import CURRENT, FOLDER, SLICE, SLICES
from napari_leafseg.widgets.segment_view import SegmentView
from napari_leafseg.widgets.segmenter_loader import Machine, SegmenterLoader
from napari_leafseg.widgets.segmenting import Segmenting
from napari_leafseg.widgets.state import state_of, unwrapped
from napari_leafseg.widgets.tuning import Tuning

logger = logging.getLogger(__name__)

STALE = "The network's options changed: run again to see what they give."


class SegmentDock(QWidget):
    """Model, weights, device, run, and the live parameters of the chosen method."""

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(napari_viewer)
        self._state = state_of(napari_viewer)
        self.view = SegmentView(self)
        self.segmenting = Segmenting(self._state.jobs, self)
        self.folder_run = FolderRun(self._state.jobs, self)
        self._folder_results = FolderResults(self._state)
        self.loader = SegmenterLoader(self._state.jobs, self)
        self.tuning = Tuning(self.view, self._state, self)
        self._session = CurrentSession(self._state)
        self._accepting = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._connections = Connections(self._pairs())
        self.destroyed.connect(self._connections.close)
        self.destroyed.connect(self._state.jobs.cancel)
        self._start()

    @property
    def viewer(self) -> Viewer:
        """The viewer that the dock belongs to."""
        return self._viewer

    def _pairs(self) -> list[tuple[Any, Any]]:
        view, state, viewer = self.view, self._state, self._viewer
        return [
            (view.images.image_chosen, self._on_image_chosen),
            (view.models.segmenter_requested, self._on_segmenter_requested),
            (view.models.weights_missing, self._on_weights_missing),
            (view.device.device_chosen, self._on_device_chosen),
            (view.options.valueChanged, self._on_options_changed),
            (view.options.measure_requested, self._on_measure_requested),
            (view.run.run_requested, self.start),
            (view.run.cancel_requested, self._on_cancel_requested),
            (view.params_changed, self._on_params_changed),
            (view.params_settled, self._on_params_settled),
            (view.accept_requested, self._on_accept_requested),
            (view.tune.tune_requested, self.tuning.start),
            (view.tune.cancel_requested, self.tuning.cancel),
            (view.tune.undo_requested, self.tuning.undo),
            (self.loader.loaded, self._on_loaded),
            (self.loader.probed, self._on_probed),
            (self.loader.failed, self._on_failed),
            (self.segmenting.started, self._on_started),
            (self.segmenting.progressed, view.run.setProgress),
            (self.segmenting.found, self._on_found),
            (self.segmenting.ended, self._on_ended),
            (self.segmenting.failed, self._on_failed),
            (self.folder_run.started, self._on_started),
            (self.folder_run.progressed, view.run.setProgress),
            (self.folder_run.image_ended, self._on_image_ended),
            (self.folder_run.ended, self._on_folder_ended),
            (self.folder_run.failed, self._on_folder_failed),
            (state.events.folder, self._refresh_scopes),
            (state.events.entry, self._on_entry_changed),
            (state.events.segmenter, self._on_segmenter_changed),
            (state.events.options, view.options.setValue),
            (viewer.layers.events.inserted, self._refresh_images),
            (viewer.layers.events.removed, self._refresh_images),
            (viewer.dims.events.current_step, self._on_slice_changed),
        ]

    def _start(self) -> None:
        self.view.options.setValue(self._state.options)
        self.view.device.setValue(self._state.options.device)
        self.loader.probe(self._state.options.device)
        self._refresh_images()
        self._refresh_scopes()
        if self._state.segmenter is None:
            self.view.models.request()
        else:
            self._on_segmenter_changed(self._state.segmenter)

    # --- what is segmented ----------------------------------------------------------

    def _refresh_images(self, _: Any = None) -> None:
        self.view.images.setImages([(layer.name, layer) for layer in images(self._viewer)])
        self._on_image_chosen()

    def _on_image_chosen(self) -> None:
        layer = self.view.images.image()
        self.view.images.setAmbiguous(layer is not None and asks_for_reading(layer))
        self._refresh_scopes()
        if self._current_session() is None:
            self.view.setCount(None)

    def _on_entry_changed(self, _: Any = None) -> None:
        layer = self._state.layers.image
        self._session.drop()
        self._state.layers.clear_preview()
        self._refresh_images()
        self.view.images.setImage(layer)
        self._on_image_chosen()
        self.view.message.say("")

    def _refresh_scopes(self, _: Any = None) -> None:
        layer = self.view.images.image()
        stack = layer is not None and bool(axes_of_layer(layer, self.view.images.reading()).leading)
        folder = (FOLDER,) if self._state.folder is not None else ()
        self.view.run.setScopes(((SLICE, SLICES) if stack else (CURRENT,)) + folder)
        self._refresh_ready()

    def _refresh_ready(self) -> None:
        missing = "Choose a model and weights first." if self._state.segmenter is None else ""
        if self.view.images.image() is None and self._state.folder is None:
            missing = "Open an image, or drop a folder of images on the viewer, first."
        self.view.run.setReady(not missing, missing)
        self.view.tune.setReady(not missing, missing)

    def _current_session(self) -> Session | None:
        return self._session.get(self.view.images.image(), self.view.images.reading())

    # --- model, device, options -----------------------------------------------------

    def _on_segmenter_requested(self, method: str, path: Path) -> None:
        self.view.message.say("Loading the weights…")
        self.loader.load(method, path)

    def _on_weights_missing(self, method: str) -> None:
        self._state.segmenter = None
        self.view.message.say("")
        self.view.card.setMissing(method, registry.method(method).title)

    def _on_loaded(self, segmenter: Segmenter) -> None:
        if segmenter.method != self.view.models.method():
            return  # a person has gone on to a model without weights meanwhile
        self.view.message.say("")
        self._state.segmenter = segmenter

    def _on_segmenter_changed(self, segmenter: Segmenter | None) -> None:
        # What still runs belongs to the segmenter before.
        self.segmenting.cancel()
        self.tuning.forget()
        if segmenter is None:
            self.view.setForm(None)
            self.view.setCount(None)
            self.view.options.setKnownSizes(None)
            self._state.params = None
            self._refresh_ready()
            return
        self.view.models.show_choice(segmenter.method, segmenter.source)
        self.view.setSegmenter(segmenter)
        self._state.params = segmenter.defaults
        self.view.setCount(None)
        self._refresh_ready()

    def _on_device_chosen(self, name: str) -> None:
        self._state.options = self._state.options.replace(device=name)
        self.loader.probe(name)

    def _on_probed(self, machine: Machine) -> None:
        self.view.device.setAvailable(machine.available)
        self.view.device.setWords(machine.words)

    def _on_options_changed(self, options: EncodeOptions) -> None:
        self._state.options = options.replace(device=self.view.device.value())
        session = self._current_session()
        if session is not None:
            self.view.message.say("" if session.options == self._state.options else STALE)

    def _on_measure_requested(self) -> None:
        layer = self.view.images.image()
        try:
            size = typical_diameter(self._labels_in_sight(layer))
        except LeafsegError as error:
            self.view.message.complain(error)
        else:
            self.view.options.setValue(self._state.options.replace(object_size=size))

    def _labels_in_sight(self, layer: Any) -> Any:
        """The labels of the current slice, else its preview, else nothing."""
        chosen = self._state.layers.labels_of(layer) or self._state.layers.preview
        if layer is None or chosen is None:
            return np.zeros((1, 1), np.int32)
        return chosen.data[self._index(layer)]

    def _index(self, layer: Any) -> Index:
        return current_index(self._viewer, layer, axes_of_layer(layer, self.view.images.reading()))

    # --- runs -----------------------------------------------------------------------

    def start(self, scope: str) -> None:
        """Run on the current image or slice, on all slices, or on the folder (`run_bar.TITLES`)."""
        segmenter, params = self._state.segmenter, self.view.params()
        if segmenter is None or params is None:
            return
        self._state.cache.limit_bytes = cache_bytes()
        if scope == FOLDER:
            self._run_folder(segmenter, params)
            return
        try:
            session = self._session.made(self.view.images.image(), self.view.images.reading(), segmenter)
        except LeafsegError as error:
            self._on_failed(error)
            return
        indices = session.indices() if scope == SLICES else [self._index(self.view.images.image())]
        self.segmenting.run(session, indices, params)

    def _run_folder(self, segmenter: Segmenter, params: Params) -> None:
        folder = self._state.folder
        if folder is None:
            return
        offered = str(folder.root / DEFAULT_NAME)
        chosen = QFileDialog.getExistingDirectory(self, "Folder for the labels", str(folder.root))
        if chosen:
            # Choosing the images' own folder means "here": the labels still get one of their own.
            out = Path(offered if Path(chosen) == folder.root else chosen)
            self.folder_run.run(folder, out, segmenter, self._state.options, params, self._said_axes())

    def _said_axes(self) -> str | None:
        """What a person said of the pages of the folder's images, if anything."""
        layer = self._state.layers.image
        if layer is None or not asks_for_reading(layer) or self.view.images.reading() == "stack":
            return None
        return axes_of_layer(layer, "colour").names

    def _on_cancel_requested(self) -> None:
        self.segmenting.cancel()
        self.folder_run.cancel()

    def _on_started(self) -> None:
        self.view.message.say("")
        self.view.run.setRunning(True)

    def _on_found(self, session: Session, index: Index, instances: Instances, window: Window | None) -> None:
        layer = self.view.images.image()
        if session is not self._current_session():
            return
        if self._state.layers.previewed is not layer:
            self._state.layers.start_preview(layer, session.axes)
            for place, known in session.found.items():
                self._state.layers.show_preview(place, known)
        self._state.layers.show_preview(index, instances, window)
        if window is None:
            self.view.setCount(session.count)

    def _on_ended(self, how: str) -> None:
        self.view.run.setRunning(False)
        session = self._current_session()
        accepting, self._accepting = self._accepting, False
        if how == "cancelled":
            self.view.message.say("Cancelled.")
        elif how == "done" and session is not None:
            self.view.message.say(" ".join(session.notes))
            if session.device:
                self.view.device.setWords(session.device)
            # A slider may have moved while the network ran.
            self._on_params_settled(self.view.params())
            if accepting:
                self._on_accept_requested()

    def _on_image_ended(self, image: Path, status: str, labels: Path | None, result: Result | None) -> None:
        self._state.statuses[image] = status
        taken = result is not None and self._folder_results.take_in(image, result)
        if labels is not None and not taken:
            self._state.results[image] = labels

    def _on_folder_ended(self, sentence: str) -> None:
        self.view.run.setRunning(False)
        self.view.message.say(sentence)

    def _on_folder_failed(self, error: Exception) -> None:
        self.view.run.setRunning(False)
        self._on_failed(error)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        self.view.message.complain(error)
        show_error(sentence_of(error))

    # --- live -----------------------------------------------------------------------

    def _on_params_changed(self, params: Params) -> None:
        self._state.params = params
        layer, session = self.view.images.image(), self._current_session()
        if session is None or layer is None:
            return
        window = live_window(session.shape, in_sight(layer, session.axes))
        self.segmenting.tune(session, self._index(layer), params, window)

    def _on_params_settled(self, params: Params | None) -> None:
        layer, session = self.view.images.image(), self._current_session()
        if session is None or layer is None or params is None:
            return
        self.segmenting.tune(session, self._index(layer), params)

    def _on_slice_changed(self, _: Any = None) -> None:
        session, params = self._current_session(), self.view.params()
        if session is not None and params is not None and session.outdated(params):
            self._on_params_settled(params)

    def _on_accept_requested(self) -> None:
        layer, session = self.view.images.image(), self._current_session()
        params = self.view.params()
        if layer is None or session is None or params is None or self.segmenting.running:
            return
        if outdated := session.outdated(params):
            # Slices out of sight still show older parameters; the record speaks for all of them.
            self._accepting = True
            self.segmenting.run(session, outdated, params)
            return
        self._accept(layer, session, params)

    def _accept(self, layer: Image, session: Session, params: Params) -> None:
        self.segmenting.forget()
        layers, correcting = self._state.layers, self._state.correcting
        with correcting.replacing(layers.labels_layer_of(layer), "Accept preview", Status.PREDICTED):
            accepted = layers.accept(layer, session.record(params), session.found.get(()))
        if accepted is not None:
            self.view.message.say(f"Accepted as “{accepted.name}”.")
            entry = self._state.entry
            if entry is not None and layer is self._state.layers.image:
                self._state.statuses[entry.image] = f"accepted, {session.count} objects"
