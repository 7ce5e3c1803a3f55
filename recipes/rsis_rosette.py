"""rsis-rosette: RSIS, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
20 minutes of one core from the backbone of object_guided-rosette. Objects are brought to 36 to 120 pixels, so that the
weights find the size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="rsis",
    subject="rosette",
    data=DATA,
    options=options(minutes=20),
    start="object_guided-rosette",
    card=card(),
    expected={"SBD": 0.45},
    goal=Goal.SBD,
    kept=KEPT,
)

if __name__ == "__main__":
    main(RECIPE)
