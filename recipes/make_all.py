"""Make every file of weights that ships, one recipe after another.

    python recipes/make_all.py [harmonic-nuclei ...]

It may be stopped and given again at any time: a training goes on where it stopped, and a file that is newer
than the best weights of its finished training is left as it is.
"""

from __future__ import annotations

import argparse
import importlib
from graphlib import TopologicalSorter
from pathlib import Path

from shipping import Recipe, add_options, make

from napari_leafseg.core.weights import BEST


def main() -> None:
    """Follow the recipes that were named, or all."""
    known = {recipe.target.stem: recipe for recipe in recipes()}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    add_options(parser)
    said = parser.parse_args()
    if unknown := set(said.names) - set(known):
        parser.error(f"no recipe makes {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in said.names or known:
        if is_made(known[name], said.runs):
            print(f"{name} is made.")
        else:
            print(f"{name}:", flush=True)
            make(known[name], said)


def recipes() -> list[Recipe]:
    """All recipes of this folder, every file that holds one: each after that whose backbone it starts from."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    modules = [importlib.import_module(name) for name in files if name != Path(__file__).stem]
    found = {module.RECIPE.target.stem: module.RECIPE for module in modules if hasattr(module, "RECIPE")}
    starts = {name: {recipe.start} - {""} for name, recipe in found.items()}
    return [found[name] for name in TopologicalSorter(starts).static_order()]


def is_made(recipe: Recipe, runs: Path) -> bool:
    """Whether the file is there and newer than the weights it is made of, whose training has ended."""
    run = recipe.run_in(runs)
    events, best = run / "events.jsonl", run / BEST
    if not (recipe.target.exists() and events.exists() and best.exists()):
        return False
    ended = '"kind":"finished"' in events.read_text(encoding="utf-8").splitlines()[-1]
    return ended and recipe.target.stat().st_mtime > best.stat().st_mtime


if __name__ == "__main__":
    main()
