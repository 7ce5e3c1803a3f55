"""How torch's threads wait for each other: asleep, so that they leave the processor to others.

Must be called before torch is loaded, and therefore imports nothing of it.
"""

import os


def wait_passively() -> None:
    """Let OpenMP's threads sleep while they wait, unless the person said otherwise.

    By default they spin. Beside anything else that computes, another program or the drawing of
    the canvas, a decoding of 25 ms then lasts up to 2 s; threads that sleep cost nothing
    measurable (``benchmarks/window.py``).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
