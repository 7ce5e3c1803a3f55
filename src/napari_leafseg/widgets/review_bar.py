"""Review: the object that is looked at, why it is doubtful, and what to do with it.

Emits intents; knows no labels.
"""

from __future__ import annotations

from html import escape

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QGroupBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_leafseg.widgets.captions import caption

NEXT, PREVIOUS, CONFIRM, REMOVE = "Q", "Shift-Q", "K", "Delete"
IDLE = "Step through the objects from the least certain on."
NO_CLASS = "none"


class ReviewBar(QGroupBox):
    """Steps through objects.

    Signals
    -------
    step_requested
        1 for the next object, -1 for the one before.
    confirm_requested, remove_requested
        The object is right, or is none.
    class_chosen
        Name of its class; empty for none.
    """

    step_requested = Signal(int)
    confirm_requested = Signal()
    remove_requested = Signal()
    class_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Review", parent)
        self._told = QLabel(IDLE)
        self.previous, self.next = QPushButton("Back"), QPushButton("Next")
        self.confirm, self.remove = QPushButton("Right"), QPushButton("Delete")
        self.classes, self._class_caption = QComboBox(), caption("Class")
        self._lay_out()
        self.previous.clicked.connect(self._on_previous)
        self.next.clicked.connect(self._on_next)
        self.confirm.clicked.connect(self.confirm_requested)
        self.remove.clicked.connect(self.remove_requested)
        self.classes.activated.connect(self._on_class)
        self.setObject(None, "")
        self.setClasses(())

    def _lay_out(self) -> None:
        layout, buttons, kinds = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        self._told.setWordWrap(True)
        for button in (self.previous, self.next, self.confirm, self.remove):
            buttons.addWidget(button)
        kinds.addWidget(self._class_caption)
        kinds.addWidget(self.classes, 1)
        layout.addWidget(self._told)
        layout.addLayout(buttons)
        layout.addLayout(kinds)
        self.next.setToolTip("The next object, less doubtful (Q).")
        self.previous.setToolTip("The object before (Shift+Q).")
        self.confirm.setToolTip("Mark it as checked, and go on (K).")
        self.remove.setToolTip("Delete it, and go on (Delete).")
        self.classes.setAccessibleName("Class of the object")

    def setObject(self, identity: int | None, told: str) -> None:
        """Show which object is looked at, and what is to be said of it."""
        self._told.setText(escape(told) or IDLE)
        for widget in (self.previous, self.confirm, self.remove, self.classes):
            widget.setEnabled(identity is not None)

    def setReady(self, ready: bool) -> None:
        """Say whether there are objects."""
        self.next.setEnabled(ready)

    def setClasses(self, names: tuple[str, ...]) -> None:
        """Offer classes; none hides the choice."""
        self.classes.clear()
        self.classes.addItem(NO_CLASS, "")
        for name in names:
            self.classes.addItem(name, name)
        for widget in (self.classes, self._class_caption):
            widget.setVisible(bool(names))

    def setClass(self, name: str) -> None:
        """Show an object's class; empty for none."""
        self.classes.setCurrentIndex(max(self.classes.findData(name), 0))

    def _on_previous(self) -> None:
        self.step_requested.emit(-1)

    def _on_next(self) -> None:
        self.step_requested.emit(1)

    def _on_class(self, index: int) -> None:
        self.class_chosen.emit(str(self.classes.itemData(index)))
