"""The walls of the house: who may import whom, and what nobody may do.

Read off the source, so that a wall holds for imports inside functions too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = "napari_leafseg"
SOURCE = Path(__file__).parents[1] / "src" / PACKAGE
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

SCIENCE = {"analysis", "core", "data", "editing", "inference", "models", "nets", "training"}
# Each room and the rooms it may import from, besides itself.
ALLOWED = {
    "core": set(),
    "nets": {"core"},
    "models": {"core", "nets"},
    "data": {"core"},
    "analysis": {"core"},
    "editing": {"core"},
    "inference": {"analysis", "core", "data"},
    "training": {"analysis", "core", "data", "inference"},
    "cli": SCIENCE | {"widgets"},
    "widgets": SCIENCE,
    "__init__": {"core"},
    "__main__": {"cli"},
}
BINDINGS = {"PyQt5", "PyQt6", "PySide2", "PySide6"}
WINDOW = {*BINDINGS, "magicgui", "napari", "pyqtgraph", "qtpy", "superqt", "vispy"}
TORCH = {"lightning_fabric", "torch", "torchvision"}
MAY_IMPORT_TORCH_AT_ONCE = {"models", "nets", "training"}
UNPICKLERS = {"cloudpickle", "dill", "joblib", "marshal", "shelve"}
RUN_TEXT = {"eval", "exec", "compile", "breakpoint", "__import__", "os.system", "os.popen"}


def tree(path: Path) -> ast.Module:
    return TREES[path]


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(node: ast.AST) -> Iterator[str]:
    """Full names of all that is imported anywhere below a node."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield from (f"{child.module}.{name.name}" for name in child.names)


def packages(names: Iterable[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def at_once(module: ast.Module) -> Iterator[str]:
    """Full names of what is imported as soon as the file is, not for typing only."""
    for statement in module.body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from imports(statement)


def own(path: Path) -> list[list[str]]:
    """Split this package's names that a file imports: ["data", "reading", "read_image"], ..."""
    names = (name.split(".") for name in imports(tree(path)))
    return [parts[1:] for parts in names if parts[0] == PACKAGE and len(parts) > 1]


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def breaches(wrong: Callable[[Path], Iterable[object]]) -> list[str]:
    """Name every file of the package in which a rule finds something wrong, and what."""
    found = {path.relative_to(SOURCE).as_posix(): list(wrong(path)) for path in FILES}
    return [f"{name}: {', '.join(map(str, what))}" for name, what in found.items() if what]


def test_every_room_has_its_walls() -> None:
    assert {room(path) for path in FILES} <= set(ALLOWED)


def test_rooms_import_only_from_the_rooms_beneath() -> None:
    def wrong(path: Path) -> set[str]:
        rooms = {parts[0] for parts in own(path) if parts[0] in ALLOWED}
        return rooms - {room(path)} - ALLOWED[room(path)]

    assert not breaches(wrong)


def test_methods_never_import_each_other() -> None:
    def wrong(path: Path) -> set[str]:
        places = path.relative_to(SOURCE).parts
        methods = {parts[1] for parts in own(path) if parts[0] == "models" and len(parts) > 1}
        return methods - {places[1]} if room(path) == "models" else set()

    assert not breaches(wrong)


def test_only_its_own_folder_knows_a_method() -> None:
    """A sixth method is one new folder: nobody else may import one of them."""

    def wrong(path: Path) -> list[str]:
        outside = room(path) != "models"
        return [".".join(parts) for parts in own(path) if outside and parts[0] == "models" and len(parts) > 1]

    assert not breaches(wrong)


def test_the_window_stays_in_widgets() -> None:
    assert not breaches(lambda path: packages(imports(tree(path))) & WINDOW if room(path) != "widgets" else ())


def test_qt_is_imported_through_qtpy() -> None:
    assert not breaches(lambda path: packages(imports(tree(path))) & BINDINGS)


def test_torch_is_imported_late() -> None:
    def wrong(path: Path) -> set[str]:
        return set() if room(path) in MAY_IMPORT_TORCH_AT_ONCE else packages(at_once(tree(path))) & TORCH

    assert not breaches(wrong)


def keyword(call: ast.Call, name: str) -> object:
    values = [item.value for item in call.keywords if item.arg == name]
    return values[0].value if values and isinstance(values[0], ast.Constant) else None


def forbidden(call: ast.Call) -> str | None:
    """Say what is wrong with a call, if anything is."""
    name = ast.unparse(call.func)
    wrong = {
        f"{name} runs text": name in RUN_TEXT or keyword(call, "shell") is True,
        f"{name} unpickles": name.startswith("pickle.") or keyword(call, "allow_pickle") is True,
        "torch.load unpickles unless weights_only=True": (
            name == "torch.load" and keyword(call, "weights_only") is not True
        ),
        "a library does not print": name == "print",
        "a library does not set logging up": name == "logging.basicConfig",
    }
    return next((f"line {call.lineno}: {sentence}" for sentence, is_so in wrong.items() if is_so), None)


def test_nothing_runs_text_unpickles_or_prints() -> None:
    assert not breaches(lambda path: filter(None, map(forbidden, calls(path))))
    assert not breaches(lambda path: packages(imports(tree(path))) & UNPICKLERS)
    # Its error is what torch.load raises.
    assert not breaches(
        lambda path: [name for name in imports(tree(path)) if name.startswith("pickle.") and "Error" not in name]
    )


def test_nothing_is_swallowed() -> None:
    """No except catches everything without raising again, and none does nothing."""

    def swallows(handler: ast.ExceptHandler) -> bool:
        everything = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
        raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        return (everything and not raises) or all(isinstance(node, ast.Pass) for node in handler.body)

    def wrong(path: Path) -> list[str]:
        handlers = (node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler))
        return [f"line {handler.lineno}" for handler in handlers if swallows(handler)]

    assert not breaches(wrong)


def test_every_file_says_what_it_is_for() -> None:
    def wrong(path: Path) -> list[str]:
        module = tree(path)
        return [] if ast.get_docstring(module) or not module.body else ["no docstring"]

    assert not breaches(wrong)


def test_functions_and_files_are_short() -> None:
    def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0

    def wrong(path: Path) -> list[str]:
        functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        long = [f"{node.name} has {lines(node)} lines" for node in functions if lines(node) > 50]
        length = len(path.read_text(encoding="utf-8").splitlines())
        return [*long, f"{length} lines"] if length > 450 else long

    assert not breaches(wrong)


def in_a_fresh_interpreter(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import napari_leafseg", {*TORCH, *WINDOW, "numpy", "pandas", "pydantic", "scipy", "skimage"}),
        ("import napari_leafseg; napari_leafseg.methods()", {*TORCH, *WINDOW}),
        ("import napari_leafseg.analysis.metrics", {*TORCH, *WINDOW}),
        ("import napari_leafseg.core.segmenter", {*TORCH, *WINDOW}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_importing_is_light(statement: str, heavy: set[str]) -> None:
    loaded = in_a_fresh_interpreter(f"import sys; {statement}; print(*sys.modules)").split()
    assert not heavy & set(loaded)


def test_the_public_names_are_there() -> None:
    import napari_leafseg

    assert all(getattr(napari_leafseg, name) is not None for name in napari_leafseg.__all__)
    assert set(napari_leafseg.__all__) <= set(dir(napari_leafseg))
    assert napari_leafseg.__all__ == sorted(napari_leafseg.__all__)
