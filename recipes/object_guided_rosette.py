"""object_guided-rosette: object-guided segmentation, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
42, then 46 and then 100 minutes of one core from the backbone of leafmask-rosette. Objects are brought to 36 to 120
pixels, so that the weights find the size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="object_guided",
    subject="rosette",
    data=DATA,
    options=options(minutes=42),
    onward=[onward(minutes=46), onward(minutes=100)],
    start="leafmask-rosette",
    card=card(
        failures="seedlings below 80 pixels and the smallest leaves in the middle are joined or missed; "
        "moss is taken for leaves now and then",
    ),
    expected={"SBD": 0.78},
    goal=Goal.SBD,
    kept=KEPT,
)

if __name__ == "__main__":
    main(RECIPE)
