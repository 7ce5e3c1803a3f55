"""Everything that napari.yaml names is there, and the manifest is one that napari accepts."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from npe2 import PluginManifest

import napari_leafseg
from napari_leafseg.core.device import DeviceName

PATH = Path(napari_leafseg.__file__).parent / "napari.yaml"


@cache
def manifest() -> PluginManifest:
    return PluginManifest.from_file(PATH)


def targets() -> dict[str, str]:
    """Python name of each command by its id."""
    commands = manifest().contributions.commands or []
    return {str(command.id): str(command.python_name) for command in commands}


def used() -> set[str]:
    """Ids of the commands that readers, writers, widgets, samples and menus run."""
    offered = manifest().contributions
    kinds = (offered.readers, offered.writers, offered.widgets, offered.sample_data)
    runs = {getattr(item, "command", None) for kind in kinds for item in kind or []}
    menus = {getattr(item, "command", None) for items in (offered.menus or {}).values() for item in items}
    return {command for command in runs | menus if command}


def test_the_manifest_is_valid_and_of_this_package() -> None:
    manifest().validate_imports()
    assert manifest().name == "napari-leafseg"


@pytest.mark.parametrize("command", sorted(targets()))
def test_every_command_resolves(command: str) -> None:
    module, _, name = targets()[command].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_command_that_is_run_is_declared() -> None:
    assert used() <= set(targets())


def test_every_command_is_run_from_somewhere() -> None:
    assert set(targets()) <= used()


def test_the_preferences_offer_every_device() -> None:
    properties = (manifest().contributions.configurations or {})["computing"].properties
    assert set(properties["device"].enum) == set(get_args(DeviceName))
    assert properties["device"].default == "auto"
