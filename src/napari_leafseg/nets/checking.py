"""Cancelling a network from within: a check before every leaf module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from napari_leafseg.core.work import Check, never


@contextmanager
def checking(network: nn.Module, check: Check) -> Iterator[None]:
    """Call ``check`` before every leaf module of ``network``; what it raises ends the forward pass."""
    if check is never:
        yield
        return

    def hook(_module: nn.Module, _inputs: Any) -> None:
        check()

    leaves = [module for module in network.modules() if next(module.children(), None) is None]
    handles = [leaf.register_forward_pre_hook(hook) for leaf in leaves]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
