"""How a rosette grows: which leaves a plant has at an age, how large they are and where they point.

Everything is drawn leaf by leaf in streams of their own, so that a leaf stays itself from day to day.
Must know nothing of pixels and colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ranges import Habit, Rosette

GOLDEN_ANGLE = 137.508
"""Degrees between one leaf and the next, as most rosettes grow."""

_SEED_LEAVES = 2


@dataclass(frozen=True)
class Leaf:
    """One leaf, in pixels of the picture.

    Attributes
    ----------
    index
        Order of birth, from 0; the seed leaves come first.
    youth
        0 for the oldest, 1 for one just born.
    rank
        Height in the rosette: what has a higher rank lies over what has a lower one.
    angle
        Of the midrib at the base, in degrees from the column axis towards the row axis.
    length
        From the plant's middle to the tip, as seen from above.
    petiole
        Part of the length that is stalk, 0 to 1.
    width
        Greatest width of the blade.
    stalk
        Width of the petiole.
    bend
        Sideways offset of the tip over the length.
    seed_leaf
        Whether it is a cotyledon.
    maturity
        0 for the shape of the first leaves, 1 for that of the last.
    lift
        Degrees by which it points upwards.
    """

    index: int
    youth: float
    rank: float
    angle: float
    length: float
    petiole: float
    width: float
    stalk: float
    bend: float
    seed_leaf: bool
    maturity: float
    lift: float


@dataclass(frozen=True)
class Plan:
    """What is settled of a plant for life.

    Attributes
    ----------
    leaves
        Age in plastochrons: one leaf is born in each.
    radius
        Length of the longest leaf at that age, in pixels of the reference photograph.
    turn
        Direction of the first leaf, in degrees.
    divergence
        Degrees from one leaf to the next.
    aspect, petiole
        Of the first leaves and of the last.
    stalk
        Width of a petiole over its leaf's length.
    half_time
        Age at which a leaf has half its size, in plastochrons.
    """

    leaves: int
    radius: float
    turn: float
    divergence: tuple[float, ...]
    aspect: tuple[float, float]
    petiole: tuple[float, float]
    stalk: float
    half_time: float


def plan(chance: Chance, rosette: Rosette) -> Plan:
    """Settle what is settled of a plant for life."""
    habit, blade, drawn = rosette.habit, rosette.blade, chance.stream("plan")
    age = drawn.share()
    least, most = habit.leaves
    leaves = round(least + (most - least) * _near(drawn, age, habit.freedom))
    low, high = habit.radius
    radius = round(low * (high / low) ** _near(drawn, age, habit.freedom), 6)
    return Plan(
        leaves=leaves,
        radius=radius,
        turn=drawn.between((0, 360)),
        divergence=_DIVERGENCES[drawn.pick(habit.divergence)],
        aspect=(drawn.between(blade.first_aspect), drawn.between(blade.aspect)),
        petiole=(drawn.between(blade.first_petiole), drawn.between(blade.petiole)),
        stalk=drawn.between(blade.stalk),
        half_time=drawn.between(habit.half_time),
    )


_DIVERGENCES = {
    "spiral": (GOLDEN_ANGLE,),
    "decussate": (180.0, 90.0),
    "distichous": (180.0,),
    "wide": (99.5,),
}


def _near(chance: Chance, share: float, freedom: float) -> float:
    return min(1.0, max(0.0, share + chance.bell(freedom)))


def grow(chance: Chance, rosette: Rosette, life: Plan, zoom: float, age: float | None = None) -> list[Leaf]:
    """Return a plant's leaves at an age, lowest first.

    Parameters
    ----------
    chance
        The plant's stream.
    rosette, life
        Its ranges and its plan.
    zoom
        Pixels of the picture per pixel of the reference photograph.
    age
        In plastochrons; ``life.leaves`` if not given.
    """
    age = life.leaves if age is None else age
    habit = rosette.habit
    longest = max(_final(habit, i) * _grown(habit, life, i, life.leaves) for i in range(life.leaves))
    scale = life.radius * zoom / longest
    born = [i for i in range(math.ceil(age)) if _birth(habit, i) < age]
    leaves = [_leaf(chance.stream("leaf", i), rosette, life, i, age, scale) for i in born]
    kept = [leaf for leaf in leaves if not chance.stream("lost", leaf.index).happens(habit.lost)]
    return sorted(kept or leaves[-1:], key=lambda leaf: leaf.rank)


def _birth(habit: Habit, index: int) -> float:
    return 0.0 if habit.seed_leaves and index < _SEED_LEAVES else float(index)


def _final(habit: Habit, index: int) -> float:
    """Length of a grown leaf over that of the longest."""
    number = index - _SEED_LEAVES if habit.seed_leaves else index
    if number < 0:
        return habit.seed_leaf_size
    return round(habit.first_size + (1 - habit.first_size) * min(1.0, number / habit.rise), 9)


def _grown(habit: Habit, life: Plan, index: int, age: float) -> float:
    """How much of its final length a leaf has at an age of the plant."""
    if habit.seed_leaves and index < _SEED_LEAVES:
        return round(min(1.0, 0.6 + 0.2 * age), 9)
    return round(1 / (1 + math.exp(-(age - index - life.half_time) * 1.9 / life.half_time)), 9)


def _leaf(chance: Chance, rosette: Rosette, life: Plan, index: int, age: float, scale: float) -> Leaf:
    habit, blade = rosette.habit, rosette.blade
    seed_leaf = habit.seed_leaves and index < _SEED_LEAVES
    youth = round(math.exp(-(age - _birth(habit, index)) / life.half_time / 1.2), 9)
    maturity = 0.0 if seed_leaf else min(1.0, (index + 1) / (habit.rise + 4))
    lift = chance.between(habit.lift) + youth * chance.between(habit.young_lift)
    spread = 1 + chance.bell(habit.size_noise)
    grown = _grown(habit, life, index, age)
    whole = scale * _final(habit, index) * max(0.35, spread) * _cos(min(lift, 80.0))
    petiole = _mixed(life.petiole, maturity) * max(0.3, 1 + chance.bell(0.18))
    aspect = _mixed(life.aspect, maturity) * max(0.6, 1 + chance.bell(blade.aspect_noise))
    petiole, aspect = (petiole * 1.1, 1.1 + 0.3 * chance.share()) if seed_leaf else (petiole, aspect)
    petiole = min(0.75, max(0.03, petiole))
    # The blade grows first, its stalk after it: neither ever shrinks.
    blade_length, stalk_length = whole * (1 - petiole) * grown, whole * petiole * grown * grown
    whole = blade_length + stalk_length
    width = blade_length / max(1.0, aspect) / max(0.6, _cos(min(lift, 80.0)))
    width *= chance.between(blade.narrowing)
    return Leaf(
        index=index,
        youth=youth,
        rank=index + chance.bell(habit.disorder),
        angle=_direction(life, index) + chance.bell(habit.divergence_noise),
        length=round(whole, 6),
        petiole=round(stalk_length / whole, 6),
        width=round(max(width, 2.2), 6),
        stalk=round(max(1.7, min(life.stalk * whole, 0.45 * width)), 6),
        bend=chance.bell(blade.bend),
        seed_leaf=seed_leaf,
        maturity=maturity,
        lift=lift,
    )


def _direction(life: Plan, index: int) -> float:
    steps = life.divergence
    whole, rest = divmod(index, len(steps))
    return life.turn + whole * sum(steps) + sum(steps[:rest])


def _mixed(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share


def _cos(degrees: float) -> float:
    return round(math.cos(math.radians(degrees)), 9)
