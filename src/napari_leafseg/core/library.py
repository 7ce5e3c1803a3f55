"""The person's own weights: trained or brought from elsewhere, kept under a name.

What is kept is known at once to `core.catalogue.find`, to the menu and to the command line, because the file is there.
Knows files and headers; nothing of runs, of networks and of who asks.
"""

from __future__ import annotations

import re
import shutil
from difflib import get_close_matches
from pathlib import Path

from napari_leafseg.core.atomic import remove as delete
from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.catalogue import available, file_of, library, own, shipped
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.registry import methods
from napari_leafseg.core.weights import SUFFIX, read_header, read_tensors

# Letters of any script; nothing that a file system or a command line would take for something else.
_NAME = re.compile(r"\w(?:[\w .-]{0,62}\w)?")
_TAKEN_ELSEWHERE = {"best", "imagenet"}


def names(method: str) -> list[str]:
    """Names of the person's own weights of a method, sorted."""
    return [name.removeprefix(f"{method}-") for name in own(method)]


def keep(source: str | Path, name: str, *, replace: bool = False) -> Path:
    """Keep a run's best weights, or any weights file, under a name.

    The copy is the file byte for byte, with its card and licence; the source stays where it is.

    Parameters
    ----------
    source
        A run folder or a weights file.
    name
        Letters, digits, spaces, ``.``, ``-`` and ``_``; the method's name in front of it may be left out.
    replace
        Whether older weights of that name give way; ask the person first.

    Returns
    -------
    Path
        The file that was written, which `core.registry.load` finds by ``name``.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, of another program or of an unknown method; if the name is not allowed or
        taken; if the folder cannot be written.
    """
    file = file_of(Path(source))
    if file is None:
        raise WeightsError(f"There are no weights in {source}: give a weights file, or the folder of a run.")
    method = _checked(file)
    name = name.strip().removeprefix(f"{method}-")
    check_name(method, name, replace=replace)
    target = library() / f"{method}-{name}{SUFFIX}"
    _copy(file, target, "set LEAFSEG_HOME to a folder that can be")
    return target


def import_file(path: str | Path, name: str = "", *, replace: bool = False) -> Path:
    """Keep a file that somebody handed over; without a name, under the file's own. Errors as in `keep`."""
    return keep(path, name or Path(path).stem, replace=replace)


def export(name: str, target: str | Path, method: str | None = None, *, replace: bool = False) -> Path:
    """Write weights that have a name, own or shipped, to a file that can be handed on.

    Parameters
    ----------
    name
        With or without the method's name in front.
    target
        The file, or an existing folder to put it into.
    method
        Needed where several methods have weights of that name.
    replace
        Whether a file that is there already is replaced.

    Raises
    ------
    WeightsError
        If there are no such weights, or the file is there or cannot be written.
    """
    whole, source = _resolved(name, method, available(method))
    target = Path(target)
    target = target / f"{whole}{SUFFIX}" if target.is_dir() else target
    if target.suffix != SUFFIX:
        raise WeightsError(f"{target} is no name for a weights file: let it end in {SUFFIX}.")
    if target.exists() and not replace:
        raise WeightsError(f"{target} is there already: choose another name, or delete it first.")
    _copy(source, target, "choose another folder")
    return target


def remove(name: str, method: str | None = None) -> Path:
    """Delete weights of the person's own; returns the file that is gone.

    Raises
    ------
    WeightsError
        If there are none of that name, they came with the package, or the file cannot be deleted.
    """
    given = shipped(method)
    if _matching(name, given) and not _matching(name, own(method)):
        raise WeightsError(f"The weights {name!r} come with the plugin and stay: only your own can be removed.")
    _, path = _resolved(name, method, own(method))
    try:
        delete(path)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be deleted ({error.strerror}): close the programs that use it, or ask its owner."
        ) from error
    return path


# --- checking -------------------------------------------------------------------------


def _checked(file: Path) -> str:
    """Make sure that a file holds whole weights of a method that is here; return the method."""
    method = read_header(file).method
    if method not in methods():
        raise WeightsError(f"{file} holds weights of the method {method!r}, which is not installed: update the plugin.")
    # A header can be whole while a part of the numbers is gone.
    read_tensors(file)
    return method


def check_name(method: str, name: str, *, replace: bool = False) -> None:
    """Make sure that weights of a method can be kept under a name, before hours go into them.

    Raises
    ------
    WeightsError
        If the name is not allowed or taken.
    """
    if not _NAME.fullmatch(name) or name.casefold().endswith(SUFFIX):
        raise WeightsError(
            f"{name!r} is no name for weights: take letters, digits, spaces, '.', '-' and '_', at most 64 of them."
        )
    if name.casefold() in _TAKEN_ELSEWHERE or _same(f"{method}-{name}", shipped(method)):
        raise WeightsError(f"The name {name!r} belongs to the plugin itself: choose another.")
    older = _same(f"{method}-{name}", own(method))
    if older is not None and not replace:
        raise WeightsError(
            f"There are weights {name!r} of {method} already: choose another name, or remove them first."
        )
    if older not in (None, f"{method}-{name}"):
        raise WeightsError(f"The name {name!r} differs from {older!r} only in case: choose another.")


def _same(whole: str, known: dict[str, Path]) -> str | None:
    """Return the known name that a file system that ignores case takes for this one."""
    return next((other for other in known if other.casefold() == whole.casefold()), None)


# --- finding by name ------------------------------------------------------------------


def _resolved(name: str, method: str | None, known: dict[str, Path]) -> tuple[str, Path]:
    found = _matching(name, known)
    if len(found) > 1:
        raise WeightsError(f"Several methods have weights {name!r}: say which of {', '.join(found)}.")
    if not found:
        there = ", ".join(known) or "none"
        close = get_close_matches(name, [*known, *map(_bare, known)], n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise WeightsError(
            f"There are no weights {name!r}{f' of {method}' if method else ''}; there are {there}.{hint}"
        )
    return found[0], known[found[0]]


def _matching(name: str, known: dict[str, Path]) -> list[str]:
    whole = [other for other in known if other == name]
    return whole or [other for other in known if _bare(other) == name]


def _bare(whole: str) -> str:
    return whole.partition("-")[2]


# --- copying --------------------------------------------------------------------------


def _copy(source: Path, target: Path, remedy: str) -> None:
    try:
        with source.open("rb") as old, replacing(target) as new:
            shutil.copyfileobj(old, new)
    except OSError as error:
        raise WeightsError(f"{target} cannot be written ({error.strerror or error}): {remedy}.") from error
