"""What a folder run wrote is read back as it was found, while the run goes on and after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.provenance import array_hash
from napari_leafseg.data.reading import read_image
from napari_leafseg.inference.events import ImageDone
from napari_leafseg.inference.folder import segment_files
from napari_leafseg.inference.planes import Segmentation, segment_image
from napari_leafseg.inference.results import Result, Results


@pytest.fixture
def files(tmp_path: Path, nuclei_image: Any) -> list[Path]:
    """Three images, of which the last is a stack; names with what tables and lines trip over."""
    folder = tmp_path / "in"
    folder.mkdir()
    names = [folder / 'plant, "one".png', folder / "plant\u2028two.png", folder / "stack.tif"]
    for shift, name in enumerate(names[:2]):
        Image.fromarray(np.roll(nuclei_image[0], 5 * shift, axis=1)).save(name)
    tifffile.imwrite(names[2], np.stack([nuclei_image[0]] * 4), photometric="minisblack", metadata={"axes": "ZYX"})
    return names


def _is_of(result: Result, found: Segmentation) -> None:
    np.testing.assert_array_equal(result.labels, found.labels)
    one = found.instances[0] if found.labels.ndim == 2 else Instances.none((1, 1))
    assert list(result.scores) == list(range(1, one.count + 1))
    np.testing.assert_allclose(list(result.scores.values()), one.scores, rtol=1e-5)


def test_while_the_run_goes_on_and_after_it(files: list[Path], tmp_path: Path) -> None:
    segmenter, out = ThresholdSegmenter(), tmp_path / "out"
    results, seen = Results(out), dict[str, Result]()
    for event in segment_files(segmenter, files, out, EncodeOptions()):
        if isinstance(event, ImageDone):
            seen[event.name] = results.of(event.name)
    later = Results(out)
    for file in files:
        image = read_image(file)
        found = segment_image(segmenter, image.array, image.axes)
        for result in (seen[file.stem], later.of(file.stem)):
            _is_of(result, found)
            assert result.record.image_hash == array_hash(image.array)
            assert (result.record.method, result.record.device) == ("threshold", "CPU")


def test_labels_that_are_gone_are_an_error(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(segment_files(ThresholdSegmenter(), files[:1], out))
    (out / f"{files[0].stem}.tif").unlink()
    with pytest.raises(ImageError):
        Results(out).of(files[0].stem)
    with pytest.raises(ImageError, match="run the folder again"):
        Results(tmp_path / "nowhere").of("a")
