"""Labels of a folder of images, on disk: one window at a time, nothing lost, nothing half-written.

`Project` reads and writes; `Autosave` collects what a window changes and saves it beside the window. What the files
are is told in ``docs/project.md``. Must know nothing of layouts, methods or windows.
"""

from __future__ import annotations

from napari_leafseg.data.project.autosave import Autosave
from napari_leafseg.data.project.change import Change, Stored, Version
from napari_leafseg.data.project.index import Summary
from napari_leafseg.data.project.project import Project
from napari_leafseg.data.project.sidecar import Sidecar, Status, Step

__all__ = ["Autosave", "Change", "Project", "Sidecar", "Status", "Step", "Stored", "Summary", "Version"]
