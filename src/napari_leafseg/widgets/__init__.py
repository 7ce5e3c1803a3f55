"""The window: the only room for Qt, napari, magicgui and superqt."""

import os

# OpenMP's threads wait for each other by spinning. Beside anything else that computes, another
# program or the drawing of the canvas, that makes a decoding of 25 ms last up to 2 s; threads
# that sleep while they wait cost nothing measurable (benchmarks/window.py). Read when torch is
# loaded, which only happens later.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
