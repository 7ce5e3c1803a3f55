"""The outline of a leaf: how far it reaches to either side of its midrib, from base to tip.

Knows a leaf's proportions; nothing of pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.plant import Leaf
from napari_leafseg.data.rosette.ranges import Blade

STEPS = 512
"""Entries of the tables from base to tip."""


@dataclass(frozen=True)
class Outline:
    """Half widths of one leaf.

    Attributes
    ----------
    left, right
        float32 (STEPS + 1,): from the midrib to the margin, in pixels, from the plant's middle to
        the leaf's tip; petiole and blade in one.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]

    @property
    def area_per_length(self) -> float:
        """Mean width: the whole area is this times the length."""
        return float(np.mean(self.left.astype(np.float64) + self.right.astype(np.float64)))


@dataclass(frozen=True)
class Shape:
    """What the leaves of one plant have in common.

    Attributes
    ----------
    base, tip
        Exponents of the blade's ends, of the first leaves and of the last.
    teeth, tooth_depth, lobes, lobe_depth, ragged
        As `Blade` explains, one value each.
    """

    base: tuple[float, float]
    tip: tuple[float, float]
    teeth: int
    tooth_depth: float
    lobes: int
    lobe_depth: float
    ragged: float


def draw_shape(chance: Chance, blade: Blade) -> Shape:
    """Choose one plant's leaf shape."""
    drawn = chance.stream("shape")
    return Shape(
        base=(drawn.between((0.45, 0.9)), drawn.between(blade.base)),
        tip=(drawn.between((0.35, 0.55)), drawn.between(blade.tip)),
        teeth=drawn.whole(*blade.teeth),
        tooth_depth=drawn.between(blade.tooth_depth),
        lobes=drawn.whole(*blade.lobes) if drawn.happens(blade.lobed) else 0,
        lobe_depth=drawn.between(blade.lobe_depth),
        ragged=drawn.between(blade.ragged),
    )


def outline(chance: Chance, blade: Blade, shape: Shape, leaf: Leaf) -> Outline:
    """Draw one leaf's outline."""
    drawn = chance.stream("outline", leaf.index)
    along = np.linspace(0.0, 1.0, STEPS + 1)
    part = np.clip((along - leaf.petiole) / (1 - leaf.petiole), 0.0, 1.0)
    base, tip = (low + (high - low) * leaf.maturity for low, high in (shape.base, shape.tip))
    if leaf.seed_leaf:
        base, tip = 0.6, 0.45
    base, tip = max(0.3, base + drawn.bell(0.08)), max(0.3, tip + drawn.bell(0.05))
    smooth = _blade(part, base, tip) * leaf.width / 2
    stalk = _stalk(along, leaf)
    tilt = drawn.bell(blade.lopsided)
    sides = [np.maximum(smooth * (1 + side * tilt) * _margin(drawn, part, shape, leaf), stalk) for side in (-1, 1)]
    for side in sides:
        # Beyond the tip there is nothing, however wide the stalk.
        side[-1] = 0.0
    left, right = (np.round(side, 6).astype(np.float32) for side in sides)
    return Outline(left, right)


def _blade(part: NDArray[np.float64], base: float, tip: float) -> NDArray[np.float64]:
    """Half width over the greatest, 0 at both ends."""
    widest = base / (base + tip)
    at: NDArray[np.float64] = part**base * (1 - part) ** tip / (widest**base * (1 - widest) ** tip)
    return at


def _stalk(along: NDArray[np.float64], leaf: Leaf) -> NDArray[np.float64]:
    """Half width of the petiole, which runs on into the blade as its midrib and flares at its foot."""
    ends = leaf.petiole + 0.12 * (1 - leaf.petiole)
    flare = 1 + 0.5 * np.clip(1 - along / max(0.3 * leaf.petiole, 1e-6), 0, 1)
    half: NDArray[np.float64] = np.where(along <= ends, leaf.stalk / 2 * flare, 0.0)
    return half


def _margin(chance: Chance, part: NDArray[np.float64], shape: Shape, leaf: Leaf) -> NDArray[np.float64]:
    """Teeth, lobes and irregularities of one side, around 1."""
    strength = leaf.maturity
    margin = 1 + 0.5 * shape.ragged * _waves(chance, part)
    if shape.teeth and not leaf.seed_leaf:
        phase = part * (shape.teeth + chance.between((-0.5, 0.5))) + chance.share()
        tooth = phase % 1.0
        # A tooth rises slowly and falls steeply towards the tip.
        margin -= shape.tooth_depth * strength * np.where(tooth < 0.8, 1 - tooth / 0.8, (tooth - 0.8) / 0.2)
    if shape.lobes and not leaf.seed_leaf:
        phase = part * shape.lobes + chance.share()
        margin -= shape.lobe_depth * strength * (0.5 + 0.5 * np.cos(2 * np.pi * phase))
    return np.maximum(margin, 0.25)


def _waves(chance: Chance, part: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros_like(part)
    for count in (1.5, 3.0, 6.0, 11.0):
        total += chance.bell() / count**0.5 * np.sin(2 * np.pi * (count * part + chance.share()))
    return total
