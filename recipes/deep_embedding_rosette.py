"""deep_embedding-rosette: deep embeddings with ClusterNet, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
25 minutes of one core from the backbone of object_guided-rosette. Objects are brought to 36 to 120 pixels, so that the
weights find the size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="deep_embedding",
    subject="rosette",
    data=DATA,
    options=options(minutes=25),
    start="object_guided-rosette",
    card=card(
        failures="leaves that touch in the middle are joined, and long ones fall into pieces; "
        "its ClusterNet learned too briefly to help, so the default order leaves it out",
    ),
    expected={"SBD": 0.57},
    goal=Goal.SBD,
    kept=KEPT | {"order": "hdbscan+mrf"},
)

if __name__ == "__main__":
    main(RECIPE)
