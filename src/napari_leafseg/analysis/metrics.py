"""The scores of this field under one roof: SBD, FBD, DiC and AP."""

from napari_leafseg.analysis.dice import best_dice, dic, fbd, sbd
from napari_leafseg.analysis.precision import THRESHOLDS
from napari_leafseg.analysis.scores import Scores, evaluate_pairs

__all__ = ["THRESHOLDS", "Scores", "best_dice", "dic", "evaluate_pairs", "fbd", "sbd"]
