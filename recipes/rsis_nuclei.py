"""rsis-nuclei: RSIS, by tiles, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0, 20, 20 and 45 minutes of one core from the backbone of harmonic-nuclei; two cores or a GPU see more passes
in the same time. What it reached is in the file's card (`napari-leafseg models`), what is expected at least is below.
"""

from nuclei import FOLDER, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="rsis",
    subject="nuclei",
    data=FOLDER,
    options=options(minutes=20),
    onward=[onward(minutes=20), onward(minutes=45)],
    start="harmonic-nuclei",
    enlargements=(1, 1.25, 1.5),
    card=card(
        failures="large nuclei are cut straight where two of its windows meet; small ones that touch are joined, pale "
        "ones in tissue stains missed",
    ),
    expected={"AP50": 0.56, "mAP": 0.30},
    goal=Goal.AP50,
    pack=True,
)

if __name__ == "__main__":
    main(RECIPE)
