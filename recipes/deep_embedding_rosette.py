"""deep_embedding-rosette: deep embeddings with ClusterNet, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
80 minutes of one core, with another process drawing. Objects are brought to 26 to 86 pixels, so that the weights
find the size of leaves by themselves.
"""

from rosette import DATA, KEPT, card, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="deep_embedding",
    subject="rosette",
    data=DATA,
    options=options(minutes=80),
    card=card(),
    expected={"SBD": 0.6},
    goal=Goal.SBD,
    kept=KEPT,
)

if __name__ == "__main__":
    main(RECIPE)
