"""Write the page of all weights that ship, and the README's table of them, from what the files say of themselves.

Run as ``python docs/make_weights.py`` when a file has come or changed; a test compares. Nothing is measured here.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from marked import filled

from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.registry import methods
from napari_leafseg.core.weights import Card, Facts, read_facts

DOCS = Path(__file__).resolve().parent
PAGE, README = DOCS / "weights.md", DOCS.parent / "README.md"
TOLD = ("AP50", "mAP", "SBD", "|DiC|")
SUBJECTS = {"nuclei": "Nuclei", "rosette": "Leaves of rosettes"}
MORE = {
    "nuclei": "Side by side on the same images: [what the weights for nuclei can and cannot do](nuclei-weights.md).",
    "rosette": "Side by side, on drawn plants and on photographs: "
    "[what the leaf weights can and cannot do](leaf-weights.md).",
}


def main() -> None:
    """Write both."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """The page with the cards as they are now."""
    parts = [overview(), *(_of_subject(subject, files) for subject, files in _by_subject())]
    return filled(text, "cards", "\n".join(parts))


def readme(text: str) -> str:
    """The README with the table as it is now."""
    return filled(text, "weights", overview("docs/"))


def overview(folder: str = "") -> str:
    """One row per file; ``folder`` leads to this page's."""
    rows = ["| weights | model | for | AP50 | mAP | SBD | file | licence |", "|---|---|---|---|---|---|---|---|"]
    for _, files in _by_subject():
        for name, facts in files:
            card = facts.header.card
            figures = " | ".join(_number(card, figure) for figure in TOLD[:3])
            licence = card.licence.split(":")[0]
            link = f"[`{name}`]({folder}weights.md#{name})"
            size = f"{facts.nbytes / 1e6:.1f} MB"
            rows.append(f"| {link} | `{facts.header.method}` | {card.subject} | {figures} | {size} | {licence} |")
    return "\n".join(rows) + "\n"


def _by_subject() -> list[tuple[str, list[tuple[str, Facts]]]]:
    files = [(name, read_facts(path)) for name, path in shipped().items()]
    files.sort(key=lambda item: (item[1].header.card.subject, item[0]))
    groups = groupby(files, key=lambda item: item[1].header.card.subject)
    return [(subject, list(group)) for subject, group in groups]


def _of_subject(subject: str, files: list[tuple[str, Facts]]) -> str:
    parts = [f"## {SUBJECTS.get(subject, subject.capitalize())}", MORE.get(subject, "")]
    return "\n\n".join([part for part in parts if part] + [_section(*item) for item in files]) + "\n"


def _section(name: str, facts: Facts) -> str:
    header, card = facts.header, facts.header.card
    title = methods()[header.method].title
    parts = [
        f"### {name}",
        f"{card.title}, by [{title}]({header.method}.md).",
        _table(facts, name),
        _figures(card),
        f"**Known to fail:** {card.failures}." if card.failures else "",
        _picture(name),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(facts: Facts, name: str) -> str:
    header, card = facts.header, facts.header.card
    recipe = f"recipes/{name.replace('-', '_')}.py"
    rows = {
        "data": card.data,
        "licence": card.licence,
        "network": facts.as_text(),
        "object size": card.objects_as_text(),
        "images": f"enlarged {card.enlarge:g} times for the network" if card.enlarge != 1 else "",
        "training": card.training,
        "live parameters": ", ".join(f"`{key}` {value}" for key, value in header.params.items()),
        "made by": f"[`python {recipe}`](../{recipe})" if (DOCS.parent / recipe).exists() else "",
        "SHA-256": f"`{header.tensor_hash}`" if header.tensor_hash else "",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in rows.items() if value)])


def _figures(card: Card) -> str:
    names = [name for name in TOLD if name in card.figures]
    escaped = " | ".join(name.replace("|", "\\|") for name in names)
    rows = [f"| on | images | {escaped} |", "|---|---|" + "---|" * len(names)]
    rows.append(f"| {card.measured_on} | | {' | '.join(_number(card, name) for name in names)} |")
    for group, figures in card.groups.items():
        numbers = " | ".join(f"{figures[name]:.3g}" if name in figures else "" for name in names)
        rows.append(f"| {group} | {figures.get('images', 0):g} | {numbers} |")
    return "\n".join(rows)


def _number(card: Card, figure: str) -> str:
    return f"{card.figures[figure]:.3g}" if figure in card.figures else ""


def _picture(name: str) -> str:
    file = f"images/weights-{name}.jpg"
    if not (DOCS / file).exists():
        return ""
    return f"![The worst of {name}]({file})"


if __name__ == "__main__":
    main()
