"""Who sits at the computer, for records of who did what."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Return the name of the user's account, or of nobody where there is none (some containers)."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
