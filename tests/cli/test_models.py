"""`models` tells people and programs what can be run, with licences and bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.registry import methods
from napari_leafseg.core.weights import Card


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a weights file of the torch-free method come with the package."""
    path = tmp_path / "threshold-anything.safetensors"
    card = Card(title="Bright things", subject="anything", licence="CC0", object_size=20, figures={"SBD": 0.5})
    card = card.replace(groups={"bright field": {"images": 4, "AP50": 0.25}})
    ThresholdSegmenter(card=card).save(path)

    def only(method: str | None = None) -> dict[str, Path]:
        return {path.stem: path} if method in (None, "threshold") else {}

    monkeypatch.setattr("napari_leafseg.core.catalogue.shipped", only)
    return path


def test_json_has_one_object_per_model(command: Any, shipped: Path) -> None:
    result = command("models", "--json")
    assert result.exit_code == 0
    found = {described["model"]: described for described in map(json.loads, result.stdout.splitlines())}
    assert list(found) == list(methods())
    threshold = found["threshold"]
    assert threshold["presets"] == ["only"]
    assert [param["name"] for param in threshold["params"]] == ["threshold", "min_area", "invert"]
    first = threshold["params"][0]
    assert (first["type"], first["low"], first["high"], first["default"]) == ("float", 0, 1, 0.5)
    (weights,) = threshold["weights"]
    assert weights["name"] == "anything" and weights["file"] == str(shipped)
    assert weights["card"]["licence"] == "CC0" and weights["card"]["object_size"] == 20


def test_every_parameter_of_every_model_says_what_it_is(command: Any) -> None:
    for described in map(json.loads, command("models", "--json").stdout.splitlines()):
        for param in described["params"]:
            assert param["title"] and param["help"]
            assert param["choices"] or param["type"] == "bool" or param["low"] < param["high"]


def test_a_person_reads_licence_figures_and_bounds(command: Any, shipped: Path) -> None:
    text = command("models").stdout
    for part in ("Weights anything: Bright things", "Licence: CC0", "Object size: typically 20 px across", "SBD 0.5"):
        assert part in text
    assert "By kind: bright field: 4 images, AP50 0.25" in text
    assert "Network: only, 0.0 million parameters, 0.0 MB" in text
    assert "[0 to 10000 px; default 4]" in text


def test_a_model_without_weights_says_so(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_leafseg.core.catalogue.shipped", lambda method=None: {})
    assert "none come with the plugin" in command("models").stdout
