"""What a drawn rosette may look like: frozen ranges, from which one integer chooses one plant.

Must not know how anything is drawn. Sizes are in pixels of the reference photograph, which is 512
pixels wide and shows one pot; angles in degrees; shares, probabilities and colours 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from napari_leafseg.core.params import FrozenModel
from napari_leafseg.data.rosette.chance import Range
from napari_leafseg.data.rosette.ground_ranges import Ground


class Light(FrozenModel):
    """Where light comes from and what it does.

    Attributes
    ----------
    elevation
        Of a lamp above the horizon.
    shadow
        Share of the light that comes from lamps and casts shadows; the rest comes from everywhere.
    more
        Probability of a second lamp, and of a third.
    wide
        Width of a shadow's soft edge over the distance from what casts it.
    through
        How much light leaves let through.
    crowding, reach
        Darkness of what lies lower than what is around it, and how far around.
    shading
        How strongly slopes show.
    shine, roughness
        Brightness of highlights, and how wide they are.
    flash
        Probability that the lamp is a flash beside the lens.
    uneven
        Probability that light falls off to one side (by ``gradient``); and from the middle outwards (``falloff``).
    dappled, dapple
        Probability of light and shade in patches, and how strong.
    striped, stripes, pitch
        Probability of bands of shade, how dark, and their distance.
    coloured, colour
        Probability that a light is not white, and how far from white.
    """

    elevation: Range = (30.0, 85.0)
    shadow: Range = (0.05, 0.8)
    more: float = 0.2
    wide: Range = (0.03, 0.4)
    through: Range = (0.0, 0.35)
    crowding: Range = (0.1, 0.9)
    reach: Range = (8.0, 40.0)
    shading: Range = (0.0, 0.5)
    shine: Range = (0.0, 0.9)
    roughness: Range = (0.06, 0.5)
    flash: float = 0.08
    uneven: float = 0.4
    gradient: Range = (0.0, 0.35)
    falloff: Range = (0.0, 0.7)
    dappled: float = 0.12
    dapple: Range = (0.05, 0.25)
    striped: float = 0.08
    stripes: Range = (0.1, 0.5)
    pitch: Range = (25.0, 400.0)
    coloured: float = 0.4
    colour: Range = (0.1, 1.0)


class Camera(FrozenModel):
    """What the camera makes of it.

    Attributes
    ----------
    exposure
        Brightness, in stops of what a screen shows.
    clipped
        Where highlights begin to be rounded off; 1 clips them.
    contrast, gamma, haze
        Steepness of the tone curve, its bend, and the grey that black becomes.
    balance
        Deviation of the white balance, of red and of blue against green.
    saturation
        Of colours.
    blur
        Deviation of the defocus.
    shallow, depth
        Probability that only what is near one height is sharp, and deviation of the blur far from it.
    shaken, shake
        Probability that the camera moved, and how far.
    fringed, fringe
        Probability that red and blue are of another size, and by how much at the border.
    blooming, bloom
        Probability that bright parts glow, and how much.
    coarse, reduction
        Probability that the picture was taken with fewer pixels, and how many times fewer on a side.
    noise, colour_noise
        Deviation of the noise of pixels, drawn on a logarithmic scale, and of blotches of colour over it.
    mosaic
        Probability that colours are guessed from a mosaic of red, green and blue pixels.
    sharpened, sharpen
        Probability that edges were sharpened, and how much.
    compressed, jpeg
        Probability that JPEG was used, and its quality, 1 to 100.
    cut, margin
        Probability that all but the plant's surroundings is black, and the room around it.
    """

    exposure: Range = (-0.6, 0.6)
    clipped: Range = (0.7, 1.0)
    contrast: Range = (0.8, 1.35)
    gamma: Range = (0.8, 1.25)
    haze: Range = (0.0, 0.08)
    balance: float = 0.07
    saturation: Range = (0.65, 1.35)
    blur: Range = (0.0, 1.5)
    shallow: float = 0.15
    depth: Range = (0.8, 3.5)
    shaken: float = 0.08
    shake: Range = (1.5, 6.0)
    fringed: float = 0.2
    fringe: Range = (0.3, 1.5)
    blooming: float = 0.15
    bloom: Range = (0.1, 0.6)
    coarse: float = 0.2
    reduction: Range = (1.2, 3.0)
    noise: Range = (0.002, 0.04)
    colour_noise: Range = (0.0, 0.7)
    mosaic: float = 0.3
    sharpened: float = 0.35
    sharpen: Range = (0.3, 1.6)
    compressed: float = 0.8
    jpeg: Range = (30.0, 98.0)
    cut: float = 0.04
    margin: Range = (0.0, 60.0)


class Habit(FrozenModel):
    """How the plant is built.

    Attributes
    ----------
    leaves
        Least and most leaves, cotyledons and leaves just born included.
    radius
        Length of the longest leaf; drawn on a logarithmic scale.
    freedom
        How far age, leaf count and size may go their own ways (deviation, as a share of their ranges).
    seed_leaves
        Whether it begins with two cotyledons.
    seed_leaf_size, first_size
        Length of the cotyledons and of the first leaf over that of the longest.
    rise
        Leaves until they are born for full length.
    half_time
        Plastochrons until a leaf has half its length.
    size_noise
        Deviation of a leaf's length.
    divergence
        Weight of each phyllotaxis: ``"spiral"``, ``"wide"``, ``"decussate"``, ``"distichous"``.
    divergence_noise
        Deviation of a leaf's direction.
    disorder
        Deviation of the order in which leaves lie on each other, in leaves.
    lift, young_lift
        How far leaves point upwards, and how much more the youngest do.
    lost
        Probability that a leaf was cut off.
    offset
        Greatest distance of the plant's middle from the picture's, as a share of its side.
    squash
        Height of the plant over its width, as a camera sees it that looks aslant.
    """

    leaves: tuple[int, int] = (3, 20)
    radius: Range = (20.0, 280.0)
    freedom: float = 0.18
    seed_leaves: bool = True
    seed_leaf_size: float = 0.3
    first_size: float = 0.45
    rise: float = 6.0
    half_time: Range = (2.2, 4.2)
    size_noise: float = 0.1
    divergence: Mapping[str, float] = Field(default_factory=lambda: {"spiral": 1.0})
    divergence_noise: float = 9.0
    disorder: float = 0.8
    lift: Range = (0.0, 25.0)
    young_lift: Range = (0.0, 40.0)
    lost: float = 0.02
    offset: float = 0.06
    squash: Range = (0.92, 1.0)


class Blade(FrozenModel):
    """The outline of a leaf.

    Attributes
    ----------
    first_aspect, aspect
        Length over width of the first leaves' blades and of the last's.
    aspect_noise
        Deviation from leaf to leaf, as a share.
    first_petiole, petiole
        Stalk over whole length, of the first leaves and of the last.
    stalk
        Width of the petiole over the leaf's length.
    base, tip
        Roundness of the blade's ends: 0.3 is blunt, 0.5 round, 1 pointed, 1.6 drawn out.
    teeth, tooth_depth
        Per side, and their depth over the blade's half width.
    lobes, lobe_depth
        Likewise, larger and round.
    lobed
        Probability of lobes.
    ragged
        Deviation of the outline over half the width.
    narrowing
        What is left of the width by curling and folding.
    lopsided
        Deviation of the two halves' widths from each other.
    bend
        Deviation of the sideways offset of the tip over the length.
    """

    first_aspect: Range = (1.05, 1.5)
    aspect: Range = (1.4, 2.9)
    aspect_noise: float = 0.1
    first_petiole: Range = (0.35, 0.6)
    petiole: Range = (0.12, 0.5)
    stalk: Range = (0.018, 0.05)
    base: Range = (0.5, 1.5)
    tip: Range = (0.35, 0.75)
    teeth: tuple[int, int] = (0, 10)
    tooth_depth: Range = (0.0, 0.12)
    lobes: tuple[int, int] = (2, 5)
    lobe_depth: Range = (0.05, 0.3)
    lobed: float = 0.06
    ragged: Range = (0.01, 0.06)
    narrowing: Range = (0.7, 1.0)
    lopsided: float = 0.12
    bend: float = 0.1


class Surface(FrozenModel):
    """Colour and relief of the leaves.

    Attributes
    ----------
    hue
        0 yellow-green, 0.5 green, 1 bluish green.
    depth
        0 pale, 1 deep.
    hue_noise
        Deviation from leaf to leaf.
    young_light
        How much brighter and yellower the youngest leaves are.
    grey
        How much of the colour is lost, as by hairs or wax.
    midrib, veins
        How much lighter they are.
    fold
        Difference of light between a blade's halves.
    dome
        How much a blade darkens towards its margin.
    mottle, grain
        Deviation of brightness, in patches and from pixel to pixel.
    blisters
        Strength of the relief between the veins.
    rim
        How much the margin differs: below 0 darker, above 0 lighter.
    gloss
        How much it mirrors.
    under
        Width of the strip where a margin turned up shows the pale underside, over the half width.
    turned
        Probability of that, for a leaf.
    yellowing, purple
        Probability that old leaves turn yellow or purple.
    spots
        Probability that a plant is spotted.
    """

    hue: Range = (0.0, 0.8)
    depth: Range = (0.0, 1.0)
    hue_noise: float = 0.035
    young_light: Range = (-0.1, 0.5)
    grey: Range = (0.0, 0.35)
    midrib: Range = (0.0, 0.45)
    veins: Range = (0.0, 0.3)
    fold: Range = (0.0, 0.25)
    dome: Range = (0.0, 0.3)
    mottle: Range = (0.01, 0.08)
    grain: Range = (0.0, 0.06)
    blisters: Range = (0.0, 0.3)
    rim: Range = (-0.15, 0.15)
    gloss: Range = (0.0, 0.6)
    under: Range = (0.1, 0.45)
    turned: float = 0.08
    yellowing: float = 0.12
    purple: float = 0.06
    spots: float = 0.06


class Rosette(FrozenModel):
    """All that may vary from plant to plant and from picture to picture.

    Attributes
    ----------
    habit, blade, surface
        The plant.
    ground, light, camera
        The picture.
    neighbours
        Probability that a neighbour's leaves reach into the picture; they are not labelled.
    zoom
        Size of everything over its size in the reference photograph.
    """

    habit: Habit = Habit()
    blade: Blade = Blade()
    surface: Surface = Surface()
    ground: Ground = Ground()
    light: Light = Light()
    camera: Camera = Camera()
    neighbours: float = 0.1
    zoom: Range = (0.9, 1.15)
