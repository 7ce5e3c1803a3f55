"""Finds the live parameters that suit labelled images best, whatever the method.

Each image goes through the network once and is decoded many times. A generator of events; free of
threads and windows. Knows a method through `Segmenter` only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from napari_leafseg.analysis.scores import ImageScore, Scores, pooled
from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params, ParamSpec
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, Progress, never, silent
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.inference.labelled import LabelledImages
from napari_leafseg.inference.search import RADII, neighbours, searched
from napari_leafseg.inference.tuning_events import Event, Goal, ImageEncoded, Tried, TuningFinished, TuningStarted

Source = Callable[[], Sample]
"""Reads one labelled image when it is needed."""

LEAST_TO_CROSS = 8
"""With fewer images than this, the gain is not measured on halves."""

_LEAST_TO_RACE = 32
_HEATS = 4
# A candidate that is this much worse on a quarter of the images is not tried on the others; on more of them, less.
_SLACK = 0.02
_LEAST_GAIN = 5e-4


def tune(
    segmenter: Segmenter,
    sources: Sequence[Source],
    *,
    start: Params | None = None,
    options: EncodeOptions | None = None,
    goal: Goal = Goal.MAP,
    keep: Collection[str] = (),
    cache: PredictionCache | None = None,
    check: Check = never,
    progress: Progress = silent,
) -> Iterator[Event]:
    """Search the live parameters for the highest score on labelled images.

    A descent by coordinates from ``start``: one parameter after another, a few values around the best so far, in
    `search.RADII` rounds, each nearer. Deterministic. With many images, what is clearly worse on a
    quarter, a half or three quarters of them is given up there.

    Parameters
    ----------
    segmenter
        Any method with its weights; not changed.
    sources
        Each reads one labelled image (`core.sample.Sample`).
    start
        Where to begin; the weights' own parameters if not given.
    options
        Of `encode`.
    goal
        Which score, pooled over the images.
    keep
        Names of parameters that stay as ``start`` has them.
    cache
        Where predictions are kept, for this search alone; a bounded one of its own if not given.
    check
        Called often; what it raises ends the search.
    progress
        Told how many of how many steps are done.

    Yields
    ------
    Events, the last one `TuningFinished`.

    Raises
    ------
    ImageError
        If there is no image, or one of them cannot be read.
    """
    if not sources:
        raise ImageError("There is no labelled image to tune on: add label images, or choose another folder.")
    began = time.monotonic()
    start = start or segmenter.defaults
    specs = [spec for spec in searched(start) if spec.name not in keep]
    yield TuningStarted(
        images=len(sources),
        goal=goal,
        searched=tuple(spec.name for spec in specs),
        params=start.model_dump(mode="json"),
    )
    steps = _Steps(progress, len(sources) * (2 + len(RADII) * len(specs)))
    # An empty cache is false.
    room = PredictionCache() if cache is None else cache
    images = LabelledImages(segmenter, options or EncodeOptions(), room, check)
    for source in sources:
        check()
        sample = source()
        yield ImageEncoded(name=sample.name, kept=images.add(sample))
        steps.advance()
    trials = _Trials(images, goal, steps)
    trials.judge_whole(start)
    best = yield from _descent(trials, start, specs)
    yield _finished(trials, start, best, time.monotonic() - began)


@dataclass(eq=False)
class _Steps:
    """Counts what is done of what there is to do."""

    progress: Progress
    total: int
    done: int = 0

    def advance(self, count: int = 1) -> None:
        self.done += count
        self.progress(min(self.done, self.total), self.total)


# --- searching ------------------------------------------------------------------------


def _descent(trials: _Trials, start: Params, specs: Sequence[ParamSpec]) -> Generator[Event, None, Params]:
    best = start
    for radius in RADII:
        for spec in specs:
            fresh = [params for params in neighbours(best, spec, radius) if params not in trials.results]
            trials.race(best, fresh)
            winner = trials.winner(best, fresh)
            for params in fresh:
                yield trials.told(params, spec, best, winner)
            best = winner
    return best


@dataclass(eq=False)
class _Trials:
    """What each set of parameters scored, image by image.

    Attributes
    ----------
    images
        What is decoded.
    goal
        Which score counts.
    steps
        Told about each image.
    results
        By parameters, the scores of the images in the order of `order`; fewer where they were given up.
    """

    images: LabelledImages
    goal: Goal
    steps: _Steps
    results: dict[Params, list[ImageScore]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.images)
        heats = _HEATS if count >= _LEAST_TO_RACE else 1
        # Neighbours in a folder look alike: each heat takes images from all of it.
        self._heats = [list(range(count))[first::heats] for first in range(heats)]

    def judge_whole(self, params: Params) -> None:
        """Score one set of parameters on all images."""
        self.results[params] = [
            score for heat in self._heats for index in heat for score in self._scored(index, [params])
        ]

    def race(self, best: Params, candidates: Sequence[Params]) -> None:
        """Score candidates on heat after heat, without those that fell behind the best so far."""
        live = list(candidates)
        self.results |= {params: [] for params in live}
        for number, heat in enumerate(self._heats, start=1):
            for index in heat:
                for params, score in zip(live, self._scored(index, live), strict=True):
                    self.results[params].append(score)
            if number < len(self._heats):
                live = [params for params in live if self._may_win(params, best, _SLACK / number)]

    def _scored(self, index: int, candidates: Sequence[Params]) -> list[ImageScore]:
        scores = self.images.score(index, candidates) if candidates else []
        self.steps.advance()
        return scores

    def _may_win(self, params: Params, best: Params, slack: float) -> bool:
        seen = len(self.results[params])
        return self.score(params) >= self.score(best, seen) - slack and not self.equal(params, best)

    def winner(self, best: Params, candidates: Sequence[Params]) -> Params:
        """Return the best of the candidates that saw all images, or the best before if none is better."""
        whole = [params for params in candidates if len(self.results[params]) == len(self.images)]
        top = max(whole, key=self.score, default=best)
        return top if self.score(top) > self.score(best) + _LEAST_GAIN else best

    def equal(self, params: Params, best: Params) -> bool:
        """Whether two sets of parameters give the same scores on the images that the first saw."""
        pairs = zip(self.results[params], self.results[best], strict=False)
        return all((a.sbd, a.fbd, a.predicted) == (b.sbd, b.fbd, b.predicted) for a, b in pairs)

    def score(self, params: Params, first: int | None = None) -> float:
        """The goal's score on the images seen, or the first few of them."""
        return goal_of(pooled(self.results[params][:first]), self.goal)

    def told(self, params: Params, spec: ParamSpec, best: Params, winner: Params) -> Tried:
        """Say what became of a candidate."""
        seen = len(self.results[params])
        verdict = "better" if params == winner else "equal" if self.equal(params, best) else "not better"
        value = params.model_dump(mode="json")[spec.name]
        return Tried(
            name=spec.name, value=value, score=self.score(params), best=self.score(best, seen), images=seen,
            verdict=verdict,
        )  # fmt: skip


