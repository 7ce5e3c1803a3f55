"""Methods are found by looking, made on demand, and unknown names are answered with the known ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_leafseg.core.errors import ParameterError, WeightsError
from napari_leafseg.core.registry import Method, create, load, method, methods, register, unregister
from napari_leafseg.core.weights import Header, write


def test_methods_are_sorted_and_complete() -> None:
    assert list(methods()) == sorted(methods())
    for name, known in methods().items():
        assert name == known.name
        assert known.title
        assert known.summary
        assert known.paper
        assert known.presets


def test_a_method_can_be_added_and_taken_back(threshold_method: Method) -> None:
    assert methods()["threshold"] is threshold_method
    assert method("threshold") is threshold_method
    with pytest.raises(ValueError, match="registered already"):
        register(threshold_method)
    unregister("threshold")
    assert "threshold" not in methods()
    register(threshold_method)


def test_an_unknown_model_is_answered_with_the_nearest(threshold_method: Method) -> None:
    with pytest.raises(
        ParameterError, match=r"There is no model 'treshold'; there are .*\. Did you mean 'threshold'\?"
    ):
        method("treshold")
    with pytest.raises(ParameterError, match="There is no model 'xyz'"):
        load("xyz")


def test_made_untrained_from_a_preset(threshold_method: Method) -> None:
    segmenter = create("threshold", config={"delay": 0.0})
    assert (segmenter.method, segmenter.source) == ("threshold", None)
    with pytest.raises(ParameterError, match="threshold has no preset 'paper'; it has only"):
        create("threshold", "paper")


def test_loaded_from_a_file_or_its_run_folder(
    threshold_method: Method, threshold_weights: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "best.safetensors").write_bytes(threshold_weights.read_bytes())
    assert load("threshold", threshold_weights).source == threshold_weights
    assert load("threshold", run).source == run / "best.safetensors"


def test_weights_of_another_method_are_refused(threshold_method: Method, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    write(path, Header(method="rsis", preset="compact"), {})
    with pytest.raises(WeightsError, match="holds weights of rsis, not of threshold: choose the model rsis"):
        load("threshold", path)
