"""Loads Triton, which torch brings on Linux, so that it can live beside the OpenGL driver.

Triton holds a copy of LLVM, and so do Mesa's drivers (software rendering, AMD). Where a window
has drawn before Triton is loaded, Triton finds the driver's functions instead of its own, and the
process ends in a segmentation fault. Nothing here uses Triton, but torchvision loads it, and
everybody who segments may have a window: a person in napari's console, or in a notebook.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from contextlib import suppress

_lock = threading.Lock()


def load_apart() -> None:
    """Load Triton, if there is one, with its own functions before everybody else's; once."""
    deep_bind = getattr(os, "RTLD_DEEPBIND", 0)  # glibc's only; elsewhere there is no Triton to care for
    with _lock:
        if not deep_bind or "triton" in sys.modules:
            return
        flags = sys.getdlopenflags()
        sys.setdlopenflags(flags | deep_bind)
        try:
            with suppress(ImportError):
                importlib.import_module("triton")
        finally:
            sys.setdlopenflags(flags)
