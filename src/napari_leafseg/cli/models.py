"""``napari-leafseg models``: which methods there are, their weights and parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_leafseg.cli.console import json_lines, warn
from napari_leafseg.core.errors import WeightsError

if TYPE_CHECKING:
    from napari_leafseg.core.params import ParamSpec
    from napari_leafseg.core.registry import Method


def models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per model.")] = False,
) -> None:
    """List the models with their presets, weights (shipped and yours; licence, figures) and parameters (bounds)."""
    from napari_leafseg.core.registry import methods

    with json_lines(as_json) as emit:
        for method in methods().values():
            described = describe(method)
            emit(described)
            if not as_json:
                typer.echo("\n".join(_lines(described)) + "\n")


def describe(method: Method) -> dict[str, Any]:
    """Say all that a person or a program needs to run a method."""
    from napari_leafseg.core.catalogue import available, own
    from napari_leafseg.core.params import specs

    prefix = f"{method.name}-"
    mine = own(method.name)
    return {
        "model": method.name,
        "title": method.title,
        "summary": method.summary,
        "paper": method.paper,
        "presets": list(method.presets),
        "weights": [
            {"name": name.removeprefix(prefix), "file": str(path), "own": name in mine, **described}
            for name, path in available(method.name).items()
            if (described := _described(path))
        ],
        "params": [_param(spec) for spec in specs(method.type().params_type)],
    }


def _described(path: Path) -> dict[str, Any]:
    """Say what a file of weights is; nothing, but a warning, of one that somebody damaged."""
    try:
        return _header(path)
    except WeightsError as error:
        warn(str(error))
        return {}


def _header(path: Path) -> dict[str, Any]:
    from napari_leafseg.core.catalogue import file_hash
    from napari_leafseg.core.weights import read_facts

    facts = read_facts(path)
    header = facts.header
    return {
        "preset": header.preset,
        "parameters": facts.parameters,
        "bytes": facts.nbytes,
        "network": facts.as_text(),
        "sha256": file_hash(path),
        "card": header.card.model_dump(mode="json"),
        "params": header.params,
        "classes": list(header.classes),
    }


def _param(spec: ParamSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "help": spec.help,
        "type": "choice" if spec.choices else spec.type.__name__,
        "default": spec.default,
        "low": spec.low,
        "high": spec.high,
        "step": spec.step,
        "unit": spec.unit,
        "choices": list(spec.choices),
    }


# --- for people -----------------------------------------------------------------------


def _lines(described: dict[str, Any]) -> list[str]:
    return [
        f"{described['model']} - {described['title']}",
        f"  {described['summary']}",
        f"  Paper: {described['paper']}",
        f"  Presets: {', '.join(described['presets'])}",
        *(line for weights in described["weights"] for line in _weights_lines(weights)),
        *([] if described["weights"] else ["  Weights: none come with the plugin; train some"]),
        "  Parameters (--set name=value):",
        *_param_lines(described["params"]),
    ]


def _weights_lines(weights: dict[str, Any]) -> list[str]:
    from napari_leafseg.core.weights import Card, figures_text

    card = weights["card"]
    said = {
        "For": card["subject"],
        "Network": weights["network"],
        "Data": card["data"],
        "Licence": card["licence"],
        "Object size": Card.model_validate(card).objects_as_text(),
        "Figures": figures_text(card["figures"]),
        "Measured on": card["measured_on"],
        "By kind": "; ".join(f"{name}: {figures_text(part)}" for name, part in card["groups"].items()),
        "Training": card["training"],
        "Known failures": card["failures"],
    }
    return [
        f"  Weights {weights['name']}{' (yours)' if weights['own'] else ''}: {card['title']}",
        *(f"    {title}: {text}" for title, text in said.items() if text),
    ]


def _param_lines(params: list[dict[str, Any]]) -> list[str]:
    width = max((len(param["name"]) for param in params), default=0)
    return [f"    {param['name']:<{width}}  {param['help']} {_bounds(param)}" for param in params]


def _bounds(param: dict[str, Any]) -> str:
    unit = f" {param['unit']}" if param["unit"] else ""
    if param["choices"]:
        allowed = ", ".join(param["choices"])
    elif param["low"] is not None and param["high"] is not None:
        allowed = f"{param['low']:g} to {param['high']:g}{unit}"
    else:
        allowed = "true, false"
    return f"[{allowed}; default {param['default']}]"
