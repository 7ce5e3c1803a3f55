"""harmonic-nuclei: harmonic embeddings, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0, 90 minutes of one core; two cores or a GPU see more passes in the same time. What it reached
is in the file's card (`napari-leafseg models`), what is expected at least is below.
"""

from nuclei import FOLDER, card, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="harmonic",
    subject="nuclei",
    data=FOLDER,
    options=options(minutes=90),
    enlargements=(1, 1.25, 1.5),
    card=card(
        failures="large nuclei in tissue stains break into pieces; faint nuclei beside bright ones are missed",
    ),
    expected={"AP50": 0.77, "mAP": 0.47},
    goal=Goal.AP50,
)

if __name__ == "__main__":
    main(RECIPE)
