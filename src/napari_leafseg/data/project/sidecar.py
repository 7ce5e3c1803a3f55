"""What a project writes of one image beside its labels, as JSON.

A value with its text form; reads and writes no file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, ValidationError

from napari_leafseg.core.errors import ProjectError
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.core.provenance import Record
from napari_leafseg.core.user import user_name


class Status(StrEnum):
    """How far an image is."""

    NEW = "new"
    PREDICTED = "predicted"
    IN_WORK = "in work"
    CORRECTED = "corrected"


class Step(FrozenModel):
    """Who did what, and when.

    Attributes
    ----------
    who
        Name of the user's account.
    what
        In words.
    since, until
        First and last time in one sitting, UTC.
    """

    who: str
    what: str
    since: datetime
    until: datetime


class Sidecar(FrozenModel):
    """One image's labels, but for the labels themselves.

    Attributes
    ----------
    image
        Path of the image within its folder, with ``/``.
    status
        How far the image is.
    checked
        Ids of objects that a person found right, ascending.
    classes
        Name of each object's class, by id, where it has one.
    scores
        Confidence of each object as the method gave it, by id, 0 to 1.
    uncertainty
        Of the whole image; higher teaches more. ``None`` where nobody worked it out.
    objects
        How many there are.
    record
        How the labels were predicted, if they were.
    steps
        What was done, oldest first.
    image_hash
        SHA-256 of the image's file when it was labelled.
    labels_hash, ignore_hash
        SHA-256 of the files that belong to this; ``None`` for no file. This is what makes several files change as
        one (`commit`).
    """

    format: Literal["napari-leafseg image"] = "napari-leafseg image"
    version: Literal[1] = 1
    image: str
    status: Status = Status.NEW
    checked: tuple[int, ...] = ()
    classes: dict[int, str] = Field(default_factory=dict)
    scores: dict[int, float] = Field(default_factory=dict)
    uncertainty: float | None = None
    objects: int = Field(0, ge=0)
    record: Record | None = None
    steps: tuple[Step, ...] = ()
    image_hash: str | None = None
    labels_hash: str | None = None
    ignore_hash: str | None = None

    @classmethod
    def from_text(cls, text: str | bytes, key: str) -> Self:
        """Read it back.

        Raises
        ------
        ProjectError
            If it is damaged, of a newer program, not ours, or speaks of another image than ``key``.
        """
        try:
            sidecar = cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            what = (
                "it is of another version" if first["loc"] == ("version",) else "it is damaged, or not of this program"
            )
            raise ProjectError(f"{key}.json cannot be used ({what}): the labels beside it are kept.") from None
        if sidecar.image != key:
            raise ProjectError(f"{key}.json cannot be used (it speaks of {sidecar.image!r}): it is left alone.")
        return sidecar

    def to_text(self) -> str:
        """Write it as JSON."""
        return self.model_dump_json(indent=1) + "\n"

    def kept_to(self, ids: Iterable[int]) -> Self:
        """Forget what is said of objects that are not there any more."""
        present = set(ids)
        return self.model_copy(
            update={
                "objects": len(present),
                "checked": tuple(index for index in self.checked if index in present),
                "classes": {index: name for index, name in self.classes.items() if index in present},
                "scores": {index: score for index, score in self.scores.items() if index in present},
            }
        )

    def with_steps(self, what: Iterable[str], sitting: datetime) -> Self:
        """Add to the history; the same thing done again in one sitting moves the end of its step."""
        now, who = datetime.now(UTC).replace(microsecond=0), user_name()
        steps = list(self.steps)
        for each in what:
            for place, step in enumerate(steps):
                if step.since >= sitting and (step.who, step.what) == (who, each):
                    steps[place] = step.model_copy(update={"until": now})
                    break
            else:
                steps.append(Step(who=who, what=each, since=now, until=now))
        return self.model_copy(update={"steps": tuple(steps)})
