"""Loading a network after the canvas has drawn does not end the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

DRAW_THEN_LOAD = """
import os
import sys

import napari
import numpy as np
from napari_leafseg import create, methods

viewer = napari.Viewer()
viewer.add_image(np.zeros((64, 64)))
viewer.screenshot(flash=False)
flags = sys.getdlopenflags()
import torch
for name in sorted(methods(), key=lambda name: name != sys.argv[1]):
    create(name)
assert sys.getdlopenflags() == flags
import torch._dynamo
print("alive", flush=True)
os._exit(0)  # what a window's end does is tested elsewhere
"""


@pytest.mark.parametrize("first", ["leafmask", "rsis"])
def test_networks_load_beside_a_window_that_has_drawn(first: str) -> None:
    """In a process of its own: the drawing driver and torch's compiler each bring an LLVM.

    The first network decides which of them is found; that of LeafMask imports torchvision before anything of ours.
    """
    done = subprocess.run(
        [sys.executable, "-c", DRAW_THEN_LOAD, first], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().endswith("alive"), done.stderr[-2000:]
