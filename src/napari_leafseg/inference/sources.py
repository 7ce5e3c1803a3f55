"""The images of a folder run, each with an output name of its own.

Knows paths only; opens nothing.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One image of a run.

    Attributes
    ----------
    name
        Of its outputs, unique in the run on every system (case does not tell names apart).
    path
        Of the image, whole.
    """

    name: str
    path: Path

    @property
    def image(self) -> str:
        """The path as text that any file and any screen takes."""
        return _printable(str(self.path))


def sources_of(files: Iterable[Path]) -> tuple[Source, ...]:
    """Name the outputs of images: by the stem, and by more of the path where stems repeat.

    ``a/x.png`` and ``a/x.tif`` become ``x_png`` and ``x_tif``; ``a/x.png`` and ``b/x.png``
    become ``a_x`` and ``b_x``. A file given twice counts once.
    """
    paths = [Path(path) for path in dict.fromkeys(os.path.abspath(file) for file in files)]
    alike: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        alike[path.stem.casefold()].append(path)
    names = {path: name for group in alike.values() for path, name in _told_apart(group).items()}
    taken: set[str] = set()
    return tuple(Source(_free(names[path], taken), path) for path in paths)


def _told_apart(group: list[Path]) -> dict[Path, str]:
    """Take as little of the paths as makes all names of a group distinct."""
    names: dict[Path, str] = {}
    for level in range(2 * max(len(path.parts) for path in group)):
        names = {path: _name(path, level) for path in group}
        if len({name.casefold() for name in names.values()}) == len(group):
            break
    return names


def _name(path: Path, level: int) -> str:
    depth, with_suffix = divmod(level, 2)
    folders = path.parts[1:-1]
    parts = [*folders[len(folders) - min(depth, len(folders)) :], path.stem]
    return _printable("_".join([*parts, path.suffix.removeprefix(".")] if with_suffix else parts))


def _printable(text: str) -> str:
    # File names may hold bytes that are no text; Python keeps them as lone surrogates.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _free(name: str, taken: set[str]) -> str:
    chosen, number = name, 1
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{name}_{number}"
    taken.add(chosen.casefold())
    return chosen
