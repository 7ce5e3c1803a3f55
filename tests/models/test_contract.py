"""The contract that every method must meet, whatever it is; a new method is tested by existing.

Each method trains itself on one small drawn image first (the overfit test), and the other
tests use what came of it, so that they see sensible predictions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from overfitting import OVERFIT, drawn_sample

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core import registry
from napari_leafseg.core.errors import Cancelled, ParameterError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import ParamSpec, specs
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.nets.freezing import Freezable
from napari_leafseg.training.fit import fit

THRESHOLD = "threshold"
METHODS = (THRESHOLD, *registry.methods())


@pytest.fixture(scope="module")
def sample() -> Sample:
    return drawn_sample()


@pytest.fixture(scope="module", params=METHODS)
def segmenter(request: pytest.FixtureRequest, sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    """Each method, once, overfitted to the sample where it can be trained."""
    if request.param == THRESHOLD:
        from threshold_segmenter import ThresholdSegmenter

        return ThresholdSegmenter()
    made = registry.create(request.param)
    for _ in fit(made, [sample], [sample], OVERFIT, tmp_path_factory.mktemp("run") / "run", device="cpu"):
        pass
    return made


@pytest.fixture
def trainable(segmenter: Segmenter) -> Segmenter:
    """Skip methods without a network."""
    if segmenter.method == THRESHOLD:
        pytest.skip("has nothing to train")
    return segmenter


@pytest.fixture(scope="module")
def prediction(segmenter: Segmenter, sample: Sample) -> Prediction:
    return segmenter.encode(sample.image)


def _arrays(prediction: Prediction) -> list[NDArray[np.generic]]:
    return [value for tile in prediction.tiles for value in vars(tile.piece).values() if isinstance(value, np.ndarray)]


def test_parameters_survive_json(segmenter: Segmenter) -> None:
    """What a layer's metadata keeps gives the same parameters back."""
    text = segmenter.defaults.model_dump_json()
    assert segmenter.params_type.parse(json.loads(text)) == segmenter.defaults


def test_every_parameter_can_be_shown(segmenter: Segmenter) -> None:
    """A form needs a title, a help sentence, bounds that hold the default."""
    for spec in specs(segmenter.params_type):
        assert spec.title and spec.help
        if spec.type in (int, float):
            assert spec.low is not None and spec.high is not None
            assert spec.low <= getattr(segmenter.defaults, spec.name) <= spec.high
        else:
            assert spec.type is bool or spec.choices


def _ends(spec: ParamSpec) -> list[object]:
    if spec.type is bool:
        return [False, True]
    return list(spec.choices) or [spec.low, spec.high]


def test_both_ends_of_every_slider_decode(segmenter: Segmenter, prediction: Prediction) -> None:
    """No position of any control fails."""
    for spec in specs(segmenter.params_type):
        for value in _ends(spec):
            instances = segmenter.decode(prediction, segmenter.defaults.replace(**{spec.name: value}))
            assert instances.labels.shape == prediction.image_shape


