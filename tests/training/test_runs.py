"""A run's folder: one process at a time, readable by those who find it later, and told what to do by a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_leafseg.core.errors import RunBusyError, TrainingError
from napari_leafseg.core.lock import Holder
from napari_leafseg.training.about import About, Condition, condition, events_of, is_running, read_about
from napari_leafseg.training.events import Failed, Finished, Preparing, Stepped
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder, saved_options
from napari_leafseg.training.wishes import WISH, Wish, Wishes, wish

OPTIONS = TrainOptions(epochs=1)
ABOUT = About(name="peas", method="harmonic", weights="nuclei", data="pots", command=("napari-leafseg", "train"))
FINISHED = Finished(weights="best.safetensors", epochs=1, minutes=1, sbd=0.5, ap50=0.5)


def begun(root: Path, *, resume: bool = False) -> RunFolder:
    run = RunFolder(root)
    run.begin(OPTIONS, ABOUT, resume=resume)
    return run


def test_a_run_can_be_found_again(tmp_path: Path) -> None:
    """All that a window needs that did not start it."""
    run = begun(tmp_path / "run")
    run.note(Preparing(what="Reading the images"))
    found = read_about(run.root)
    assert found == ABOUT and found.pid == os.getpid()
    assert is_running(run.root) and condition(run.root) is Condition.RUNNING
    assert [event["kind"] for event in events_of(run.root)] == ["preparing"]


def test_a_second_process_is_kept_out_in_a_sentence(tmp_path: Path) -> None:
    run = begun(tmp_path)
    with pytest.raises(RunBusyError, match=f"process {os.getpid()} on .*stop that one"):
        begun(tmp_path, resume=True)
    run.end()
    assert not is_running(tmp_path)
    begun(tmp_path, resume=True).end()


def test_the_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    begun(tmp_path).end()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    gone = Holder.me().model_copy(update={"process": ended.pid})
    (tmp_path / "run.lock").write_text(gone.model_dump_json())
    assert not is_running(tmp_path) and condition(tmp_path) is Condition.BROKEN_OFF
    begun(tmp_path, resume=True)
    assert is_running(tmp_path)


def test_who_resumes_is_named_and_how_it_began_stays(tmp_path: Path) -> None:
    begun(tmp_path).end()
    again = RunFolder(tmp_path)
    again.begin(OPTIONS, ABOUT.replace(command=("other",), pid=7), resume=True)
    assert (read_about(tmp_path).command, read_about(tmp_path).pid) == (ABOUT.command, 7)


@pytest.mark.parametrize(
    ("last", "is_so"), [(FINISHED, Condition.FINISHED), (Failed(sentence="No space."), Condition.FAILED)]
)
def test_how_a_run_ended_is_told_by_its_last_event(tmp_path: Path, last: Finished | Failed, is_so: Condition) -> None:
    run = begun(tmp_path)
    run.note(last)
    assert condition(tmp_path) is Condition.RUNNING, "until it lets go, it may still write"
    run.end()
    assert condition(tmp_path) is is_so


def test_a_line_that_was_half_written_is_cut_off_before_more_is_written(tmp_path: Path) -> None:
    """The power went: what comes after must not run into it."""
    run = begun(tmp_path)
    run.note(Preparing(what="one"))
    run.end()
    with (tmp_path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "epo')
    assert len(events_of(tmp_path)) == 1
    again = begun(tmp_path, resume=True)
    again.note(Preparing(what="two"))
    assert [event["what"] for event in events_of(tmp_path)] == ["one", "two"]


def test_a_fresh_start_in_the_folder_of_one_that_never_came_far_tells_only_of_itself(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.note(Failed(sentence="There is no labelled image."))
    run.end()
    begun(tmp_path).note(Preparing(what="again"))
    assert [event["kind"] for event in events_of(tmp_path)] == ["preparing"]


def test_steps_are_shown_in_one_small_file(tmp_path: Path) -> None:
    """A window shows the latest; the events do not grow with steps."""
    run = begun(tmp_path)
    for step in range(100):
        run.note(
            Stepped(
                stage="one", epoch=0, step=step, steps=100, losses={"a": 1.0}, progress=0.5, overall=0.25,
                seconds_left=9,
            )
        )  # fmt: skip
    shown = json.loads((tmp_path / "now.json").read_text(encoding="utf-8"))
    assert shown.keys() == {"stage", "epoch", "step", "steps", "losses", "progress", "seconds_left"}
    assert (shown["progress"], shown["seconds_left"]) == (0.25, 9)
    assert shown["step"] < 99, "at most four times a second"
    assert events_of(tmp_path) == []


def test_other_processes_of_a_run_write_nothing(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run", writes=False)
    run.begin(OPTIONS, ABOUT, resume=False)
    run.note(FINISHED)
    assert not run.root.exists()


def test_a_wish_is_seen_at_the_next_look(tmp_path: Path) -> None:
    wishes = Wishes(tmp_path)
    assert wishes.look() is Wish.GO
    for what in (Wish.PAUSE, Wish.GO, Wish.STOP):
        wish(tmp_path, what)
        assert wishes.look() is what
    assert json.loads((tmp_path / WISH).read_text()) == {"wish": "stop"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"wish": "dance"}'])
def test_a_wish_that_cannot_be_read_changes_nothing(tmp_path: Path, text: str) -> None:
    wish(tmp_path, "pause")
    wishes = Wishes(tmp_path)
    wishes.look()
    (tmp_path / WISH).write_text(text)
    assert wishes.look() is Wish.PAUSE
    wish(tmp_path, "stop")
    assert wishes.look() is Wish.STOP


def test_what_was_wished_of_a_run_that_ended_is_not_done_to_the_next(tmp_path: Path) -> None:
    """Nor of one that was killed, by the process that resumes it."""
    run = begun(tmp_path)
    wish(tmp_path, "stop")
    run.end()
    assert begun(tmp_path, resume=True).wishes.look() is Wish.GO
    wish(tmp_path, "pause")
    (tmp_path / "run.lock").unlink()
    os.utime(tmp_path / WISH, (1e9, 1e9))
    assert begun(tmp_path, resume=True).wishes.look() is Wish.GO


def test_who_stops_a_run_before_it_began_is_heard(tmp_path: Path) -> None:
    """Its process is starting, and the person has thought better of it."""
    wish(tmp_path / "run", "stop")
    assert begun(tmp_path / "run").wishes.look() is Wish.STOP


def test_a_wish_for_a_run_that_is_gone_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be told to stop"):
        wish(tmp_path / "file", "stop")


def test_options_of_an_older_run_get_defaults_for_what_was_not_known_then(tmp_path: Path) -> None:
    old = {name: value for name, value in OPTIONS.model_dump().items() if name not in {"replay", "patience"}}
    (tmp_path / "options.json").write_text(json.dumps(old))
    assert saved_options(tmp_path) == OPTIONS
