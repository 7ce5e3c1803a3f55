"""A training as it is asked for, by the command line or a script: from names to events.

What can be refused at once is refused before anything is written, and nothing here loads torch until it trains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_leafseg.core import registry
from napari_leafseg.core.catalogue import BEST_BACKBONE, file_hash, find, find_any
from napari_leafseg.core.device import DeviceName
from napari_leafseg.core.errors import LeafsegError, MemoryUsedUpError, ParameterError, TrainingError
from napari_leafseg.data.drawing import check_drawn
from napari_leafseg.training.about import About
from napari_leafseg.training.drawn import DrawnSamples, presets_of, to_replay
from napari_leafseg.training.events import Event, Failed, Preparing, Warned
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder

if TYPE_CHECKING:
    from napari_leafseg.core.segmenter import Segmenter

IMAGENET, BACKBONE = "imagenet", "backbone"
_BACKBONE_OF = f"{BACKBONE}:"


@dataclass(frozen=True)
class Request:
    """What is to be trained, on what, and how.

    Attributes
    ----------
    data, val
        Folders of labelled images, or ``drawn:`` and presets; ``val`` may be empty.
    model
        Method.
    options
        How.
    weights
        What to start from: a name, run folder or file; ``imagenet``; ``backbone``, or ``backbone:`` and
        weights, for that alone; or nothing.
    preset, config
        Of the network, when starting from none.
    device, devices
        Where, and on how many.
    resume
        Whether to go on with the run that is there.
    """

    data: str
    model: str
    options: TrainOptions
    weights: str = ""
    val: str = ""
    preset: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    device: DeviceName = "auto"
    devices: int = 1
    resume: bool = False

    @property
    def starts_whole(self) -> bool:
        """Whether all of the network starts from weights."""
        return self.weights not in {"", IMAGENET, BACKBONE} and not self.weights.startswith(_BACKBONE_OF)

    @property
    def start(self) -> Path | None:
        """The file that it starts from, if any.

        Raises
        ------
        WeightsError
            If it is not there.
        """
        if self.starts_whole:
            return find(self.model, self.weights)
        if self.weights == BACKBONE:
            return find_any(BEST_BACKBONE)
        return find_any(self.weights.removeprefix(_BACKBONE_OF)) if self.weights.startswith(_BACKBONE_OF) else None

    def about(self, out: Path, command: tuple[str, ...] = ()) -> About:
        """Describe it for the run's folder; what cannot be trained is refused.

        Raises
        ------
        LeafsegError
            If the method, the weights or what is to be drawn are unknown, or no end is given.
        """
        registry.method(self.model)
        start = self.start
        if self.starts_whole and (self.preset or self.config):
            names = "--preset" if self.preset else ", ".join(self.config)
            raise ParameterError(f"{names} cannot be changed when starting from weights: leave out --weights.")
        for presets in filter(None, map(presets_of, (self.data, self.val))):
            check_drawn(presets, self.options.drawn_size)
        if self.options.epochs is None and self.options.minutes is None:
            raise TrainingError("Say how long to train: give epochs or minutes.")
        return About(
            name=out.resolve().name,
            method=self.model,
            weights=self.weights,
            weights_sha256=file_hash(start) if start else "",
            data=self.data,
            command=command,
        )


def carry_out(asked: Request, run: RunFolder) -> Iterator[Event]:
    """Train what was asked for in a folder that was begun, and let go of it at the end.

    Yields
    ------
    Events; the first at once, the last `Finished`, or `Failed` before an error is raised.

    Raises
    ------
    LeafsegError
        If it cannot be trained.
    """
    try:
        yield from _noted(run, _events(asked, run))
    except LeafsegError as error:
        smaller = error.smaller_batch if isinstance(error, MemoryUsedUpError) else None
        yield from _noted(run, [Failed(sentence=str(error), smaller_batch=smaller)])
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        sentence = (
            f"The training broke off ({what}): resume it, or report this with the log; the best weights are kept."
        )
        yield from _noted(run, [Failed(sentence=sentence)])
        raise
    finally:
        run.end()


def _noted(run: RunFolder, events: Iterator[Event] | list[Event]) -> Iterator[Event]:
    """Write events down, and tell them in one of several processes."""
    for event in events:
        run.note(event)
        if run.writes:
            yield event


def _events(asked: Request, run: RunFolder) -> Iterator[Event]:
    yield Preparing(what="Loading the network")
    from napari_leafseg.training.data import card_of, load_data
    from napari_leafseg.training.doubts import doubts
    from napari_leafseg.training.fit import fit

    segmenter = _segmenter(asked)
    yield Preparing(what=f"Reading the images of {asked.data}")
    found = load_data(asked.data, asked.val or None, segmenter.contrast, asked.options)
    yield Preparing(what=found.sentence)
    if segmenter.classes:
        found = found.renumbered(segmenter.classes)
    start = segmenter.card if segmenter.source else None
    yield from (Warned(sentence=doubt) for doubt in doubts(found.train, found.validation, start, segmenter.classes))
    replay = _replay(segmenter, asked.options)
    if asked.options.replay and replay is None:
        yield Warned(
            sentence="These weights do not say what they were trained on, so nothing of it is mixed in: "
            "they may forget some of what they knew."
        )
    segmenter.classes = found.classes
    segmenter.card = card_of(found.origin, segmenter.card)
    yield from fit(
        segmenter, found.train, found.validation, asked.options, run,
        replay=replay, device=asked.device, devices=asked.devices, resume=asked.resume,
    )  # fmt: skip


def _segmenter(asked: Request) -> Segmenter:
    if asked.starts_whole:
        return registry.load(asked.model, asked.weights)
    segmenter = registry.create(asked.model, asked.preset or None, asked.config)
    if asked.weights == IMAGENET:
        segmenter.start_from_imagenet()
    elif asked.start:
        segmenter.start_from_backbone(asked.start)
    return segmenter


def _replay(segmenter: Segmenter, options: TrainOptions) -> DrawnSamples | None:
    """Find what the first weights were trained on, if it can be drawn."""
    presets = presets_of(segmenter.card.origin) if segmenter.source else None
    return to_replay(presets, options.drawn_size, segmenter.contrast, options.seed) if presets else None
