"""harmonic-nuclei: harmonic embeddings, compact preset, trained on nuclei under many microscopes.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training and 133 validation images, CC0.
Seed 0. The time budget sets the passes: about 96 in 88 minutes on one core, which gave the figures
in the file's card (`napari-leafseg models`); two cores or a GPU see more passes in the same time.
"""

from shipping import Recipe, main

from napari_leafseg.core.weights import Card
from napari_leafseg.training.options import TrainOptions

RECIPE = Recipe(
    method="harmonic",
    subject="nuclei",
    folder="dsb2018",
    options=TrainOptions(minutes=90, samples_per_epoch=400, validation_images=32),
    grid={"bandwidth": (0.45, 0.55, 0.65, 0.75), "foreground": (0.45, 0.55), "min_area": (20, 35)},
    card=Card(
        title="Nuclei under many microscopes",
        subject="nuclei",
        data="DSB 2018 training images (BBBC038v1, masks corrected by K. Lopuhin and others; Caicedo et al. 2019), "
        "CC0: 397 images, fluorescence, histology and bright field",
        licence="CC0 1.0: may be used for anything, also commercially",
        training="88 minutes on one core of an AMD EPYC in bfloat16, about 96 passes",
        measured_on="the 133 validation images of the same collection, on which the parameters were chosen",
        failures="large nuclei in tissue stains break into pieces; faint nuclei beside bright ones are missed",
    ),
)

if __name__ == "__main__":
    main(RECIPE)
