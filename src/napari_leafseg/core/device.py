"""Which device the network runs on, in words a person knows, and what to do when memory ends.

torch is imported only when asked. Knows nothing of methods or windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from napari_leafseg.core.errors import DeviceError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]


def available() -> tuple[str, ...]:
    """Device names that can be used here, best first."""
    import torch

    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose(name: DeviceName) -> torch.device:
    """Return the device of a name; ``"auto"`` is the best there is.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    import torch

    here = available()
    if name == "auto":
        return torch.device(here[0])
    if name not in here:
        raise DeviceError(f"There is no {name} device here: choose {' or '.join(('auto', *here))}.")
    return torch.device(name)


def describe(device: torch.device) -> str:
    """Name a device as its owner knows it, for example ``"NVIDIA H200"`` or ``"CPU"``."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": "CPU"}.get(device.type, str(device))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device's memory did not suffice."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The CPU's and Apple's allocators raise a plain RuntimeError; only its text tells.
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def free_memory(device: torch.device) -> None:
    """Give cached memory back to the device."""
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
