"""The plugin's page in napari's Preferences: default device and cache size.

Falls back to the manifest's defaults where napari does not know the plugin (a script, a test).
"""

from __future__ import annotations

from typing import Any, Literal, cast

from napari.settings import get_plugin_settings

from napari_leafseg.inference.cache import DEFAULT_BYTES

PLUGIN = "napari-leafseg"

Device = Literal["auto", "cpu", "cuda", "mps"]


def _settings() -> Any:
    try:
        return get_plugin_settings(PLUGIN)
    except KeyError:
        return None


def default_device() -> Device:
    """The device that a new viewer starts with."""
    settings = _settings()
    return cast("Device", str(settings.computing.device)) if settings else "auto"


def cache_bytes() -> int:
    """Most memory that a viewer's predictions may hold."""
    settings = _settings()
    return int(settings.computing.cache_megabytes) * 2**20 if settings else DEFAULT_BYTES
