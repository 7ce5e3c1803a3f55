"""leafmask-rosette: LeafMask, compact preset, trained on drawn rosettes, a new one for every second crop.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
80 minutes of one core with another process drawing, objects brought to 26 to 86 pixels; then 100 minutes of one core
with objects of 36 to 120 pixels, so that the smallest leaves in the middle are told apart too. The weights find the
size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="leafmask",
    subject="rosette",
    data=DATA,
    options=options(minutes=80, sizes=(26, 86), drawn_size=384),
    onward=[onward(minutes=100) | {"object_low": 36, "object_high": 120, "drawn_size": 512}],
    card=card(
        failures="seedlings below 80 pixels and the crowded smallest leaves in the middle are joined or missed; "
        "moss, labels and green plastic are taken for leaves now and then"
    ),
    expected={"SBD": 0.77},
    goal=Goal.SBD,
    kept=KEPT,
)

if __name__ == "__main__":
    main(RECIPE)
