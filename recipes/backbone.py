"""backbone: the encoder of all compact presets, pretrained on nuclei and drawn plants, for a training to start from.

Data: DSB 2018 (BBBC038v1) with corrected masks, 397 training images, CC0, and drawn plants of the mixed preset, one
crop in two. It learns foreground, border and depth (`dense.py`). Seed 0, 40 minutes of two thirds of a core; more
cores or a GPU see more passes in the same time. What it is worth to a training says `python benchmarks/learning.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dense import DenseSegmenter
from nuclei import FOLDER, options
from shipping import ROOT, SHIPPED, data_folder, leg_text, watched

from napari_leafseg.core.weights import BEST, Card, Header, read_tensors, write
from napari_leafseg.inference.measure import measure
from napari_leafseg.nets.encoder import CompactEncoder, encoder_of
from napari_leafseg.training.data import load_data
from napari_leafseg.training.drawn import to_replay
from napari_leafseg.training.fit import fit

NAME = "backbone"
OPTIONS = options(minutes=40).replace(replay=0.5, drawn_size=512, workers=1, validate_every=8)
CARD = Card(
    title="Backbone to start a training from",
    subject="nuclei and plants",
    data="DSB 2018 training images (BBBC038v1, masks corrected by K. Lopuhin and others; Caicedo et al. 2019), CC0, "
    "and rosettes drawn by this program",
    licence="CC0 1.0: may be used for anything, also commercially",
)


def target() -> Path:
    """The file that ships."""
    return SHIPPED / f"{NAME}.safetensors"


def make(said: argparse.Namespace) -> None:
    """Train (a run that was stopped goes on), measure the watershed on val, and write the encoder."""
    run = said.runs / NAME
    asked = OPTIONS.replace(minutes=said.minutes) if said.minutes else OPTIONS
    segmenter = DenseSegmenter.create("compact", {})
    data = load_data(data_folder() / FOLDER, None, segmenter.contrast, asked)
    if not said.trained:
        plants = to_replay(("mixed",), asked.drawn_size, segmenter.contrast, asked.seed)
        resume = (run / "state.pt").exists()
        watched(
            fit(segmenter, data.train, data.validation, asked, run, replay=plants, device=said.device, resume=resume)
        )
    segmenter.restore(run / BEST)
    measured = measure(segmenter, data.validation)
    card = CARD.replace(
        figures=measured.card_figures(),
        measured_on=f"the {len(data.validation)} validation images, by a watershed over what the pretraining says",
        training=leg_text(run, said.on),
    )
    header = Header(method=NAME, preset="compact", card=card)
    encoder = encoder_of(read_tensors(run / BEST), CompactEncoder().state_dict())
    assert encoder is not None
    write(target(), header, encoder, half=True, pack=True)
    print(f"{target().name}: {measured.card_figures()}")


def main() -> None:
    """Follow the recipe from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="where the training's folder is")
    parser.add_argument("--minutes", type=float, help="train for so long instead")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--on", default="", help="what it was trained on, for the card; else the run's device")
    parser.add_argument("--trained", action="store_true", help="train no more; take the run's best weights")
    make(parser.parse_args())


if __name__ == "__main__":
    main()
