"""What the Segment dock says of a result."""

import pytest

from napari_leafseg.widgets.segment_view import NOTHING, SegmentView


@pytest.mark.parametrize(("count", "told"), [(None, ""), (1, "<b>1</b> object"), (7, "<b>7</b> objects")])
def test_it_says_how_many_objects_there_are(qtbot, count, told):
    view = SegmentView()
    qtbot.addWidget(view)
    view.setCount(count)
    assert view.count.text() == told
    assert view.accept.isEnabled() == (count is not None)


def test_where_nothing_is_found_it_says_what_can_be_done(qtbot):
    view = SegmentView()
    qtbot.addWidget(view)
    view.setCount(0)
    assert view.count.text() == f"<b>0</b> objects. {NOTHING}"
