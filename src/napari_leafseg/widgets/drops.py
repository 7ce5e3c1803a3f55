"""Takes a folder that is dropped on a widget; leaves every other drop to the widget.

Knows no viewer: the dock says which widgets.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtWidgets import QWidget


class FolderDrops(QObject):
    """Watches a widget for dropped folders.

    Signals
    -------
    folder_dropped
        Path of the folder.
    """

    folder_dropped = Signal(object)

    def __init__(self, widget: QWidget, *, below: bool = False) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        children = widget.findChildren(QWidget) if below else []
        for target in (widget, *(child for child in children if child.acceptDrops())):
            target.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take a drag or drop of one folder."""
        if event is None or event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return False
        folder = _folder(event)
        if folder is None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.folder_dropped.emit(folder)
        return True


def _folder(event: Any) -> Path | None:
    """The one folder that a drag carries, if it is one."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_dir() else None
