"""What every test stands on: a home of its own, no network, small images, the torch-free segmenter."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari_leafseg.core.registry import Method

# Read by napari when its settings are first imported: nothing of them is kept on disk.
os.environ["NAPARI_CONFIG"] = ""


def pytest_collection_finish() -> None:
    """Let the collector pass over what is imported by now, which stays: every closed viewer calls it three times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep tests, and the programs that they start, out of the user's home and settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(home))
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        yield home


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        yield


def _local_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            self.close()
            # Derived from BaseException, so that no except in between can hide it.
            pytest.fail(f"a test tried to reach {address[0]}")
        return connect(self, address)

    return guarded


@pytest.fixture
def threshold_method() -> Iterator[Method]:
    """Register the torch-free segmenter as a method for one test."""
    from threshold_segmenter import METHOD

    from napari_leafseg.core.registry import register, unregister

    register(METHOD)
    yield METHOD
    unregister(METHOD.name)


@pytest.fixture
def threshold_weights(tmp_path: Path) -> Path:
    """Write a weights file of the torch-free segmenter."""
    from threshold_segmenter import ThresholdSegmenter

    path = tmp_path / "weights" / "threshold-anything.safetensors"
    ThresholdSegmenter().save(path)
    return path


@pytest.fixture
def nuclei_image() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw twelve bright discs on a dark ground: uint8 (96, 128), and int32 labels 1..12."""
    labels = np.zeros((96, 128), np.int32)
    rows, columns = np.indices(labels.shape)
    for index in range(12):
        top, left = 16 + 32 * (index // 4), 16 + 32 * (index % 4)
        labels[(rows - top) ** 2 + (columns - left) ** 2 <= (6 + index // 2) ** 2] = index + 1
    noise = np.random.default_rng(0).normal(0, 4, labels.shape)
    return np.clip(np.where(labels > 0, 200, 20) + noise, 0, 255).astype(np.uint8), labels


@pytest.fixture(scope="session")
def leafseg_data() -> Path:
    """Find the labelled images; the test is skipped, and says why, where there are none."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LEAFSEG_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"no labelled images: LEAFSEG_DATA is not set to a folder, and there is no {beside}")
    return folder
