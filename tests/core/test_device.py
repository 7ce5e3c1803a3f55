"""The device is chosen by name, or refused with what there is; the end of memory is recognised."""

from __future__ import annotations

import pytest

from napari_leafseg.core import device
from napari_leafseg.core.errors import DeviceError


def test_the_cpu_is_always_there_and_last() -> None:
    assert device.available()[-1] == "cpu"
    assert device.choose("auto").type == device.available()[0]
    assert device.describe(device.choose("cpu")) == "CPU"
    device.free_memory(device.choose("auto"))


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_missing_device_is_refused_with_what_there_is(name: str) -> None:
    if name in device.available():
        pytest.skip(f"{name} is here")
    with pytest.raises(DeviceError, match=f"There is no {name} device here: choose auto or .*cpu"):
        device.choose(name)  # type: ignore[arg-type]


@pytest.mark.cuda
def test_a_gpu_is_called_by_its_name() -> None:
    if "cuda" not in device.available():
        pytest.skip("no CUDA device here")
    assert device.describe(device.choose("auto")) not in {"", "cuda"}


def errors() -> list[tuple[BaseException, bool]]:
    import torch

    return [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: ..."), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ]


@pytest.mark.parametrize("index", range(6))
def test_the_end_of_memory_is_recognised(index: int) -> None:
    error, expected = errors()[index]
    assert device.is_out_of_memory(error) is expected
