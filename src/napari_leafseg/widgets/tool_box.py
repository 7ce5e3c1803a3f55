"""The tools as buttons, what the chosen one does in one line, and undo and redo.

Emits intents; knows no layer and no operation.
"""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from napari_leafseg.widgets.correct_tools import BY_NAME, DEFAULT_PIXELS, TOOLS
from napari_leafseg.widgets.tool_icons import icon

PAINTING = {
    "brush": ("Brush", "2", "paint", "Paint the selected label; right-click draws a contour and fills it."),
    "eraser": ("Eraser", "1", "erase", "Paint background."),
    "polygon": ("Polygon", "3", "polygon", "Click around an object; a double click closes it. Esc drops it."),
    "bucket": ("Fill", "4", "fill", "Click on an object, or on background, to give it the selected label."),
}
"""napari's own: title, key, mode, and what to do."""
COLUMNS = 4
IDLE = "Choose a tool. Scroll to zoom; hold Space to move the image while a tool is chosen."


class ToolBox(QWidget):
    """Buttons for all tools.

    Signals
    -------
    tool_requested
        Name of a tool; empty to put the tool down.
    mode_requested
        A mode of napari's.
    undo_requested, redo_requested
        The last action is to be taken back, or done again.
    """

    tool_requested = Signal(str)
    mode_requested = Signal(str)
    undo_requested = Signal()
    redo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        self.told, self.pixels = QLabel(IDLE), QSpinBox()
        self.undo, self.redo = _button("Undo"), _button("Redo")
        self._lay_out()
        self.undo.clicked.connect(self.undo_requested)
        self.redo.clicked.connect(self.redo_requested)
        self.setHistory(None, None)
        self.setChosen("")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        grid, ways = QGridLayout(), QHBoxLayout()
        grid.setSpacing(2)
        for tool in TOOLS:
            self._put(grid, tool.name, tool.title, tool.key, tool.told, self._on_tool)
        for name, (title, key, _, told) in PAINTING.items():
            self._put(grid, name, title, key, told, self._on_painting)
        for button in (self.undo, self.redo):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            ways.addWidget(button, 1)
        by = QHBoxLayout()
        self._by = QLabel("by")
        self.pixels.setRange(1, 50)
        self.pixels.setSuffix(" px")
        self.pixels.setValue(DEFAULT_PIXELS)
        self.pixels.setToolTip("How far Grow and Shrink move a border, and what Smooth takes for roughness.")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setMinimumHeight(3 * self.told.fontMetrics().lineSpacing())
        by.addWidget(self.told, 1)
        by.addWidget(self._by)
        by.addWidget(self.pixels)
        layout.addLayout(ways)
        layout.addLayout(grid)
        layout.addLayout(by)

    def _put(self, grid: QGridLayout, name: str, title: str, key: str, told: str, slot: Any) -> None:
        button = _button(title)
        button.setCheckable(True)
        button.setToolTip(f"<b>{title}</b> ({key.replace('-', '+')})<br>{told}")
        button.clicked.connect(slot)
        # napari's own tools have a row of their own.
        place = len(self.buttons) + (-len(TOOLS) % COLUMNS if name in PAINTING else 0)
        grid.addWidget(button, place // COLUMNS, place % COLUMNS)
        self.buttons[name] = button

    # --- what it shows --------------------------------------------------------------

    def setColours(self, colour: str, chosen: str) -> None:
        """Draw all icons in a colour, and the chosen tool on another."""
        # napari's style sheet shows no difference.
        self.setStyleSheet(f"QToolButton:checked {{ background-color: {chosen}; border-radius: 3px; }}")
        for name, button in {**self.buttons, "undo": self.undo, "redo": self.redo}.items():
            button.setIcon(icon(name, colour))

    def setChosen(self, name: str) -> None:
        """Show which tool is chosen; empty for none."""
        for each, button in self.buttons.items():
            button.setChecked(each == name)
        if name in PAINTING:
            self.told.setText(PAINTING[name][3])
        else:
            self.told.setText(BY_NAME[name].told if name else IDLE)
        for widget in (self._by, self.pixels):
            widget.setVisible(name in ("grow", "shrink", "smooth"))

    def setMode(self, mode: str) -> None:
        """Show which of napari's modes is chosen, if it is one of the buttons'."""
        self.setChosen(next((name for name, facts in PAINTING.items() if facts[2] == mode), ""))

    def setHistory(self, undo: str | None, redo: str | None) -> None:
        """Say what undo and redo would do; ``None`` for nothing."""
        for button, word, title, key in (
            (self.undo, "Undo", undo, "Ctrl+Z"), (self.redo, "Redo", redo, "Ctrl+Shift+Z")
        ):  # fmt: skip
            button.setEnabled(title is not None)
            button.setText(word if title is None else f"{word} {title[0].lower()}{title[1:]}")
            button.setToolTip(f"{word} the last action ({key}); 100 steps, brush strokes among them.")

    def setAvailable(self, name: str, why_not: str) -> None:
        """Say whether a tool can be used, and if not, why."""
        tool = BY_NAME[name]
        self.buttons[name].setEnabled(not why_not)
        self.buttons[name].setToolTip(f"<b>{tool.title}</b> ({tool.key.replace('-', '+')})<br>{why_not or tool.told}")

    def _on_tool(self, checked: bool) -> None:
        name = next(name for name, button in self.buttons.items() if button is self.sender())
        self.tool_requested.emit(name if checked else "")

    def _on_painting(self, checked: bool) -> None:
        name = next(name for name, button in self.buttons.items() if button is self.sender())
        self.mode_requested.emit(PAINTING[name][2] if checked else "pan_zoom")


def _button(title: str) -> QToolButton:
    button = QToolButton()
    button.setText(title)
    button.setAccessibleName(title)
    button.setIconSize(QSize(20, 20))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    policy = button.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.Expanding)
    button.setSizePolicy(policy)
    return button
