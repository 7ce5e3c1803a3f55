"""Time of `encode` for every method and preset, on every device there is."""

from __future__ import annotations

import numpy as np
from measuring import machine, milliseconds, seconds, table

from napari_leafseg import EncodeOptions, create, methods
from napari_leafseg.core.device import available, choose, describe

SIDE = 512


def main() -> None:
    """Print the table."""
    image = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    rows = []
    for method in methods().values():
        for preset in method.presets:
            segmenter = create(method.name, preset)
            size = sum(parameter.numel() for parameter in segmenter.network.parameters())
            for device in available():
                options = EncodeOptions(device=device)
                time = seconds(lambda s=segmenter, o=options: s.encode(image, o), repeats=7)
                kept = segmenter.encode(image, options).nbytes / 1e6
                name = describe(choose(device))
                rows.append((method.name, preset, f"{size / 1e6:.2f} M", name, milliseconds(time), f"{kept:.1f} MB"))
    columns = ("method", "preset", "parameters", "device", "encode", "prediction")
    table(f"encode at {SIDE} x {SIDE} ({machine()})", columns, rows)


if __name__ == "__main__":
    main()
