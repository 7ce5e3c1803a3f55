"""Fine-tuning is a training with other defaults, the same from a window and from a script."""

from __future__ import annotations

import pytest

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import Card
from napari_leafseg.training.fine_tuning import fine_tuning_options
from napari_leafseg.training.options import TrainOptions


def test_it_keeps_what_the_weights_know() -> None:
    """Something of the old in every batch and in the end, slower steps, and nothing kept that is worse."""
    options, plain = fine_tuning_options(Card(), epochs=3), TrainOptions()
    assert options.replay > 0 and plain.replay == 0
    assert options.mixing is None and 0 < Segmenter.mixing < 1 and plain.mixing == 1
    assert options.learning_rate < plain.learning_rate and options.warm_up > plain.warm_up
    assert options.validate_first and options.keep_fitted and options.keep_norms and options.compare
    assert not (plain.validate_first or plain.keep_fitted or plain.compare or plain.freeze_backbone)


def test_objects_are_brought_to_the_sizes_that_the_weights_learned() -> None:
    """Else the weights would no longer find the size of objects."""
    options = fine_tuning_options(Card(object_sizes=(26.0, 86.0)), minutes=2)
    assert options.object_sizes == (26.0, 86.0)
    assert fine_tuning_options(Card(), minutes=2).object_sizes is None
    assert fine_tuning_options(Card(enlarge=1.5), minutes=2).enlarge == 1.5


def test_what_the_person_chose_goes_before() -> None:
    options = fine_tuning_options(Card(object_sizes=(26.0, 86.0)), minutes=2, learning_rate="0.01", object_low=8)
    assert (options.learning_rate, options.object_low, options.minutes) == (0.01, 8.0, 2.0)
    with pytest.raises(ParameterError, match="colour"):
        fine_tuning_options(Card(), colour="blue")
