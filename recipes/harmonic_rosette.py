"""harmonic-rosette: harmonic embeddings, compact preset, trained on drawn rosettes.

Data: none; the package draws them (`napari_leafseg.data.rosette`), so that they may be used for anything. Seed 0,
66, 55 and then 100 minutes of one core from the backbone of object_guided-rosette. Objects are brought to 36 to 120
pixels, so that the weights find the size of leaves by themselves. Half of the last leg's way is gone back: whole, it
gained on drawn plants, but lost on the photographed plant and, most of all, on plants of a strange style.
"""

from rosette import DATA, KEPT, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="harmonic",
    subject="rosette",
    data=DATA,
    options=options(minutes=66),
    onward=[onward(minutes=55), onward(minutes=100, mixing=0.5)],
    start="object_guided-rosette",
    card=card(
        failures="long leaves fall into pieces across their length; mats, pot walls and moss are taken for leaves "
        "now and then; the smallest leaves in the middle are joined",
    ),
    expected={"SBD": 0.72},
    goal=Goal.SBD,
    kept=KEPT,
)

if __name__ == "__main__":
    main(RECIPE)
