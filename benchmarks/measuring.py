"""Timing and printing, for all benchmarks."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


def seconds(work: Callable[[], Any], repeats: int = 15, warm: int = 2) -> float:
    """Median time of a call."""
    for _ in range(warm):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def once(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and time of one call, for peers that take minutes."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


@contextmanager
def device_memory(device: str) -> Iterator[Callable[[], str]]:
    """Watch the most memory held on a GPU; gives a function that says it afterwards."""
    import torch

    if device != "cuda":
        yield lambda: ""
        return
    torch.cuda.reset_peak_memory_stats()
    yield lambda: f"{torch.cuda.max_memory_allocated() / 1e6:.0f} MB"


def milliseconds(value: float) -> str:
    """Print a time."""
    return f"{1000 * value:.0f} ms" if value < 10 else f"{value:.1f} s"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table."""
    printed = Table(*columns, title=title, title_justify="left")
    for row in rows:
        printed.add_row(*(str(value) for value in row))
    console = Console(width=140)
    console.print(printed)


def machine() -> str:
    """Name the processor and its threads."""
    import torch

    return f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def trained(method: str, runs: Path | None) -> Any:
    """Load a method's compact weights: of a run, else those that ship, else none at all.

    Parameters
    ----------
    method
        Its name.
    runs
        Folder that holds a run folder, or a weights file, whose name begins with the method's.
    """
    from napari_leafseg import create, load
    from napari_leafseg.core.catalogue import shipped

    named = sorted(runs.glob(f"{method}*")) if runs else []
    found = [path for path in named if path.is_dir() or path.suffix == ".safetensors"]
    if found:
        return load(method, found[-1])
    return load(method) if shipped(method) else create(method, "compact")
