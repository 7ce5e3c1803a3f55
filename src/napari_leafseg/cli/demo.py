"""``napari-leafseg demo``: something to look at in the first minute, with a window or without one."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_leafseg.cli.console import FAILED, complain, warn

_log = logging.getLogger(__name__)
_PROBE = "from qtpy.QtWidgets import QApplication; QApplication([])"
_PROBE_SECONDS = 60


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Open no window; write files.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go if no window opens.")] = Path(
        "leafseg-demo"
    ),
) -> None:
    """Open napari with a segmented sample; without a display, write the same as files."""
    if not headless and _opened():
        return
    _write(out)


# --- with a window --------------------------------------------------------------------


def _opened() -> bool:
    """Open the window and wait until it is closed; if it cannot, say in a sentence why."""
    reason = _no_window()
    if not reason:
        try:
            from napari_leafseg.widgets.demo import open_demo
        except ImportError as error:
            _log.info("no window", exc_info=True)
            reason = f"napari cannot be imported ({error})"
        else:
            open_demo()
            return True
    warn(f"No window is opened: {reason}. Writing files instead.")
    return False


def _no_window() -> str:
    """Say why no window can be opened; empty if one can."""
    if not _has_display():
        return "there is no display"
    for name in ("napari", "qtpy"):
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed (pip install 'napari-leafseg[all]')"
    return _qt_failure()


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    if not sys.platform.startswith(("linux", "freebsd")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _qt_failure() -> str:
    """Start Qt in a process of its own: where a library is missing it aborts the whole process."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", _PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"Qt did not start within {_PROBE_SECONDS} seconds"
    if done.returncode == 0:
        return ""
    _log.info("Qt does not start: %s", done.stderr)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return f"Qt does not start ({lines[-1].rstrip('.') if lines else f'status {done.returncode}'})"


# --- without one ----------------------------------------------------------------------


def _write(out: Path) -> None:
    """Segment the drawn nuclei as `segment` would, and say where everything is."""
    from napari_leafseg.core.registry import load
    from napari_leafseg.data.nuclei import draw_nuclei
    from napari_leafseg.inference.events import ImageFailed
    from napari_leafseg.inference.folder import segment_files
    from napari_leafseg.inference.overlay import write_png

    segmenter = load("harmonic", "nuclei")
    image = out / "nuclei.png"
    write_png(image, draw_nuclei()[0])
    for event in segment_files(segmenter, [image], out, overlay=True):
        if isinstance(event, ImageFailed):
            complain(event.reason)
            raise typer.Exit(FAILED)
    written = {
        "Image": image,
        "Labels": out / "nuclei.tif",
        "Overlay": out / "overlays" / "nuclei.png",
        "Objects": out / "objects.csv",
        "Record": out / "record.json",
    }
    for title, path in written.items():
        typer.echo(f"{title + ':':<9} {path.resolve()}")
