"""The hash of tensors changes with whatever could change an answer, and with nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.core.tensor_hash import tensor_hash

TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7)}


def test_neither_order_nor_layout_counts() -> None:
    turned = {"a": TENSORS["a"], "b": np.asfortranarray(TENSORS["b"]).astype(">f4")}
    assert tensor_hash(turned) == tensor_hash(TENSORS)
    assert len(tensor_hash({})) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"b": TENSORS["b"] + np.float32(1e-6)},
        {"b": TENSORS["b"].reshape(3, 2)},
        {"b": TENSORS["b"].view(np.int32)},
        {"c": TENSORS["a"]},
    ],
)
def test_values_shapes_kinds_and_names_count(change: dict[str, NDArray[np.generic]]) -> None:
    assert tensor_hash({**TENSORS, **change}) != tensor_hash(TENSORS)
