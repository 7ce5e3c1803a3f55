"""Live parameters: one frozen model per method, from which every other list is made.

The sliders, the command line's ``--set name=value`` and the record in a layer's metadata
are all read off the fields. Must not know how a form or a command line looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from napari_leafseg.core.errors import ParameterError


class FrozenModel(BaseModel):
    """A value that never changes, refuses unknown names, and prints what is not default."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_enum_values=False)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated again.

        Raises
        ------
        ParameterError
            If a name is unknown or a value not allowed.
        """
        return type(self).parse({**self.model_dump(), **changes})

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Make the value from names and values (text is converted).

        Raises
        ------
        ParameterError
            One sentence with the name, what was given and what is allowed.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ParameterError(_sentence(cls, error)) from None

    def __repr_args__(self) -> Any:
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.default:
                yield name, value


class Params(FrozenModel):
    """Base of every method's live parameters. Every field is made by `param`.

    Fields are flat: bool, int, float or a `StrEnum`. Sizes are in pixels of the image, never of the network.
    """


def param(
    default: Any,
    *,
    title: str,
    help: str,  # noqa: A002
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    unit: str = "",
    log: bool = False,
) -> Any:
    """Declare a live parameter.

    Parameters
    ----------
    default
        Value, within the bounds.
    title, help
        Label of the control, and one sentence for its tooltip.
    low, high
        Bounds, both included; required for numbers.
    step
        Smallest useful change.
    unit
        Shown after the value, for example ``"px"``.
    log
        Whether a slider should be spaced logarithmically.
    """
    extra: dict[str, Any] = {"unit": unit, "step": step, "log": log}
    return Field(
        default, title=title, description=help, ge=low, le=high, json_schema_extra=extra, validate_default=True
    )


@dataclass(frozen=True)
class ParamSpec:
    """One field as a form or a help text needs it.

    Attributes
    ----------
    name, title, help, unit
        Texts.
    type
        ``bool``, ``int``, ``float`` or a `StrEnum` class.
    default, low, high, step
        Values; bounds are ``None`` for bool and choices.
    choices
        The values of a `StrEnum`, else empty.
    log
        Whether a slider should be logarithmic.
    """

    name: str
    title: str
    help: str
    unit: str
    type: type
    default: Any
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[str, ...]
    log: bool


def min_area_param() -> Any:
    """Declare the parameter that every method has: the least area of an object, in pixels of the image."""
    return param(
        20, title="Minimum area", help="Smaller objects are dropped.", low=0, high=5000, step=1, unit="px", log=True
    )


def score_param() -> Any:
    """Declare the least score of an object, for methods that score what they have found."""
    return param(
        0.0,
        title="Score",
        help="Objects whose pixels agree less, or look less like an object, are dropped.",
        low=0.0,
        high=0.95,
        step=0.01,
    )


def specs(model: type[FrozenModel]) -> tuple[ParamSpec, ...]:
    """Describe the fields of a parameter model, in order."""
    return tuple(_spec(name, field) for name, field in model.model_fields.items())


def _spec(name: str, field: FieldInfo) -> ParamSpec:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind: type[Any] = field.annotation if isinstance(field.annotation, type) else object
    low, high = _bounds(field)
    return ParamSpec(
        name=name,
        title=field.title or name,
        help=field.description or "",
        unit=str(extra.get("unit") or ""),
        type=kind,
        default=field.default,
        low=low,
        high=high,
        step=extra.get("step"),  # type: ignore[arg-type]
        choices=tuple(member.value for member in kind) if issubclass(kind, StrEnum) else (),
        log=bool(extra.get("log")),
    )


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low: Any = None
    high: Any = None
    for item in field.metadata:
        if isinstance(item, Ge):
            low = item.ge
        elif isinstance(item, Gt):
            low = item.gt
        elif isinstance(item, Le):
            high = item.le
        elif isinstance(item, Lt):
            high = item.lt
    return low, high


def _sentence(model: type[FrozenModel], error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "?"
    known = {spec.name: spec for spec in specs(model)}
    if name not in known:
        return f"There is no parameter {name!r} here; there are {', '.join(known) or 'none'}."
    spec = known[name]
    allowed = _allowed(spec)
    return (
        f"{name} = {first.get('input')!r} is not allowed; {name} takes {allowed}."
        if allowed
        else (f"{name} = {first.get('input')!r} is not allowed: {first['msg']}.")
    )


def _allowed(spec: ParamSpec) -> str:
    if spec.choices:
        return f"one of {', '.join(spec.choices)}"
    if spec.type is bool:
        return "true or false"
    kind = {int: "a whole number", float: "a number"}.get(spec.type, "")
    if not kind:
        return ""
    unit = f" {spec.unit}" if spec.unit else ""
    if spec.low is not None and spec.high is not None:
        return f"{kind} from {spec.low:g} to {spec.high:g}{unit}"
    if spec.low is not None:
        return f"{kind} of at least {spec.low:g}{unit}"
    return kind
