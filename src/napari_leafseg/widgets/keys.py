"""Keys of a viewer that belong to a dock, and go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod, ref

if TYPE_CHECKING:
    from napari import Viewer


class Keys:
    """Binds keys to methods of a widget, without keeping it alive."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = ref(viewer)
        self._bound: list[str] = []

    def bind(self, key: str, method: Callable[..., Any], *arguments: Any) -> None:
        """Call a method with these arguments when a key is pressed on the canvas."""
        viewer = self._viewer()
        if viewer is not None:
            viewer.bind_key(key, _weakly(method, arguments), overwrite=True)
            self._bound.append(key)

    def close(self) -> None:
        """Give the keys back."""
        viewer = self._viewer()
        for key in self._bound:
            if viewer is not None:
                viewer.bind_key(key, None, overwrite=True)
        self._bound = []


def _weakly(method: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[[Any], None]:
    weak = WeakMethod(method)

    def press(_: Any) -> None:
        alive = weak()
        if alive is not None:
            alive(*arguments)

    return press
