"""Parameters are frozen, bounded, come through JSON unchanged, and refuse what they must in one sentence."""

from __future__ import annotations

import json
from enum import StrEnum

import pytest
from pydantic import ValidationError

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params, param, specs


class Background(StrEnum):
    DENSEST = "densest"
    MASK = "mask"


class Example(Params):
    bandwidth: float = param(0.5, title="Bandwidth", help="How far a cluster reaches.", low=0.1, high=2, step=0.05)
    min_area: int = param(20, title="Minimum area", help="Smaller ones go.", low=0, high=900, unit="px", log=True)
    split: bool = param(True, title="Split", help="Components apart.")
    background: Background = param(Background.DENSEST, title="Background", help="What it is.")


def test_a_form_can_be_made_of_the_fields() -> None:
    bandwidth, area, split, background = specs(Example)
    assert (bandwidth.type, bandwidth.low, bandwidth.high, bandwidth.step) == (float, 0.1, 2, 0.05)
    assert (area.type, area.default, area.unit, area.log) == (int, 20, "px", True)
    assert (split.type, split.low, split.choices) == (bool, None, ())
    assert (background.choices, background.default) == (("densest", "mask"), "densest")
    assert all(spec.title and spec.help for spec in specs(Example))


def test_json_and_back() -> None:
    value = Example(bandwidth=0.25, background=Background.MASK, split=False)
    assert Example.parse(json.loads(json.dumps(value.model_dump(mode="json")))) == value


def test_text_is_converted_as_the_command_line_gives_it() -> None:
    text = {"bandwidth": "0.25", "min_area": "3", "split": "false", "background": "mask"}
    assert Example.parse(text) == Example(bandwidth=0.25, min_area=3, split=False, background=Background.MASK)


def test_only_what_is_not_default_is_shown() -> None:
    assert repr(Example(min_area=3)) == "Example(min_area=3)"


def test_replacing_leaves_the_first_as_it_was() -> None:
    first = Example()
    assert first.replace(min_area=3).min_area == 3
    assert first.min_area == 20
    with pytest.raises(ValidationError, match="frozen"):
        first.min_area = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bandwith": 1}, "There is no parameter 'bandwith' here; there are bandwidth, min_area, split, background."),
        ({"bandwidth": 9}, "bandwidth = 9 is not allowed; bandwidth takes a number from 0.1 to 2."),
        ({"bandwidth": "wide"}, "bandwidth = 'wide' is not allowed; bandwidth takes a number from 0.1 to 2."),
        ({"bandwidth": float("nan")}, "bandwidth = nan is not allowed; bandwidth takes a number from 0.1 to 2."),
        ({"bandwidth": None}, "bandwidth = None is not allowed; bandwidth takes a number from 0.1 to 2."),
        ({"min_area": -1}, "min_area = -1 is not allowed; min_area takes a whole number from 0 to 900 px."),
        ({"min_area": 2.5}, "min_area = 2.5 is not allowed; min_area takes a whole number from 0 to 900 px."),
        ({"split": "perhaps"}, "split = 'perhaps' is not allowed; split takes true or false."),
        ({"background": "sky"}, "background = 'sky' is not allowed; background takes one of densest, mask."),
    ],
)
def test_what_is_not_allowed_is_said_in_one_sentence(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ParameterError) as refused:
        Example().replace(**changes)
    assert str(refused.value) == says


@pytest.mark.parametrize("name", ["bandwidth", "min_area"])
def test_both_bounds_are_allowed(name: str) -> None:
    spec = next(spec for spec in specs(Example) if spec.name == name)
    for bound in (spec.low, spec.high):
        assert getattr(Example().replace(**{name: bound}), name) == bound


@pytest.mark.parametrize(("given", "becomes"), [("auto", "auto"), ("off", "off"), ("512", 512), (512, 512)])
def test_tiles_may_be_a_word_or_a_number(given: object, becomes: object) -> None:
    assert EncodeOptions.parse({"tile": given}).tile == becomes


@pytest.mark.parametrize(
    "values", [{"tile": 10}, {"tile": "huge"}, {"object_size": 0}, {"object_size": "nan"}, {"device": "tpu"}, {"x": 1}]
)
def test_options_that_are_not_allowed_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(values))):
        EncodeOptions.parse(values)


def test_the_auto_device_comes_first_and_options_go_through_json() -> None:
    options = EncodeOptions(object_size=30, tile=256)
    assert EncodeOptions.parse(json.loads(options.model_dump_json())) == options
    assert EncodeOptions().device == "auto"
