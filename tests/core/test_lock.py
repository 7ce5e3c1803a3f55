"""The lock itself; what keeps a second window out of a project is tested with projects, a second training with runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.lock import FileLock, Holder, holder_of


def refusal(path: Path, holder: Holder | None) -> LeafsegError:
    return LeafsegError(f"{path.name} is held by {holder.process if holder else 'several'}.")


def test_one_holds_it_until_it_lets_go(tmp_path: Path) -> None:
    """Of one process, too: two runs of a script are two."""
    path = tmp_path / "some.lock"
    lock = FileLock(path, refusal)
    with pytest.raises(LeafsegError, match=f"some.lock is held by {os.getpid()}"):
        FileLock(path, refusal)
    lock.release()
    assert holder_of(path) is None
    FileLock(path, refusal).release()
    assert not list(tmp_path.iterdir())


def test_who_holds_a_lock_that_was_taken_over_leaves_the_others_alone(tmp_path: Path) -> None:
    path = tmp_path / "some.lock"
    first = FileLock(path, refusal)
    path.unlink()
    second = FileLock(path, refusal)
    first.release()
    assert holder_of(path) is not None
    second.release()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no processes that ended and wait for their parent")
def test_a_process_that_ended_but_was_not_waited_for_is_gone() -> None:
    """A window that starts a training and is busy elsewhere leaves its ended child so."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Holder.me().model_copy(update={"process": child.pid}).is_gone
    child.wait()