def test_decode_is_pure_and_deterministic(segmenter: Segmenter, prediction: Prediction) -> None:
    """The prediction stays as it was, and the same question has the same answer."""
    before = [array.copy() for array in _arrays(prediction)]
    first, second = segmenter.decode(prediction), segmenter.decode(prediction)
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.scores, second.scores)
    for old, new in zip(before, _arrays(prediction), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_memo_changes_no_answer(segmenter: Segmenter, prediction: Prediction) -> None:
    """Walking through the parameters with one memo gives what fresh decoding gives."""
    memo = BoundedMemo()
    for spec in specs(segmenter.params_type):
        for value in [*_ends(spec), getattr(segmenter.defaults, spec.name)]:
            params = segmenter.defaults.replace(**{spec.name: value})
            kept = segmenter.decode(prediction, params, memo=memo)
            fresh = segmenter.decode(prediction, params)
            np.testing.assert_array_equal(kept.labels, fresh.labels)
            np.testing.assert_array_equal(kept.scores, fresh.scores)
    assert len(memo) > 0


def test_labels_are_int32_from_1_to_n(segmenter: Segmenter, prediction: Prediction, sample: Sample) -> None:
    """Ids without gaps, one score each, the image's own size."""
    instances = segmenter.decode(prediction)
    assert instances.labels.dtype == np.int32
    assert instances.labels.shape == sample.labels.shape
    assert np.unique(instances.labels).tolist() == list(range(instances.count + 1))
    assert len(instances.table()) == instances.count
    assert np.all((instances.scores >= 0) & (instances.scores <= 1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (64, 64)])
def test_an_empty_image_has_no_objects(segmenter: Segmenter, shape: tuple[int, int]) -> None:
    """Black is background, at any size."""
    assert segmenter.decode(segmenter.encode(np.zeros(shape, np.uint8))).count == 0


def test_tiles_agree_with_the_whole_away_from_seams(segmenter: Segmenter) -> None:
    """Cutting an image changes objects near the seams at most."""
    image, _ = draw_nuclei(size=256, count=40, seed=5)
    whole = segmenter.decode(segmenter.encode(image, EncodeOptions(tile="off")))
    tiled = segmenter.encode(image, EncodeOptions(tile=160))
    assert len(tiled.tiles) == 4
    scores = evaluate_pairs([(segmenter.decode(tiled).labels[:64, :64], whole.labels[:64, :64])])
    assert scores.sbd > 0.9


def test_object_size_scales_the_image_for_the_network(
    segmenter: Segmenter, sample: Sample, prediction: Prediction
) -> None:
    """Twice the objects, halved for the network: the same objects, at the image's size."""
    segmenter.card = segmenter.card.replace(object_size=20.0)
    double = np.kron(sample.image, np.ones((2, 2, 1), np.float32))
    instances = segmenter.decode(segmenter.encode(double, EncodeOptions(object_size=40)))
    assert instances.labels.shape == double.shape[:2]
    twice = np.ones((2, 2), np.int32)
    single = segmenter.decode(segmenter.encode(sample.image))
    assert evaluate_pairs([(instances.labels, np.kron(single.labels, twice))]).fbd > 0.9
    if segmenter.method != THRESHOLD:  # a threshold does not part what touches, at any size
        assert evaluate_pairs([(instances.labels, np.kron(sample.labels, twice))]).sbd > 0.8


def test_cancel_is_answered_within_a_second(segmenter: Segmenter) -> None:
    """From the request to the end of the work, while a large image is in the network."""
    asked_at = time.monotonic() + 0.3

    def check() -> None:
        if time.monotonic() > asked_at:
            raise Cancelled

    if segmenter.method == THRESHOLD:
        pytest.skip("is done before anybody can cancel; the window tests slow it down")
    busy = np.random.default_rng(0).integers(0, 255, (2048, 2048), np.uint8)
    with pytest.raises(Cancelled):
        segmenter.encode(busy, EncodeOptions(tile="off", device="cpu"), check=check)
    assert time.monotonic() - asked_at < 1


def test_saved_and_loaded_weights_give_the_same_labels(
    segmenter: Segmenter, prediction: Prediction, sample: Sample, tmp_path: Path, threshold_method: object
) -> None:
    """A weights file is the whole segmenter."""
    segmenter.defaults = segmenter.defaults.replace(min_area=9)
    segmenter.save(tmp_path / "saved.safetensors")
    loaded = registry.load(segmenter.method, tmp_path / "saved.safetensors")
    assert loaded.defaults == segmenter.defaults
    assert loaded.card == segmenter.card
    np.testing.assert_array_equal(
        loaded.decode(loaded.encode(sample.image)).labels, segmenter.decode(prediction).labels
    )


def test_a_prompt_is_answered_or_refused_in_a_sentence(
    segmenter: Segmenter, prediction: Prediction, sample: Sample
) -> None:
    """A point inside an object gives a mask around it, or a `ParameterError`."""
    row, column = (int(v.mean()) for v in np.nonzero(sample.labels == 1))
    try:
        mask = segmenter.prompt(prediction, (row, column))
    except ParameterError as error:
        assert segmenter.method in str(error)
        return
    assert mask.shape == sample.labels.shape and mask.dtype == bool
    assert (mask & (sample.labels == 1)).sum() > 0.5 * max(mask.sum(), (sample.labels == 1).sum())


def test_overfits_one_image(trainable: Segmenter, prediction: Prediction, sample: Sample) -> None:
    """What cannot learn one image cannot learn."""
    assert evaluate_pairs([(trainable.decode(prediction).labels, sample.labels)]).sbd >= 0.9


def _batch(sample: Sample, ignore: NDArray[np.bool_]) -> Batch:
    image = torch.from_numpy(sample.image).permute(2, 0, 1)
    labels = torch.from_numpy(sample.labels).long()
    # Two images, because batch statistics of one would be a special case.
    return Batch(
        torch.stack([image, image.flip(1)]),
        torch.stack([labels, labels.flip(0)]),
        torch.from_numpy(np.stack([ignore, ignore[::-1]])),
        [sample.classes] * 2,
    )


def _each_stage(segmenter: Segmenter, look: Callable[[torch.nn.Module], None]) -> None:
    for stage in segmenter.stages():
        assert isinstance(stage, torch.nn.Module)
        stage.train()
        look(stage)
        stage.eval()


def test_losses_are_finite_and_have_gradients(trainable: Segmenter, sample: Sample) -> None:
    """Every loss reaches the network, also where an image has no object at all."""
    empty = replace(sample, labels=np.zeros_like(sample.labels))
    ignore = np.zeros(sample.labels.shape, bool)

    def look(stage: torch.nn.Module) -> None:
        for one in (sample, empty):
            losses = stage.losses(_batch(one, ignore))
            assert losses
            for name, loss in losses.items():
                assert loss.ndim == 0 and bool(torch.isfinite(loss)), name
            sum(losses.values()).backward()
            gradients = [p.grad for p in stage.parameters() if p.requires_grad and p.grad is not None]
            assert gradients and all(bool(torch.isfinite(g).all()) for g in gradients)
            stage.zero_grad()

    _each_stage(trainable, look)


def test_labels_under_the_ignore_mask_change_no_loss(trainable: Segmenter, sample: Sample) -> None:
    """A person who marks a region as unknown teaches nothing there."""
    ignore = np.zeros(sample.labels.shape, bool)
    ignore[20:70, 30:90] = True
    scrambled = np.where(ignore, np.random.default_rng(0).integers(0, 9, ignore.shape), sample.labels)

    def look(stage: torch.nn.Module) -> None:
        results = []
        for labels in (sample.labels, scrambled.astype(np.int32)):
            torch.manual_seed(0)
            results.append(stage.losses(_batch(replace(sample, labels=labels), ignore)))
        for name in results[0]:
            first, second = (result[name].detach() for result in results)
            assert float(first) == pytest.approx(float(second), rel=1e-6), name

    _each_stage(trainable, look)


@pytest.mark.parametrize("method", registry.methods())
def test_a_frozen_backbone_stays_as_it_is(method: str, sample: Sample) -> None:
    """Its weights and what its normalisation has counted; the rest learns."""
    segmenter = registry.create(method)
    segmenter.freeze_backbone()
    frozen: dict[int, tuple[torch.nn.Module, dict[str, torch.Tensor]]] = {}

    def look(stage: torch.nn.Module) -> None:
        for module in stage.modules():
            if isinstance(module, Freezable):
                frozen[id(module)] = module, {name: value.clone() for name, value in module.state_dict().items()}
        others = [p for p in stage.parameters() if p.requires_grad]
        old = [p.detach().clone() for p in others]
        optimiser = torch.optim.AdamW(stage.groups(), lr=1e-2)  # type: ignore[operator]
        sum(stage.losses(_batch(sample, np.zeros(sample.labels.shape, bool))).values()).backward()  # type: ignore[operator]
        optimiser.step()
        assert any(not torch.equal(a, b) for a, b in zip(old, others, strict=True))

    _each_stage(segmenter, look)
    assert frozen
    for module, kept in frozen.values():
        assert all(torch.equal(value, kept[name]) for name, value in module.state_dict().items())
