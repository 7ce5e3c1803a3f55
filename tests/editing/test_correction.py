"""A correction: actions of all kinds in one order of undo, with all that goes with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from editing.pictures import drawn, picture
from numpy.typing import NDArray

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.editing import choose, pieces, place, shape, split, whole
from napari_leafseg.editing.correction import IGNORE, ArraySurface, Correction
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.objects import Objects

SIDE = 96
STACK = (3, SIDE, SIDE)


def correcting(labels: NDArray[np.integer], **notes: object) -> Correction:
    return Correction(ArraySurface(labels), ArraySurface(np.zeros(labels.shape, bool)), notes)


# --- 100 actions of all kinds -------------------------------------------------------


@dataclass
class Hand:
    """Somebody who does anything anywhere."""

    correction: Correction
    rng: np.random.Generator
    did: Counter[str] = field(default_factory=Counter)

    def act(self) -> bool:
        """Try one action; whether it could be done."""
        actions: list[Callable[[], None]] = [
            *(lambda kind=kind: self.operate(kind) for kind in self.operations()),
            self.paint, self.paint, self.erase, self.ignore, self.check, self.classify, self.finish, self.accept,
        ]  # fmt: skip
        try:
            actions[self.rng.integers(len(actions))]()
        except EditError:
            return False
        return True

    def point(self) -> tuple[float, float]:
        row, column = self.rng.uniform(0, SIDE, 2)
        return float(row), float(column)

    def plane(self) -> tuple[int, ...]:
        leading = self.correction.labels.shape[:-2]
        return tuple(int(self.rng.integers(side)) for side in leading)

    def anything(self, objects: Objects) -> int:
        return int(self.rng.choice(objects.ids)) if len(objects) else 0

    def disc(self, radius: float) -> NDArray[np.bool_]:
        row, column = self.point()
        y, x = np.indices((SIDE, SIDE))
        return (y - row) ** 2 + (x - column) ** 2 <= radius**2

    def operations(self) -> dict[str, Callable[[Objects, int], object]]:
        corners = [self.point() for _ in range(3)]
        pixels = float(self.rng.integers(1, 5))
        return {
            "merge": lambda objects, _: place.merge(objects, choose.along(objects, corners)),
            "delete": lambda objects, identity: place.delete(objects, [identity]),
            "delete in a box": lambda objects, _: place.delete(objects, choose.inside(objects, *corners[:2])),
            "add": lambda objects, _: place.add(objects, self.disc(9)),
            "add over": lambda objects, _: place.add(objects, self.disc(9), over=True),
            "reshape": lambda objects, identity: place.reshape(objects, identity, self.disc(12)),
            "split": lambda objects, _: split.by_line(objects, corners[:2]),
            "seeds": self.seeds,
            "grow": lambda objects, identity: shape.grow(objects, identity, pixels),
            "shrink": lambda objects, identity: shape.shrink(objects, identity, pixels),
            "fill": shape.fill_holes,
            "smooth": lambda objects, identity: shape.smooth(objects, identity, pixels),
            "keep": pieces.keep_largest,
            "separate": pieces.separate,
            "relabel": lambda objects, _: whole.relabel(objects),
            "remove small": lambda objects, _: whole.remove_small(objects, 30),
        }

    def operate(self, kind: str) -> None:
        plane = self.plane()
        objects = self.correction.objects(plane)
        change = self.operations()[kind](objects, self.anything(objects))
        self.correction.do(kind, change, {"status": "in work"}, plane=plane)
        self.did[kind] += 1

    def seeds(self, objects: Objects, identity: int) -> Edit:
        box, mask = objects.mask(identity)
        inside = np.argwhere(mask) + [part.start for part in box]
        return split.by_seeds(objects, [tuple(inside[0]), tuple(inside[-1])])

    def stroke(self, value: int, surface: NDArray[np.integer], on: str) -> None:
        """What napari does: it writes, then says what it wrote."""
        plane = self.plane()
        before = surface[plane].copy()
        surface[plane][self.disc(self.rng.uniform(1, 9))] = value
        edit = Edit.between((slice(0, SIDE), slice(0, SIDE)), before, surface[plane])
        if not edit:
            raise EditError("nothing painted")
        self.correction.took(f"stroke on {on}", edit.on_plane(plane), on=on)
        self.did[f"stroke on {on}"] += 1

    def paint(self) -> None:
        self.stroke(int(self.rng.integers(1, 40)), self.correction.labels, "labels")

    def erase(self) -> None:
        self.stroke(0, self.correction.labels, "labels")

    def ignore(self) -> None:
        self.stroke(1, self.correction.ignore, IGNORE)

    def check(self) -> None:
        plane = self.plane()
        marks = self.correction.marks(plane).check(self.anything(self.correction.objects(plane)))
        self.correction.mark("check", marks, plane)
        self.did["check"] += 1

    def classify(self) -> None:
        plane = self.plane()
        marks = self.correction.marks(plane).classify(self.anything(self.correction.objects(plane)), "leaf")
        self.correction.mark("classify", marks, plane)
        self.did["classify"] += 1

    def finish(self) -> None:
        self.correction.note("status", {"status": self.rng.choice(["in work", "corrected"])})
        self.did["status"] += 1

    def accept(self) -> None:
        """Accept a preview; one in five has so many ids that 16 bits do not hold them."""
        seed = int(self.rng.integers(1000))
        preview = np.broadcast_to(draw_nuclei(SIDE, 20, seed)[1], self.correction.labels.shape)
        preview = np.where(preview > 0, preview + 65_530 * (self.rng.random() < 0.2), 0)
        kept = preview.astype(np.uint16 if preview.max() < 65_536 else np.int32)
        self.correction.do("accept", whole.replace_all(self.correction.labels, kept))
        self.did["accept"] += 1


def state(correction: Correction) -> tuple[object, ...]:
    notes = {key: value for key, value in correction.notes.items() if value not in (None, Marks())}
    return correction.labels.copy(), correction.ignore.copy(), notes


def assert_same(one: tuple[object, ...], two: tuple[object, ...]) -> None:
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    assert one[2] == two[2]


@pytest.mark.parametrize("stacked", [False, True], ids=["image", "stack"])
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_actions_undone_and_done_again(seed: int, stacked: bool) -> None:
    labels = draw_nuclei(SIDE, 20, seed)[1].astype(np.uint16)
    start = np.stack([labels] * 3) if stacked else labels
    correction = correcting(start.copy(), status="predicted")
    hand = Hand(correction, np.random.default_rng(seed))
    states = [state(correction)]
    while len(states) <= 100:
        if hand.act():
            states.append(state(correction))
    for expected in states[-2::-1]:
        assert correction.undo() is not None
        assert_same(state(correction), expected)
    assert np.array_equal(correction.labels, start)
    assert correction.undo() is None
    for expected in states[1:]:
        assert correction.redo() is not None
        assert_same(state(correction), expected)
    assert correction.redo() is None
    assert len(hand.did) >= 15, "the actions were of all kinds"


def test_objects_stay_true_through_actions_undo_and_redo() -> None:
    correction = correcting(draw_nuclei(SIDE, 20, 5)[1].astype(np.uint16))
    rng = np.random.default_rng(5)
    hand = Hand(correction, rng)
    for _ in range(300):
        {0: correction.undo, 1: correction.redo}.get(int(rng.integers(4)), hand.act)()
        objects, fresh = correction.objects(), Objects(correction.labels)
        assert objects.areas == fresh.areas
        assert [objects.box(identity) for identity in objects.ids] == [fresh.box(identity) for identity in fresh.ids]


# --- what goes with pixels ----------------------------------------------------------


def test_marks_go_with_the_objects_and_come_back() -> None:
    correction = correcting(drawn("1111.22 1111.22"))
    correction.mark("check", Marks(frozenset({1, 2}), {1: "leaf"}))
    objects = correction.objects()
    correction.do("Split", split.by_line(objects, [(0, 1), (1, 1)]))
    assert correction.marks() == Marks(frozenset({1, 2, 3}), {1: "leaf", 3: "leaf"})
    correction.do("Delete", place.delete(correction.objects(), [1, 2]))
    assert correction.marks() == Marks(frozenset({3}), {3: "leaf"})
    correction.do("Relabel", whole.relabel(correction.objects()))
    assert correction.marks() == Marks(frozenset({1}), {1: "leaf"})
    for _ in range(3):
        correction.undo()
    assert correction.marks() == Marks(frozenset({1, 2}), {1: "leaf"})


def test_what_was_marked_is_forgotten_when_other_labels_are_accepted() -> None:
    correction = correcting(drawn("11.22"))
    correction.mark("check", Marks(frozenset({1})))
    scores = Marks(scores={1: 0.9, 2: 0.4})
    change = whole.replace_all(correction.labels, drawn("1.222"))
    correction.do("Accept", change, {("marks", ()): scores, "status": "predicted"})
    assert correction.marks() == scores
    correction.undo()
    assert correction.marks() == Marks(frozenset({1}))
    assert correction.notes["status"] is None


def test_the_ignore_region_leaves_labels_alone() -> None:
    correction = correcting(drawn("11.22 11.22"))
    region = Edit.between((slice(0, 1), slice(0, 5)), np.zeros((1, 5), bool), np.ones((1, 5), bool))
    correction.do("Ignore", region, on=IGNORE)
    assert correction.ignore[0].all() and not correction.ignore[1].any()
    correction.do("Delete", place.delete(correction.objects(), [1]))
    assert picture(correction.labels) == ["...22", "...22"]
    assert correction.ignore[0].all()
    correction.undo()
    correction.undo()
    assert not correction.ignore.any()


def test_planes_of_a_stack_count_their_own_ids() -> None:
    correction = correcting(np.stack([drawn("1111 1111"), drawn("11.3 11.3")]))
    correction.do("Split", split.by_line(correction.objects((0,)), [(0, 2), (1, 2)]), plane=(0,))
    assert [correction.objects((plane,)).ids for plane in (0, 1)] == [[1, 2], [1, 3]]
    correction.undo()
    assert correction.objects((0,)).ids == [1]


# --- ids that do not fit ------------------------------------------------------------


def test_labels_are_widened_when_an_id_does_not_fit() -> None:
    labels = np.zeros((4, 8), np.uint16)
    labels[:, :4] = 65_535
    correction = correcting(labels)
    edit = split.by_line(correction.objects(), [(0, 2), (3, 2)])
    assert not edit.fits(np.dtype(np.uint16))
    correction.do("Split", edit)
    assert correction.labels.dtype == np.int32
    assert sorted(np.unique(correction.labels)) == [0, 65_535, 65_536]
    correction.undo()
    assert sorted(np.unique(correction.labels)) == [0, 65_535]


def test_ids_beyond_32_bits_are_refused_and_nothing_changes() -> None:
    labels = np.zeros((4, 8), np.int32)
    labels[:, :4] = 2**31 - 1
    correction = correcting(labels.copy())
    with pytest.raises(EditError, match="does not fit into 32 bits"):
        correction.do("Split", split.by_line(correction.objects(), [(0, 2), (3, 2)]))
    assert np.array_equal(correction.labels, labels)
    assert correction.undo() is None
