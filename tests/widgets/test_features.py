"""What a labels layer's features table says of the objects of one plane."""

from __future__ import annotations

import numpy as np

from napari_leafseg.core.instances import Instances
from napari_leafseg.widgets.layers import features_of

LABELS = np.array([[1, 1, 2]], np.int32)


def test_a_recurrent_methods_objects_have_class_and_order():
    """By the name of the class, which a person can read."""
    found = Instances(
        LABELS, np.array([0.9, 0.8], np.float32), np.array([1, 0]), np.array([2, 1]), class_names=("leaf", "pot")
    )
    table = features_of(found)
    assert table["index"].tolist() == [1, 2]
    assert table["class"].tolist() == ["pot", "leaf"]
    assert table["order"].tolist() == [2, 1]


def test_what_a_method_does_not_say_is_no_column():
    assert list(features_of(Instances(LABELS, np.ones(2, np.float32)))) == ["index", "score"]


def test_a_stack_has_none():
    """Ids restart in every plane, and napari has one row per id."""
    assert features_of(None).empty
