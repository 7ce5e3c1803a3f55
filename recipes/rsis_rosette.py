"""rsis-rosette: RSIS, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
60 and then 32 minutes of one core from the backbone of object_guided-rosette. Objects are brought to 36 to 120 pixels,
so that the weights find the size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="rsis",
    subject="rosette",
    data=DATA,
    options=options(minutes=60).replace(validate_every=8),
    onward=[onward(minutes=32)],
    start="object_guided-rosette",
    card=card(
        failures="a leaf across two of its windows is cut or found twice; the smallest leaves and those of "
        "broad-leaved plants are joined or missed",
    ),
    expected={"SBD": 0.50},
    goal=Goal.SBD,
    # Chosen on drawn plants and on photographs together, on which the best of the drawn plants alone is worse.
    kept=KEPT | {"stop": 0.1, "mask": 0.46},
    pack=True,
)

if __name__ == "__main__":
    main(RECIPE)
