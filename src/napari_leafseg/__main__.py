"""Let ``python -m napari_leafseg`` be the command line."""

from napari_leafseg.cli import main

if __name__ == "__main__":
    main()
