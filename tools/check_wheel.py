"""Look into a built wheel for all that the program reads besides its code.

python tools/check_wheel.py dist
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
DATA = ("*.safetensors", "*.yaml", "py.typed")


def main(folder: Path) -> int:
    """Return 1, and say what is missing, unless the newest wheel in the folder is whole."""
    wheel = max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(SOURCE).as_posix() for pattern in ("*.py", *DATA) for path in SOURCE.rglob(pattern)}
    missing = sorted(wanted - inside)
    foreign = sorted(name for name in inside if not name.startswith(("napari_leafseg/", "napari_leafseg-")))
    for name in missing:
        print(f"{wheel.name} lacks {name}", file=sys.stderr)
    for name in foreign:
        print(f"{wheel.name} brings {name}, which does not belong to it", file=sys.stderr)
    return int(bool(missing or foreign))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
