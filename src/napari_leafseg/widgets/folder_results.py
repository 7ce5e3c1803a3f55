"""Takes what a folder run found into the folder's project, as predictions, unless a person's labels stand there.

Between the run, the project and the image in sight; knows no control and reads no file.
"""

from __future__ import annotations

from pathlib import Path

from napari_leafseg.core.provenance import METADATA_KEY
from napari_leafseg.data.layouts import Entry, ImageFolder
from napari_leafseg.data.layouts.project import ProjectLabels
from napari_leafseg.data.project import Change, Status
from napari_leafseg.inference.results import Result
from napari_leafseg.widgets.project_marks import as_features
from napari_leafseg.widgets.state import State

RUN = "Folder run"


class FolderResults:
    """Keeps results of folder runs."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._folder: ImageFolder | None = None
        self._entries: dict[Path, Entry] = {}

    def take_in(self, image: Path, result: Result) -> bool:
        """Keep the result of an image; whether it was.

        Labels that a person worked on, or that came with the images, stay: the first are somebody's time, and from
        the second networks may learn, as they must not from predictions.
        """
        state = self._state
        if not self._may_be_replaced(image):
            return False
        state.results.pop(image, None)
        if state.saving.image == image:
            self._show(result)
        else:
            state.shelf.drop(image)
            state.project.save(image, _change(result))
        return True

    def _may_be_replaced(self, image: Path) -> bool:
        project, saving, entry = self._state.project, self._state.saving, self._entry(image)
        if project.project is None or entry is None:
            return False
        status = saving.status if saving.image == image else project.status(image)
        return status is Status.PREDICTED or (status is Status.NEW and not _has_given(entry))

    def _entry(self, image: Path) -> Entry | None:
        folder = self._state.folder
        if folder is not self._folder:
            self._folder = folder
            self._entries = {} if folder is None else {entry.image: entry for entry in folder.entries}
        return self._entries.get(image)

    def _show(self, result: Result) -> None:
        """Give it to the layer in sight, as one action that can be taken back."""
        layers, metadata = self._state.layers, {METADATA_KEY: result.record.model_dump(mode="json")}
        image = layers.image
        if image is None:
            return
        with self._state.correcting.replacing(layers.labels_layer_of(image), RUN, Status.PREDICTED):
            labels = layers.show_labels(image, result.labels, metadata, as_features(result.scores, result.classes))
        # Two sets of labels on top of each other cannot be told apart.
        preview = layers.preview
        labels.visible = layers.previewed is not image or preview is None or not preview.visible


def _has_given(entry: Entry) -> bool:
    labels = entry.labels
    return (labels.given if isinstance(labels, ProjectLabels) else labels) is not None


def _change(result: Result) -> Change:
    return Change(
        labels=result.labels,
        status=Status.PREDICTED,
        checked=(),
        classes=result.classes,
        scores=result.scores,
        record=result.record,
        what=(RUN,),
    )
