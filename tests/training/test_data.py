"""What is trained on, what validates, and the card that says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.data.layouts import move
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.training.data import TrainingData, card_of, load_data, typical_diameter


def _folder(root: Path, names: list[str]) -> Path:
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    for name in names:
        labels = np.zeros((32, 32), np.uint8)
        labels[4:14, 4:14] = 1
        Image.fromarray(labels * 200).save(root / "images" / f"{name}.png")
        Image.fromarray(labels).save(root / "labels" / f"{name}.png")
    return root


def _names(samples: Sequence[Sample]) -> list[str]:
    return sorted(sample.name for sample in samples)


def test_some_are_held_out_and_the_person_is_told_how(tmp_path: Path) -> None:
    """Which, is the folder's division (`data.layouts.divide`)."""
    found = load_data(_folder(tmp_path, [f"a{i}" for i in range(10)]), None, "range")
    assert len(found.train) + len(found.validation) == 10 and found.validation
    assert "a fifth" in found.division
    assert not set(_names(found.train)) & set(_names(found.validation))


def test_an_image_that_a_person_moved_is_trained_on(tmp_path: Path) -> None:
    """And when none is left to train on, they are told what to do."""
    root = _folder(tmp_path, list("abcd"))
    (held_out, *_) = _names(load_data(root, None, "range").validation)
    move(root, f"images/{held_out}.png", "train")
    found = load_data(root, None, "range")
    assert held_out in _names(found.train) and "1 put on their side by hand" in found.division
    for name in "abcd":
        move(root, f"images/{name}.png", "val")
    with pytest.raises(TrainingError, match="move some to the training images"):
        load_data(root, None, "range")


def test_split_csv_decides(tmp_path: Path) -> None:
    """And test images are touched by neither."""
    root = _folder(tmp_path, ["a", "b", "c"])
    (root / "split.csv").write_text("stem,split\na,train\nb,val\nc,test\n", encoding="utf-8")
    found = load_data(root, None, "range")
    assert (_names(found.train), _names(found.validation)) == (["a"], ["b"])


def test_a_second_folder_validates(tmp_path: Path) -> None:
    """Then all of the first is trained on."""
    found = load_data(_folder(tmp_path / "t", list("abcde")), _folder(tmp_path / "v", ["x"]), "range")
    assert (len(found.train), _names(found.validation)) == (5, ["x"])


def test_of_a_project_only_what_was_looked_at_is_trained_on(tmp_path: Path) -> None:
    """Predictions are no truth; checked objects are, and the rest of their image is ignored."""
    root = _folder(tmp_path, ["a", "b", "c"])
    labels = np.zeros((32, 32), np.int32)
    labels[2:6, 2:6], labels[20:30, 20:30] = 1, 2
    with Project(root) as project:
        project.save(root / "images/b.png", Change(labels=labels, status=Status.PREDICTED))
        project.save(root / "images/c.png", Change(labels=labels, status=Status.PREDICTED, checked=[1]))
    found = load_data(root, None, "range")
    assert _names(found.train) == ["a", "c"]
    partly = next(sample for sample in found.train if sample.name == "c")
    assert partly.ignore is not None
    assert partly.ignore[labels == 2].all() and not partly.ignore[labels == 1].any()


def test_few_images_are_all_trained_on(tmp_path: Path) -> None:
    """And the person is told that nothing validates."""
    found = load_data(_folder(tmp_path, ["a", "b"]), None, "range")
    assert len(found.train) == 2 and not found.validation
    assert "too few" in found.division


def test_images_without_labels_are_refused(tmp_path: Path) -> None:
    """In a sentence that says what is missing."""
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(TrainingError, match="no labelled image"):
        load_data(tmp_path, None, "range")


def test_the_card_knows_size_source_and_start(tmp_path: Path) -> None:
    """Ten by ten pixels are as much as a disc of 11.3."""
    found = load_data(_folder(tmp_path / "leaves", ["a", "b"]), None, "range")
    assert typical_diameter(found.train) == 11.3
    card = card_of(found.origin, Card(title="nuclei", data="many", licence="CC0"))
    assert card.object_size == 11.3
    assert card.licence == "CC0"
    assert "2 images of leaves" in card.data and "nuclei" in card.data


def test_nothing_is_said_of_a_start_from_nothing(tmp_path: Path) -> None:
    """A fresh network carries the licence of its images alone."""
    found = load_data(_folder(tmp_path / "leaves", ["a", "b"]), None, "range")
    card = card_of(found.origin, Card())
    assert (card.data, card.licence) == ("2 images of leaves", "as your images'")


@pytest.mark.parametrize(
    ("start", "source"),
    [
        (Card(subject="rosette", data="drawings"), "drawn:mixed"),
        (Card(subject="nuclei", data="photographs"), "drawn:nuclei"),
        (Card(subject="my pots", data="photographs", source="drawn:tobacco"), "drawn:tobacco"),
        (Card(subject="my pots", data="photographs"), "drawn:broadleaf"),
    ],
)
def test_what_weights_first_learned_from_stays_on_record(start: Card, source: str) -> None:
    """However often they are fine-tuned; where they do not say it, it is what they learn from now."""
    assert card_of(Card(source="drawn:broadleaf"), start).source == source


def test_no_objects_no_size() -> None:
    """An empty data set has no typical object."""
    assert typical_diameter([]) is None


def test_classes_follow_their_names_not_their_numbers() -> None:
    """Weights that know rust and leaf go on with data that knows leaf and pot."""
    image = np.zeros((8, 8, 3), np.float32)
    sample = Sample("a", image, np.eye(8, dtype=np.int32), classes={1: 0, 2: 1})
    data = TrainingData([sample], [sample], "", ("leaf", "pot")).renumbered(("rust", "leaf"))
    assert data.classes == ("rust", "leaf")
    assert data.train[0].classes == data.validation[0].classes == {1: 1}
