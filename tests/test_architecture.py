"""The walls of the house: who may import whom, and what nobody may do.

Read off the source, so that a wall holds for imports inside functions too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "napari_leafseg"
SOURCE = Path(__file__).parents[1] / "src" / PACKAGE
FILES = sorted(SOURCE.rglob("*.py"))

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
    "training": {"analysis", "core", "data"},
    "cli": SCIENCE | {"widgets"},
    "widgets": SCIENCE,
    "": {"core"},
}
WINDOW = {"PyQt5", "PyQt6", "PySide2", "PySide6", "magicgui", "napari", "pyqtgraph", "qtpy", "superqt", "vispy"}
NO_TORCH_AT_THE_TOP = {"", "analysis", "cli", "core", "data", "editing", "inference", "widgets"}
TORCH = {"lightning_fabric", "torch", "torchvision"}


def by_path(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


every_file = pytest.mark.parametrize("path", FILES, ids=by_path)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    """Name the room a file is in; the package's own file is in none."""
    parts = path.relative_to(SOURCE).parts
    return "" if parts == ("__init__.py",) else parts[0].removesuffix(".py")


def imports(node: ast.AST) -> Iterator[str]:
    """Full names of all that is imported anywhere below a node."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (name.name for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield from (f"{child.module}.{name.name}" for name in child.names)


def top_level(module: ast.Module) -> Iterator[str]:
    """Full names of what is imported as soon as the file is, not for typing only."""
    for statement in module.body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from imports(statement)


def own(name: str) -> list[str]:
    """Split an import of this package: ["data", "reading", ...]; empty for other packages."""
    first, *rest = name.split(".")
    return rest if first == PACKAGE else []


def test_every_room_has_its_walls() -> None:
    assert {room(path) for path in FILES} <= set(ALLOWED)


@every_file
def test_rooms_import_only_from_the_rooms_beneath(path: Path) -> None:
    here = room(path)
    rooms = {rest[0] for name in imports(tree(path)) if (rest := own(name)) and (SOURCE / rest[0]).exists()}
    assert rooms - {here} <= ALLOWED[here]


@every_file
def test_methods_never_import_each_other(path: Path) -> None:
    parts = path.relative_to(SOURCE).parts
    if parts[0] != "models" or len(parts) < 3:
        return
    others = {rest[1] for name in imports(tree(path)) if (rest := own(name)) and rest[0] == "models"}
    assert others <= {parts[1]}


@every_file
def test_only_models_names_a_method(path: Path) -> None:
    """A sixth method is one new folder: nobody else may import one of them."""
    if room(path) != "models":
        assert not [name for name in imports(tree(path)) if own(name)[:1] == ["models"] and len(own(name)) > 1]


@every_file
def test_the_window_stays_in_widgets(path: Path) -> None:
    if room(path) != "widgets":
        assert not {name.split(".")[0] for name in imports(tree(path))} & WINDOW


@every_file
def test_torch_is_imported_late(path: Path) -> None:
    if room(path) in NO_TORCH_AT_THE_TOP:
        assert not {name.split(".")[0] for name in top_level(tree(path))} & TORCH


@every_file
def test_qt_is_imported_through_qtpy(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(tree(path))} & {"PyQt5", "PyQt6", "PySide2", "PySide6"}


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def keyword(call: ast.Call, name: str) -> object:
    values = [item.value for item in call.keywords if item.arg == name]
    return values[0].value if values and isinstance(values[0], ast.Constant) else None


def forbidden(call: ast.Call) -> str | None:
    """Say what is wrong with a call, if anything is."""
    name = called(call)
    if name in {"eval", "exec", "compile", "breakpoint", "__import__", "os.system", "os.popen"}:
        return f"{name} runs text"
    if name == "print":
        return "a library does not print"
    if name == "torch.load" and keyword(call, "weights_only") is not True:
        return "torch.load unpickles unless weights_only=True"
    if name == "np.load" and keyword(call, "allow_pickle") is True:
        return "np.load with allow_pickle unpickles"
    if keyword(call, "shell") is True:
        return "shell=True runs text"
    if name == "logging.basicConfig":
        return "a library does not configure logging"
    return None


@every_file
def test_nothing_runs_text_unpickles_or_prints(path: Path) -> None:
    module = tree(path)
    found = [
        f"line {node.lineno}: {wrong}"
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and (wrong := forbidden(node))
    ]
    assert not found
    assert not {name.split(".")[0] for name in imports(module)} & {"cloudpickle", "dill", "joblib", "pickle", "shelve"}


@every_file
def test_nothing_is_swallowed(path: Path) -> None:
    """No except catches everything, and none does nothing."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            reraised = any(isinstance(child, ast.Raise) for child in ast.walk(node))
            assert caught not in {"everything", "BaseException"} or reraised, f"line {node.lineno}"
            assert not all(isinstance(child, ast.Pass) for child in node.body), f"line {node.lineno}: use suppress"


@every_file
def test_every_file_says_what_it_is_for(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module) or not module.body


def functions(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Name every function and count its lines without the docstring."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1


@every_file
def test_functions_are_short(path: Path) -> None:
    assert not [(name, lines) for name, lines in functions(tree(path)) if lines > 50]


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
