"""deep_embedding-nuclei: deep embeddings with ClusterNet, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0, 22 and then 15 minutes of one core from the backbone of harmonic-nuclei; two cores or a GPU see more passes
in the same time. What it reached is in the file's card (`napari-leafseg models`), what is expected at least is below.
"""

from nuclei import FOLDER, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="deep_embedding",
    subject="nuclei",
    data=FOLDER,
    options=options(minutes=22),
    onward=[onward(minutes=15, enlarge=1.5)],
    start="harmonic-nuclei",
    enlargements=(1, 1.25, 1.5),
    card=card(
        failures="pale nuclei in tissue stains and most cells of bright-field smears are missed",
    ),
    expected={"AP50": 0.74, "mAP": 0.45},
    goal=Goal.AP50,
)

if __name__ == "__main__":
    main(RECIPE)
