"""Throughput of a folder run, and where its time goes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measuring import machine, once, seconds, table
from PIL import Image

from napari_leafseg import load
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.reading import read_image, write_labels
from napari_leafseg.inference.folder import segment_files

IMAGES, SIDE = 24, 512


def main() -> None:
    """Print the table."""
    segmenter = load("harmonic", "nuclei")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = [root / f"field {i:02}.png" for i in range(IMAGES)]
        for i, file in enumerate(files):
            Image.fromarray(draw_nuclei(size=SIDE, count=60, seed=i)[0]).save(file)
        segmenter.decode(segmenter.encode(read_image(files[0]).array))
        _, whole = once(lambda: list(segment_files(segmenter, files, root / "out")))
        image = read_image(files[0]).array
        prediction = segmenter.encode(image)
        labels = segmenter.decode(prediction).labels
        parts = (
            ("reading", seconds(lambda: read_image(files[0]), 7)),
            ("encode", seconds(lambda: segmenter.encode(image), 7)),
            ("decode", seconds(lambda: segmenter.decode(prediction), 7)),
            ("writing labels", seconds(lambda: write_labels(root / "one.tif", labels), 7)),
        )
        rows = [("whole run", f"{IMAGES / whole:.1f} images/s", f"{1000 * whole / IMAGES:.0f} ms")]
        rows += [(name, "", f"{1000 * time:.0f} ms") for name, time in parts]
        table(f"{IMAGES} images of {SIDE} x {SIDE} ({machine()})", ("what", "throughput", "per image"), rows)


if __name__ == "__main__":
    main()
