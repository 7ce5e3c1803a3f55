"""`weights` brings weights in under a name, hands them on, and takes them away; all else finds them by that name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.cli.console import WRONG_USAGE
from napari_leafseg.core.weights import Card


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "home"))
    path = tmp_path / "from a colleague.safetensors"
    ThresholdSegmenter(card=Card(title="Her plants", subject="rosette", licence="CC BY 4.0")).save(path)
    return path


def listed(command: Any) -> list[dict[str, Any]]:
    (found,) = (
        d for d in map(json.loads, command("models", "--json").stdout.splitlines()) if d["model"] == "threshold"
    )
    return list(found["weights"])


def test_imported_weights_are_listed_and_used_by_their_name(command: Any, file: Path, images: Path) -> None:
    result = command("weights", "import", file, "--name", "her plants")
    assert result.exit_code == 0 and 'threshold: --weights "her plants"' in result.stdout
    assert "Licence: CC BY 4.0." in result.stderr
    (found,) = listed(command)
    assert (found["name"], found["own"], found["card"]["licence"]) == ("her plants", True, "CC BY 4.0")
    assert "Weights her plants (yours): Her plants" in command("models").stdout
    out = images / "out"
    segmented = command("segment", images, "--model", "threshold", "--weights", "her plants", "--out", out)
    assert segmented.exit_code == 0 and len(list(out.glob("*.tif"))) == 3


def test_without_a_name_they_are_called_as_their_file(command: Any, file: Path) -> None:
    assert command("weights", "import", file).exit_code == 0
    assert listed(command)[0]["name"] == "from a colleague"


def test_what_is_exported_is_the_same_file(command: Any, file: Path, tmp_path: Path) -> None:
    command("weights", "import", file, "--name", "hers")
    target = tmp_path / "handed on.safetensors"
    assert command("weights", "export", "hers", target).exit_code == 0
    assert target.read_bytes() == file.read_bytes()
    again = command("weights", "export", "hers", target)
    assert again.exit_code == WRONG_USAGE and "is there already" in again.stderr
    assert command("weights", "export", "hers", target, "--replace").exit_code == 0


def test_removed_weights_are_gone(command: Any, file: Path) -> None:
    command("weights", "import", file, "--name", "hers")
    assert command("weights", "remove", "hers").exit_code == 0
    assert listed(command) == []
    again = command("weights", "remove", "hers")
    assert again.exit_code == WRONG_USAGE and "There are no weights 'hers'" in again.stderr


def test_a_damaged_file_in_the_library_hides_no_other(command: Any, file: Path, tmp_path: Path) -> None:
    command("weights", "import", file, "--name", "hers")
    (tmp_path / "home" / "weights" / "threshold-broken.safetensors").write_text("torn")
    result = command("models", "--json")
    assert result.exit_code == 0 and "threshold-broken.safetensors cannot be read" in result.stderr
    assert [weights["name"] for weights in listed(command)] == ["hers"]
