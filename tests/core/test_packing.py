"""Tensors in one byte a number: close to what they were, and small ones untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_leafseg.core.packing import SCALE, packed, unpacked
from napari_leafseg.core.weights import Header, read_facts, read_header, read_stored, read_tensors, rewrite, write

RANDOM = np.random.default_rng(0)
KERNEL = (RANDOM.normal(size=(8, 64, 3, 3)) * np.logspace(-4, 0, 8).reshape(-1, 1, 1, 1)).astype(np.float32)


def test_each_channel_is_close_whatever_its_size() -> None:
    """Half a step of the channel's own scale, so that small channels are not lost beside large ones."""
    found = unpacked(packed({"kernel": KERNEL}))["kernel"]
    steps = np.abs(KERNEL).max((1, 2, 3)) / 127
    assert found.dtype == np.float32
    assert (np.abs(found - KERNEL).max((1, 2, 3)) <= 0.501 * steps).all()


def test_small_ones_counters_and_channels_of_zeros_stay_exact() -> None:
    tensors = {"bias": np.float32([0.1, 2]), "count": np.int64(3), "nothing": np.zeros((2, 4096), np.float32)}
    stored = packed(tensors)
    assert stored["bias"] is tensors["bias"] and stored["count"] == 3
    np.testing.assert_array_equal(unpacked(stored)["nothing"], tensors["nothing"])


def test_a_packed_file_is_half_of_a_half_and_reads_alike(tmp_path: Path) -> None:
    """Its size, its tensors, what is said of it, and its copy under another header."""
    tensors = {"kernel": KERNEL, "bias": np.ones(8, np.float32)}
    half, small, copy = (tmp_path / f"{name}.safetensors" for name in ("half", "small", "copy"))
    header = Header(method="harmonic", preset="compact", config={}, params={})
    write(half, header, tensors, half=True)
    write(small, header, tensors, half=True, pack=True)
    assert KERNEL.size * 0.9 < half.stat().st_size - small.stat().st_size
    assert read_stored(small)["kernel"].dtype == np.int8 and "kernel" + SCALE in read_stored(small)
    assert set(read_tensors(small)) == {"kernel", "bias"}
    np.testing.assert_allclose(read_tensors(small)["kernel"], KERNEL, atol=np.abs(KERNEL).max() / 240)
    assert read_facts(small).parameters == read_facts(half).parameters
    rewrite(small, copy, read_header(small))
    assert read_header(copy).tensor_hash == read_header(small).tensor_hash
