"""What is learned from is said in words, and one click moves an image to the other side."""

from __future__ import annotations

from napari_leafseg.widgets.teaching_view import NO_FOLDER, NOTHING, SIDE, TeachingImage, TeachingView

IMAGES = (
    TeachingImage("a.png", "a", 12),
    TeachingImage("b.png", "b", 3, whole=False),
    TeachingImage("c.png", "c", 9, checks=True),
)


def _shown(qtbot) -> TeachingView:
    view = TeachingView()
    qtbot.addWidget(view)
    view.setImages(IMAGES)
    return view


def test_nothing_to_learn_from_says_what_to_do(qtbot):
    view = _shown(qtbot)
    view.setImages(())
    assert NOTHING in view.text() and view.list.isHidden()
    view.setImages((), folder=False)
    assert NO_FOLDER in view.text()


def test_the_sides_are_counted(qtbot):
    view = _shown(qtbot)
    assert "2 images with 15 objects to learn from, 1 image to check on." in view.text()
    view.setImages(IMAGES[:1])
    assert "1 image with 12 objects to learn from; none to check on." in view.text()


def test_objects_that_were_only_checked_are_told_apart(qtbot):
    view = _shown(qtbot)
    model = view.model
    assert [model.data(model.index(row, 1)) for row in range(3)] == ["12", "3 checked", "9"]


def test_one_click_asks_for_the_other_side(qtbot):
    view = _shown(qtbot)
    for row, moved in ((0, ["a.png", True]), (2, ["c.png", False])):
        with qtbot.waitSignal(view.move_requested) as told:
            view.list.clicked.emit(view.model.index(row, SIDE))
        assert told.args == moved
    with qtbot.assertNotEmitted(view.move_requested):
        view.list.clicked.emit(view.model.index(0, 0))


def test_doubts_are_shown_as_text(qtbot):
    view = _shown(qtbot)
    view.setDoubts(["Fewer than 50 objects <to learn> from."])
    assert "&lt;to learn&gt;" in view.text() and not view._doubts.isHidden()
    view.setDoubts(())
    assert view._doubts.isHidden()