def goal_of(scores: Scores, goal: Goal) -> float:
    """The score that counts."""
    return float(scores.as_dict()[goal.score])


# --- what came out --------------------------------------------------------------------


def _finished(trials: _Trials, start: Params, best: Params, seconds: float) -> TuningFinished:
    before, after = start.model_dump(mode="json"), best.model_dump(mode="json")
    return TuningFinished(
        goal=trials.goal,
        params=after,
        changed={name: (before[name], value) for name, value in after.items() if value != before[name]},
        before={name: float(value) for name, value in pooled(trials.results[start]).as_dict().items()},
        after={name: float(value) for name, value in pooled(trials.results[best]).as_dict().items()},
        cross_gain=_cross_gain(trials, start),
        tried=len(trials.results),
        seconds=seconds,
    )


def _cross_gain(trials: _Trials, start: Params) -> float | None:
    """Choose on every other image among all that was tried, measure on the rest, both ways."""
    count = len(trials.images)
    if count < LEAST_TO_CROSS:
        return None
    whole = {params: found for params, found in trials.results.items() if len(found) == count}

    def gain(chosen_on: int) -> float:
        scores = {params: goal_of(pooled(found[chosen_on::2]), trials.goal) for params, found in whole.items()}
        best = max(scores, key=lambda params: scores[params])
        measured = [goal_of(pooled(whole[params][1 - chosen_on :: 2]), trials.goal) for params in (start, best)]
        return measured[1] - measured[0]

    return float(np.mean([gain(0), gain(1)]))
