"""What the events of a training add up to: curves, previews, warnings, how it ended.

Pure: events in, one value out. Knows no file and no window; events of newer programs are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from napari_leafseg.training.events import (
    Continued,
    EpochDone,
    Event,
    Failed,
    Finished,
    Paused,
    Preparing,
    Started,
    Validated,
    Warned,
)

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Preview:
    """The objects found in one validation image after some epochs; paths as the event gives them."""

    labels: str
    image: str
    title: str


@dataclass(frozen=True)
class Story:
    """A training so far.

    Attributes
    ----------
    started
        Method, images, device and stages; ``None`` before.
    preparing
        What is made before the first step, in words; empty once training goes on.
    paused
        Whether it holds.
    epochs
        Epochs of all stages that are done.
    losses, scores
        Curves by name; their epochs are counted over all stages.
    previews
        Oldest first.
    best
        The validation that the weights are of.
    warnings
        Sentences.
    finished, failed
        How it ended, if it did.
    """

    started: Started | None = None
    preparing: str = ""
    paused: bool = False
    epochs: int = 0
    losses: Mapping[str, Curve] = ()  # type: ignore[assignment]
    scores: Mapping[str, Curve] = ()  # type: ignore[assignment]
    previews: tuple[Preview, ...] = ()
    best: Validated | None = None
    warnings: tuple[str, ...] = ()
    finished: Finished | None = None
    failed: Failed | None = None

    @property
    def over(self) -> bool:
        """Whether the run told its end."""
        return self.finished is not None or self.failed is not None


def parsed(events: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Make events of what a run's file holds; what is none is left out."""
    found = []
    for event in events:
        try:
            found.append(_EVENT.validate_python(dict(event)))
        except ValidationError:
            continue
    return found


def story_of(events: Sequence[Event]) -> Story:
    """Sum up the events of a run, oldest first; what a resumed run did again counts as it was done last."""
    epochs = {(event.stage, event.epoch + 1): event for event in events if isinstance(event, EpochDone)}
    checks = {(event.stage, event.epoch): event for event in events if isinstance(event, Validated)}
    begun = [event for event in events if isinstance(event, Started)]
    offsets = _offsets((*epochs, *checks), begun[-1].stages if begun else ())
    seen = [event for event in checks.values() if event.images]
    return Story(
        started=begun[-1] if begun else None,
        preparing=_preparing(events),
        paused=_last(events, Paused, Continued, Started, EpochDone, Finished, Failed) is Paused,
        epochs=len(epochs),
        losses=_losses(epochs, offsets),
        scores={
            name: tuple((offsets[event.stage] + event.epoch, getattr(event, name.lower())) for event in seen)
            for name in ("SBD", "AP50")
        },
        previews=_previews(checks.values(), offsets),
        best=next((event for event in reversed(seen) if event.best), None),
        warnings=tuple(dict.fromkeys(event.sentence for event in events if isinstance(event, Warned))),
        finished=_end(events, Finished),
        failed=_end(events, Failed),
    )


def _offsets(places: Iterable[tuple[str, int]], stages: Sequence[str]) -> dict[str, int]:
    """Count the epochs of the stages before each."""
    longest: dict[str, int] = dict.fromkeys(stages, 0)
    for stage, epoch in places:
        longest[stage] = max(longest.get(stage, 0), epoch)
    offsets, before = {}, 0
    for stage, epochs in longest.items():
        offsets[stage] = before
        before += epochs
    return offsets


def _losses(epochs: Mapping[tuple[str, int], EpochDone], offsets: Mapping[str, int]) -> dict[str, Curve]:
    stages_of: dict[str, set[str]] = {}
    for event in epochs.values():
        for name in event.losses:
            stages_of.setdefault(name, set()).add(event.stage)
    curves: dict[str, list[tuple[float, float]]] = {}
    for (stage, epoch), event in epochs.items():
        for name, value in event.losses.items():
            title = name if len(stages_of[name]) == 1 else f"{stage}: {name}"
            curves.setdefault(title, []).append((offsets[stage] + epoch, value))
    return {title: tuple(sorted(points)) for title, points in curves.items()}


def _previews(checks: Iterable[Validated], offsets: Mapping[str, int]) -> tuple[Preview, ...]:
    return tuple(
        Preview(event.preview, event.preview_image, _title(event, offsets)) for event in checks if event.preview
    )


def _title(event: Validated, offsets: Mapping[str, int]) -> str:
    epoch = offsets[event.stage] + event.epoch
    when = f"After epoch {epoch}" if epoch else "Before the first epoch"
    return f"{when}: SBD {event.sbd:.2f}, AP50 {event.ap50:.2f}" if event.images else when


def _last(events: Sequence[Event], *kinds: type) -> type | None:
    """Say which of some kinds of events came last."""
    return next((type(event) for event in reversed(events) if isinstance(event, kinds)), None)


def _preparing(events: Sequence[Event]) -> str:
    last = next((event for event in reversed(events) if not isinstance(event, Warned)), None)
    return last.what if isinstance(last, Preparing) else ""


def _end(events: Sequence[Event], kind: Any) -> Any:
    """Return the event of a kind, if nothing was done after it; what was resumed is not over."""
    working = (Started, Preparing, EpochDone, Finished, Failed)
    last = next((event for event in reversed(events) if isinstance(event, working)), None)
    return last if isinstance(last, kind) else None
