"""Events of a run add up to what a person is shown, resumed runs and several stages included."""

from __future__ import annotations

from napari_leafseg.training.events import (
    Continued,
    EpochDone,
    Failed,
    Finished,
    Paused,
    Preparing,
    Started,
    Validated,
    Warned,
)  # fmt: skip
from napari_leafseg.widgets.training_story import parsed, story_of

BEGUN = Started(
    method="harmonic", train=4, validation=1, device="CPU", stages=("guides", "masks"), shares=(0.5, 0.5)
)  # fmt: skip
END = Finished(weights="best.safetensors", epochs=3, minutes=1.0, sbd=0.7, ap50=0.6)


def _epoch(stage: str, epoch: int, **losses: float) -> EpochDone:
    return EpochDone(
        stage=stage, epoch=epoch, losses=losses, learning_rate=1e-3, seconds=1, images_per_second=1, progress=0.1
    )


def _check(stage: str, epoch: int, sbd: float, *, best: bool = True, images: int = 1, preview: str = "") -> Validated:
    return Validated(
        stage=stage, epoch=epoch, sbd=sbd, ap50=sbd / 2, images=images, best=best, seconds=1, preview=preview
    )


def test_epochs_of_stages_follow_each_other():
    story = story_of([BEGUN, _epoch("guides", 0, a=3), _epoch("guides", 1, a=2), _epoch("masks", 0, b=1)])
    assert story.losses == {"a": ((1, 3), (2, 2)), "b": ((3, 1),)} and story.epochs == 3


def test_a_loss_of_two_stages_is_told_apart():
    story = story_of([BEGUN, _epoch("guides", 0, a=3), _epoch("masks", 0, a=1)])
    assert set(story.losses) == {"guides: a", "masks: a"}


def test_what_is_done_again_after_a_crash_counts_once():
    story = story_of([BEGUN, _epoch("guides", 0, a=3), _epoch("guides", 1, a=9), BEGUN, _epoch("guides", 1, a=2)])
    assert story.losses["a"] == ((1, 3), (2, 2))


def test_validation_gives_curves_previews_and_the_best():
    checks = [_check("guides", 0, 0.2, preview="p0"), _check("guides", 2, 0.6, preview="p2")]
    worse = _check("guides", 4, 0.5, best=False)
    story = story_of([BEGUN, checks[0], _epoch("guides", 1, a=1), checks[1], worse])
    assert story.scores["SBD"] == ((0, 0.2), (2, 0.6), (4, 0.5)) and story.scores["AP50"][1] == (2, 0.3)
    assert story.best == checks[1]
    assert [preview.labels for preview in story.previews] == ["p0", "p2"]
    assert story.previews[0].title.startswith("Before") and "epoch 2" in story.previews[1].title


def test_without_validation_images_there_is_no_curve():
    story = story_of([BEGUN, _check("guides", 1, 0.0, images=0)])
    assert story.scores == {"SBD": (), "AP50": ()} and story.best is None


def test_what_it_is_doing_is_known():
    assert story_of([Preparing(what="Reading the images")]).preparing == "Reading the images"
    going = [Preparing(what="Reading the images"), Warned(sentence="Few."), BEGUN]
    assert story_of(going[:2]).preparing and not story_of(going).preparing
    assert story_of(going).warnings == ("Few.",)
    assert story_of([*going, Paused()]).paused and not story_of([*going, Paused(), Continued()]).paused


def test_ends_are_ends_until_it_goes_on():
    assert story_of([BEGUN, END]).finished == END
    failed = Failed(sentence="The memory does not suffice.", smaller_batch=4)
    assert story_of([BEGUN, failed]).failed == failed and story_of([BEGUN, failed]).over
    assert not story_of([BEGUN, failed, BEGUN]).over and not story_of([BEGUN, END, BEGUN]).over


def test_events_of_newer_programs_are_left_out():
    known = BEGUN.model_dump(mode="json")
    assert parsed([known, {"kind": "dreamt"}, {"kind": "started"}, {}]) == [BEGUN]
