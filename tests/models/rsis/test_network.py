"""The networks: size for size as published, and every option changes what it should."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv2d

from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.models.rsis.convlstm import ConvLSTM, start
from napari_leafseg.models.rsis.focus import CANVAS
from napari_leafseg.models.rsis.network import RsisNetwork
from napari_leafseg.models.rsis.params import COMPACT, PAPER, RsisConfig


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("width", "encoder", "decoder"), [(64, 44_459_112, 540_620), (128, 46_418_064, 2_160_660)])
def test_the_paper_preset_has_the_published_size(width: int, encoder: int, decoder: int) -> None:
    """The authors' encoder counts an unused classifier of 2,049,000, which is taken off here."""
    network = RsisNetwork(PAPER.replace(width=width))
    found = count(network.encoder) + count(network.skips)
    print(f"rsis D = {width}: encoder {found:,}, decoder {count(network) - found:,}")  # noqa: T201 - read by those who compare with the paper
    assert found == encoder
    assert count(network) - found == decoder


def test_the_compact_preset_has_at_most_4_million_parameters() -> None:
    """It is meant for a laptop, and half precision must stay below 8 MB."""
    print(f"rsis compact: {count(RsisNetwork(COMPACT)):,}")  # noqa: T201 - read by those who look for the limit
    assert count(RsisNetwork(COMPACT)) <= 4_000_000


def test_a_step_is_that_of_a_convlstm_that_sees_all_at_once() -> None:
    """Computing the still part of the gates once leaves the result as it was."""
    cell = ConvLSTM(3, 2, 4)
    skip, other = torch.randn(2, 3, 6, 5), torch.randn(2, 2, 6, 5)
    gates = cell.fixed(skip)
    state = start(gates)
    for _ in range(2):
        weight = torch.cat([cell.still.weight, cell.changing.weight], 1)
        whole = conv2d(torch.cat([skip, other, state[0]], 1), weight, cell.still.bias, padding=1)
        i, f, o, g = whole.chunk(4, 1)
        memory = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * memory.tanh()
        state = cell(gates, [other], state)
        torch.testing.assert_close(state[0], hidden)
        torch.testing.assert_close(state[1], memory)


SMALL = {"encoder": "compact", "width": 32}


@pytest.mark.parametrize(
    ("config", "mask"),
    [(COMPACT, (32, 48)), *((PAPER.replace(levels=levels, **SMALL), (64, 96)) for levels in (1, 2, 3, 4, 5))],
)
def test_every_step_says_a_mask_a_class_and_a_stop(config: RsisConfig, mask: tuple[int, int]) -> None:
    """Whatever the head and the number of ConvLSTMs (Table 5 of the paper)."""
    network = RsisNetwork(config).eval()
    assert len(network.cells) == config.levels
    steps = network(torch.rand(2, 3, 64, 96), 4)
    assert steps.masks.shape == (2, 4, *mask)
    assert steps.stop.shape == (2, 4)
    assert steps.classes.shape == (2, 4, config.classes + 1)
    assert (steps.focus is None) == (config.head == "convolution")


def test_steps_differ_because_the_decoder_remembers() -> None:
    """The input is the same at every step; only the state is not."""
    masks = RsisNetwork(PAPER.replace(**SMALL)).eval()(torch.rand(1, 3, 64, 64), 3).masks
    assert not torch.allclose(masks[:, 0], masks[:, 1], atol=1e-6)


def test_the_canvas_is_an_option() -> None:
    """Without it the ConvLSTMs see three maps less, and know of earlier steps by their states alone."""
    seen, unseen = RsisNetwork(COMPACT), RsisNetwork(COMPACT.replace(canvas=False))
    for one, other in zip(seen.cells, unseen.cells, strict=True):
        assert one.changing.in_channels == other.changing.in_channels + CANVAS  # type: ignore[union-attr]
    assert unseen.eval()(torch.rand(1, 3, 64, 64), 2).masks.shape == (1, 2, 32, 32)
    with pytest.raises(ParameterError, match="canvas"):
        PAPER.replace(canvas=True)


def test_patience_ends_early_only_when_it_is_sure() -> None:
    """Steps that nobody could believe are not taken."""
    network = RsisNetwork(COMPACT).eval()
    assert network.focus is not None
    image = torch.rand(2, 3, 64, 64)
    for bias, steps in ((-50.0, 2), (50.0, 9)):
        network.focus.stop.bias.data.fill_(bias)
        assert network(image, 9, patience=2).stop.shape == (2, steps)
    network.focus.stop.bias.data.fill_(-50.0)
    assert network(image, 9).stop.shape == (2, 9)


def test_a_larger_image_says_the_same_of_the_same_place() -> None:
    """Nothing of the compact head depends on the size of the image: an object far below changes no mask above."""
    network = RsisNetwork(COMPACT).eval()
    assert network.focus is not None
    image = torch.rand(1, 3, 64, 64)
    ground = network.focus.ground(network.encoder(image))
    tall = network.focus.ground(network.encoder(torch.cat([image, image], 2)))
    torch.testing.assert_close(tall.sweep[: ground.sweep.shape[0]], ground.sweep)


def test_the_encoder_learns_at_its_own_rate() -> None:
    """1e-3 of the decoder's in the paper; the skip convolutions learn with the decoder."""
    for preset, factor in (("paper", 1e-3), ("compact", 1.0)):
        segmenter = registry.create("rsis", preset, {"encoder": "compact"})
        stage = next(iter(segmenter.stages()))
        decoder, encoder = stage.groups()
        assert (decoder["factor"], encoder["factor"]) == (1.0, factor)
        assert sum(p.numel() for p in encoder["params"]) == count(segmenter.network.encoder)  # type: ignore[attr-defined]
        assert len(decoder["params"]) + len(encoder["params"]) == len(list(segmenter.network.parameters()))  # type: ignore[attr-defined]
