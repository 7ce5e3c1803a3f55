"""The Fine-tune dock: connects its controls, the project that is learned from, and the training beside the window.

What each part does is in its own file; here they only meet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari import Viewer
from napari.utils.theme import get_theme
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_leafseg.core.errors import Cancelled, LeafsegError, TrainingError
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check
from napari_leafseg.inference.comparison_file import ComparedImage
from napari_leafseg.training.child import as_text
from napari_leafseg.training.wishes import Wish
from napari_leafseg.widgets.comparison_layers import ComparisonLayers, ReadRow, read_row
from napari_leafseg.widgets.connections import Connections
from napari_leafseg.widgets.curve_plot import load_library
from napari_leafseg.widgets.fine_tune_view import FineTuneView
from napari_leafseg.widgets.fine_tuning import FineTuning, Order
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.past_runs import decide, keep_weights, undecided
from napari_leafseg.widgets.run_history import RunHistory
from napari_leafseg.widgets.run_looking import RunLook
from napari_leafseg.widgets.segmenter_loader import SegmenterLoader
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.starting import (
    Begin,
    arguments,
    begin_with,
    begin_with_run,
    order,
    proposed_name,
    resumption,
)
from napari_leafseg.widgets.state import state_of, unwrapped
from napari_leafseg.widgets.teaching import Teaching
from napari_leafseg.widgets.training_display import TrainingDisplay

NO_FOLDER = "Open a folder of images in the Images dock first."
NO_WEIGHTS = "Choose a model and weights in the Segment dock first: the training begins with them."
NO_IMAGES = "Correct an image first, and mark it as corrected."
NO_NAME = "Give the new weights a name first."
NONE_KEPT = "Nothing was compared: no image was kept aside to check on."
NO_END = "Nothing was compared: the training did not come to its end."
BUSY = "A training is running: wait for its end, or stop it first."


class FineTuneDock(QWidget):
    """Teaches a model the corrections of a folder, and shows that it learned."""

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(napari_viewer)
        self._state = state_of(napari_viewer)
        self.view = FineTuneView(self)
        self.tuning = FineTuning(self._state.jobs, self)
        self.loader = SegmenterLoader(self._state.jobs, self)
        self.teaching = Teaching(self._state, self.view.data, self)
        self.history = RunHistory(self._state, self.view.history, self)
        self.layers = ComparisonLayers(self._viewer)
        self._display = TrainingDisplay(self.view.training, self._state.jobs, self)
        self._opening: LatestWins[tuple[Path, Any]] = LatestWins(self._state.jobs, _opened_row, self)
        self._look: RunLook | None = None
        self._begin: Begin | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._connections = Connections(self._pairs())
        self.destroyed.connect(self._connections.close)
        self._state.jobs.start(load_library)
        self.view.form.setDevice(self._state.options.device)
        self._on_theme()
        self._on_segmenter(self._state.segmenter)
        self._on_folder()

    def _pairs(self) -> list[tuple[Any, Any]]:
        view, tuning, state = self.view, self.tuning, self._state
        training, result, history = view.training, view.result, view.history
        return [
            (view.form.start_requested, self.start),
            (view.form.changed, self._refresh_ready),
            (training.pause_requested, self._on_pause),
            (training.continue_requested, self._on_continue),
            (training.stop_requested, self._on_stop),
            (training.resume_requested, self._on_resume_shown),
            (result.use_requested, self.use),
            (result.train_on_requested, self.train_on),
            (result.discard_requested, self.discard),
            (result.image_requested, self._on_image_requested),
            (result.close_requested, self._on_close_image),
            (history.show_requested, self._on_show_requested),
            (history.use_requested, self._use),
            (history.resume_requested, self.resume),
            (self.history.told, view.message.say),
            (self.history.failed, self._on_failed),
            (tuning.looked, self._on_looked),
            (tuning.ended, self._on_ended),
            (tuning.failed, self._on_start_failed),
            (self._opening.returned, self._on_row_read),
            (self._opening.errored, self._on_failed),
            (self.loader.loaded, self._on_loaded),
            (self.loader.failed, self._on_failed),
            (self.teaching.changed, self._refresh_ready),
            (self.teaching.failed, self._on_failed),
            (state.events.folder, self._on_folder),
            (state.events.segmenter, self._on_segmenter),
            (self._viewer.events.theme, self._on_theme),
            *self.teaching.pairs(),
        ]

    # --- starting -------------------------------------------------------------------

    def start(self, wanted: Wanted) -> None:
        """Start a training beside the window."""
        folder, begin = self._state.folder, self._begin
        if folder is None or begin is None:
            return
        try:
            self._start(order(wanted, begin, folder.root))
        except LeafsegError as error:
            self.view.message.complain(error)

    def _start(self, what: Order) -> None:
        self.view.message.say("")
        self._display.begin(what.run)
        self.view.setRunning(True)
        self.tuning.start(what, self._state.project.flush)

    def resume(self, run: Path) -> None:
        """Let a run go on where it stopped."""
        if self._is_busy():
            return
        self._state.jobs.start(lambda *_: resumption(run), returned=self._start, errored=self._on_failed)

    def _on_show_requested(self, run: Path) -> None:
        if not self._is_busy():
            self.tuning.follow(run)

    def _is_busy(self) -> bool:
        """Whether a training is shown, which is not to be lost from sight; says so."""
        if self.tuning.training:
            self._on_failed(TrainingError(BUSY))
        return self.tuning.training

    def _on_resume_shown(self) -> None:
        if self.tuning.run is not None:
            self.resume(self.tuning.run)

    def _on_start_failed(self, error: Exception) -> None:
        self.view.setRunning(self.tuning.training)
        self.view.training.setVisible(self.tuning.training)
        self._on_failed(error)

    def _on_pause(self) -> None:
        self.tuning.wish(Wish.PAUSE)

    def _on_continue(self) -> None:
        self.tuning.wish(Wish.GO)

    def _on_stop(self) -> None:
        self.tuning.wish(Wish.STOP)

    # --- following ------------------------------------------------------------------

    def _on_looked(self, look: RunLook) -> None:
        self._look = look
        self._display.show(look)
        self.view.setRunning(look.running)
        self.view.training.show()
        self.view.result.setVisible(not look.running)
        if not look.running:
            self._show_end(look)

    def _show_end(self, look: RunLook) -> None:
        failed = look.story.failed
        if failed is not None and failed.smaller_batch is not None:
            self.view.form.setBatch(failed.smaller_batch)
            self.view.form.advanced.setOpen(True)
            self.view.message.say(f"A batch of {failed.smaller_batch} is filled in: Start tries again with it.")
        why = "" if look.comparison is not None else NONE_KEPT if look.story.finished is not None else NO_END
        self.view.result.setComparison(look.comparison, why)
        self.view.result.setUsable(look.weights)

    def _on_ended(self, _: RunLook) -> None:
        self._propose_name()
        self.history.refresh()

    # --- what is to become of it ----------------------------------------------------

    def use(self) -> None:
        """Keep the weights of the run that is shown, and segment with them."""
        if self.tuning.run is not None:
            self._use(self.tuning.run)

    def _use(self, run: Path) -> None:
        self._state.jobs.start(lambda *_: keep_weights(run), returned=self._on_kept, errored=self._on_failed)

    def _on_kept(self, kept: tuple[str, Path]) -> None:
        self.loader.load(*kept)

    def _on_loaded(self, segmenter: Segmenter) -> None:
        self._state.segmenter = segmenter
        name = "" if segmenter.source is None else segmenter.source.stem
        self.view.message.say(f"Segmenting with “{name.removeprefix(f'{segmenter.method}-')}” from now on.")
        if not self.tuning.training:
            self._close_run()

    def train_on(self) -> None:
        """Begin another training with the weights of the run that is shown."""
        look = self._look
        if look is None or look.about is None:
            return
        self._begin = begin_with_run(look.about.method, look.path)
        self._decide(look.path)
        self._close_run()
        self._refresh_ready()

    def discard(self) -> None:
        """Leave the weights of the run that is shown to the history."""
        if self._look is not None:
            self._decide(self._look.path)
        self.view.message.say("The weights are as before; the run stays under “Earlier runs”.")
        self._close_run()

    def _decide(self, run: Path) -> None:
        self._state.jobs.start(lambda *_: decide(run), errored=self._on_failed)

    def _close_run(self) -> None:
        self.tuning.follow(None)
        self._look = None
        self._on_close_image()
        for widget in (self.view.training, self.view.result):
            widget.hide()
        self._propose_name()

    # --- image by image -------------------------------------------------------------

    def _on_image_requested(self, name: str, place: int) -> None:
        compared = None if self._look is None or self._look.comparison is None else self._look.comparison.of(name)
        if compared is not None and self._look is not None:
            self._opening.submit((self._look.path, compared.rows[place]))

    def _on_row_read(self, read: ReadRow, _: Any) -> None:
        self.layers.show(read)
        self.view.result.setImageOpen(True)

    def _on_close_image(self) -> None:
        self.layers.remove()
        self.view.result.setImageOpen(False)

    # --- what is shown --------------------------------------------------------------

    def _on_folder(self, _: Any = None) -> None:
        folder = self._state.folder
        if not self.tuning.training:
            self._close_run()
        self.history.refresh()
        self.teaching.refresh()
        if folder is not None and not self.tuning.training:
            root = folder.root
            self._state.jobs.start(
                lambda check, _: (root, undecided(root, check)), returned=self._on_found_again, errored=self._on_failed
            )

    def _on_found_again(self, found: tuple[Path, Path | None]) -> None:
        root, run = found
        folder = self._state.folder
        if run is not None and folder is not None and folder.root == root and not self.tuning.training:
            self.tuning.follow(run)

    def _on_segmenter(self, segmenter: Segmenter | None) -> None:
        self._begin = begin_with(segmenter)
        self.teaching.set_start(*((None, ()) if segmenter is None else (segmenter.card, segmenter.classes)))
        self._refresh_ready()

    def _propose_name(self) -> None:
        folder = self._state.folder
        if folder is not None:
            self.view.form.setName(proposed_name(folder.root))
        self._refresh_ready()

    def _refresh_ready(self) -> None:
        folder, begin, form = self._state.folder, self._begin, self.view.form
        form.setNoneChecks(self.teaching.learned > 1 and not self.teaching.checked)
        wanted = form.value()
        missing = "" if wanted.name else NO_NAME
        missing = missing if self.teaching.learned else NO_IMAGES
        missing = missing if begin is not None else NO_WEIGHTS
        missing = missing if folder is not None else NO_FOLDER
        form.setReady(not missing, missing)
        form.setBegins("no weights yet" if begin is None else begin.words)
        if folder is not None and begin is not None and wanted.name:
            form.setCommand(as_text(arguments(wanted, begin, folder.root)))
        else:
            form.setCommand("")

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.view.message.complain(error)

    def _on_theme(self, _: Any = None) -> None:
        self.view.training.setTextColour(get_theme(self._viewer.theme).text.as_hex())


def _opened_row(request: tuple[Path, ComparedImage], check: Check) -> ReadRow:
    return read_row(*request, check)
