"""leafmask-nuclei: LeafMask, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0, 34 and then 18 minutes of one core from the backbone of harmonic-nuclei; two cores or a GPU see more passes
in the same time. What it reached is in the file's card (`napari-leafseg models`), what is expected at least is below.
"""

from nuclei import FOLDER, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="leafmask",
    subject="nuclei",
    data=FOLDER,
    options=options(minutes=34),
    onward=[onward(minutes=18, enlarge=1.5)],
    start="harmonic-nuclei",
    enlargements=(1, 1.25, 1.5, 1.75),
    card=card(
        failures="pale nuclei in tissue stains are left out, and small nuclei that touch are joined; "
        "outlines of large ones are a little rough",
    ),
    expected={"AP50": 0.80, "mAP": 0.51},
    goal=Goal.AP50,
)

if __name__ == "__main__":
    main(RECIPE)
