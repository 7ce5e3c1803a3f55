"""Where the time of a training step goes: data, targets, losses, forward, backward, optimiser, for each compact method.

Seconds of the processor of this process alone, so that neighbours on the machine do not count (with one thread they are
what an idle machine would take); with `--device cuda`, seconds of the clock around work that is waited for.
"""

from __future__ import annotations

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Annotated, Any

import torch
import typer
from learning import DATA
from measuring import machine, table, trained

from napari_leafseg import methods
from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.data.layouts import open_folder, samples_of
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.training.batches import Batches
from napari_leafseg.training.data import typical_diameter
from napari_leafseg.training.options import TrainOptions

PARTS = ("data", "targets", "forward", "losses", "backward", "optimiser")
WARM = 2
"""Steps before those that are timed."""


class Clock:
    """Adds up the seconds of named parts."""

    def __init__(self, device: str) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._cuda = device == "cuda"

    def now(self) -> float:
        """Seconds; on a GPU once all its work is done."""
        if not self._cuda:
            return process_time()
        torch.cuda.synchronize()
        return perf_counter()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Time a part."""
        began = self.now()
        yield
        self.seconds[part] += self.now() - began


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Methods; all if none is given.")] = None,
    steps: Annotated[int, typer.Option(help="Steps that are timed.")] = 8,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    precision: Annotated[str, typer.Option(help="bf16 or fp32.")] = "bf16",
    runs: Annotated[
        Path | None, typer.Option(help="Folder of run folders to go on from: a second stage learns from the first's.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Not channels-last, to see what that is worth.")] = False,
) -> None:
    """Time the steps and print the shares."""
    half = precision == "bf16"
    rows = [row for name in names or methods() for row in _rows(name, steps, device, runs, half=half, plain=plain)]
    title = f"shares of a step of 8 crops of 256², {precision}{', plain' if plain else ''} ({machine()}, {device})"
    table(title, ("stage", "s per step", *PARTS), rows)


def _rows(
    name: str, steps: int, device: str, runs: Path | None, *, half: bool, plain: bool
) -> Iterator[tuple[str, ...]]:
    segmenter: Any = trained(name, runs)
    samples = _samples(segmenter)
    if segmenter.source is None:
        segmenter.card = segmenter.card.replace(object_size=typical_diameter(samples))
        segmenter.prepare(samples)
    for stage in segmenter.stages():
        clock = Clock(device)
        segmenter.network.to(device)
        _train(stage.to(device), segmenter.network, samples, clock, steps, half=half, plain=plain)
        total = sum(clock.seconds.values())
        shares = (f"{clock.seconds[part] / total:.0%}" for part in PARTS)
        yield f"{name} {stage.name}", f"{total / steps:.2f}", *shares


def _samples(segmenter: Any) -> list[Sample]:
    """Images to learn from: of DSB 2018 where they are, else drawn."""
    if DATA.is_dir():
        folder = open_folder(DATA)
        return samples_of(folder, segmenter.contrast, "train")[:: max(1, len(folder.entries) // 100)]
    drawn = (draw_nuclei(512, 60, seed=seed) for seed in range(16))
    return [Sample(str(i), image.repeat(3, -1) / 255, labels) for i, (image, labels) in enumerate(drawn)]


def _train(
    stage: Any, network: Any, samples: list[Sample], clock: Clock, steps: int, *, half: bool, plain: bool
) -> None:
    layout = torch.contiguous_format if plain else torch.channels_last
    stage.to(memory_format=layout).train()
    device = next(stage.parameters()).device
    optimiser = torch.optim.AdamW(stage.groups(), lr=1e-3)
    stage.advance(0.5)
    outside = Clock("cuda" if device.type == "cuda" else "cpu")
    for step, watch in enumerate([outside] * WARM + [clock] * steps):
        with watch.of("data"):
            # One batch of an epoch of its own: what is read ahead must not be missed.
            options = TrainOptions(epochs=1, samples_per_epoch=8, seed=step)
            batch = next(iter(Batches(samples, options).epoch(step)))
            batch = Batch(
                batch.image.to(device, memory_format=layout), batch.labels.to(device), batch.ignore.to(device),
                batch.classes,
            )  # fmt: skip
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss = torch.stack(list(_losses(stage, network, batch, watch).values())).sum()
        with watch.of("backward"):
            loss.backward()
        with watch.of("optimiser"):
            torch.nn.utils.clip_grad_norm_(stage.parameters(), 5.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)


def _losses(stage: Any, network: Any, batch: Batch, watch: Clock) -> dict[str, torch.Tensor]:
    """Compute the losses; tell apart what the networks take, and what the method's ``targets`` does."""
    inside = Clock("cuda" if batch.image.is_cuda else "cpu")
    profile = cProfile.Profile(watch.now)
    with _outermost(network, inside), watch.of("losses"):
        losses: dict[str, torch.Tensor] = profile.runcall(stage.losses, batch)
    targets = _seconds_in(profile, "targets.py")
    watch.seconds["targets"] += targets
    watch.seconds["forward"] += inside.seconds["forward"]
    watch.seconds["losses"] -= targets + inside.seconds["forward"]
    return losses


@contextmanager
def _outermost(network: Any, clock: Clock) -> Iterator[None]:
    """Time the network's modules that are called by no other module of it."""
    depth, began = 0, 0.0

    def enter(*_: Any) -> None:
        nonlocal depth, began
        began = clock.now() if depth == 0 else began
        depth += 1

    def leave(*_: Any) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            clock.seconds["forward"] += clock.now() - began

    modules = list(network.modules())
    hooks = [module.register_forward_pre_hook(enter) for module in modules]
    hooks += [module.register_forward_hook(leave) for module in modules]
    yield
    for hook in hooks:
        hook.remove()


def _seconds_in(profile: cProfile.Profile, file: str) -> float:
    """Seconds in the functions of a file, when called from another file."""
    stats: Any = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    is_inside: Callable[[Any], bool] = lambda place: Path(place[0]).name == file  # noqa: E731
    return sum(
        took[3]
        for place, (_, _, _, _, callers) in stats.items()
        if is_inside(place)
        for caller, took in callers.items()
        if not is_inside(caller)
    )


if __name__ == "__main__":
    typer.run(main)
