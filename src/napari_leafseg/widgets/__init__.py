"""The window: the only room for Qt, napari, magicgui and superqt."""

from napari_leafseg.core.openmp import wait_passively

wait_passively()
