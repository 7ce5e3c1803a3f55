"""Tests cannot reach the network or the user's home."""

import socket
from pathlib import Path

import pytest


def test_no_connection_leaves_this_machine() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_the_home_is_temporary(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert Path.home().is_relative_to(tmp_path_factory.getbasetemp())
