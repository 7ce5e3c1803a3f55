"""object_guided-nuclei: object-guided segmentation, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0, 60 and then 30 minutes of one core; two cores or a GPU see more passes in the same time. What it reached is
in the file's card (`napari-leafseg models`), what is expected at least is below.
"""

from nuclei import FOLDER, card, onward, options
from shipping import Goal, Recipe, main

RECIPE = Recipe(
    method="object_guided",
    subject="nuclei",
    data=FOLDER,
    options=options(minutes=60),
    onward=[onward(minutes=30, enlarge=1.5)],
    enlargements=(1, 1.25, 1.5),
    card=card(
        failures="pale and blurred nuclei in crowded tissue stains are left out; "
        "clumps without borders are one nucleus",
    ),
    expected={"AP50": 0.80, "mAP": 0.51},
    goal=Goal.AP50,
)

if __name__ == "__main__":
    main(RECIPE)
