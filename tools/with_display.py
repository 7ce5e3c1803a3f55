"""Run a command with a display, made for the occasion where there is none.

    python tools/with_display.py python -m pytest

Where a display is there (or none is needed: Windows, macOS) the command just runs. On Linux
without one, a virtual display is started for as long as the command runs; what that needs is
installed first if this may be done here (root, on Debian or Ubuntu). Elsewhere the command
runs without a display, after one sentence on what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# What Qt's "xcb" platform and software OpenGL load, and the virtual display itself.
PACKAGES = (
    "xvfb",
    "fonts-dejavu-core",
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libgl1-mesa-dri",
    "libglib2.0-0",
    "libopengl0",
    "libx11-xcb1",
    "libxcb-cursor0",
    "libxcb-glx0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-render0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-util1",
    "libxcb-xfixes0",
    "libxcb-xinerama0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "libxrender1",
)
SCREEN = "1920x1200x24"


def main(command: list[str]) -> int:
    """Run the command and return its exit status."""
    if not command:
        sys.exit("usage: python tools/with_display.py COMMAND [ARGUMENT...]")
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return subprocess.run(command, check=False).returncode
    lacking = [name for name in PACKAGES if not installed(name)]
    if lacking and may_install():
        install(lacking)
    server = shutil.which("Xvfb")
    if server is None:
        print(
            "There is no display here, and no Xvfb to make one: running without. "
            f"To run everything, install {' '.join(lacking or PACKAGES)}.",
            file=sys.stderr,
        )
        return subprocess.run(command, check=False, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}).returncode
    with virtual_display(server) as display:
        return subprocess.run(command, check=False, env=display_environment(display)).returncode


def display_environment(display: str) -> dict[str, str]:
    """Add to this program's environment what a program on the virtual display needs."""
    # Mesa would otherwise look for a graphics card first.
    return {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}


def installed(package: str) -> bool:
    """Whether a Debian package is there; False where the system has no such packages."""
    query = shutil.which("dpkg-query")
    if query is None:
        return False
    # Newer systems provide some of these under another name (libglib2.0-0t64).
    for name in (package, f"{package}t64"):
        answer = subprocess.run(
            [query, "--show", "--showformat=${db:Status-Status}", name], check=False, capture_output=True, text=True
        )
        if answer.returncode == 0 and answer.stdout.startswith("installed"):
            return True
    return False


def may_install() -> bool:
    """Whether packages can be installed here without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> None:
    """Install Debian packages; says so when it fails, and goes on."""
    print(f"Installing what a virtual display needs: {' '.join(packages)}", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "--quiet"],
        ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(
            command, check=False, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            print(f"{' '.join(command[:2])} failed:\n{done.stdout}{done.stderr}", file=sys.stderr)


@contextmanager
def virtual_display(server: str) -> Iterator[str]:
    """Keep a virtual display for the time of the block, and give its name."""
    read, write = os.pipe()
    # The server chooses a free number itself and tells it, so that two runs never meet.
    command = [server, "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp", "+extension", "GLX"]
    with tempfile.TemporaryFile() as log, os.fdopen(read) as answer:
        process = subprocess.Popen(command, pass_fds=(write,), stdout=log, stderr=log)
        os.close(write)
        try:
            number = answer.readline().strip()
            if not number:
                log.seek(0)
                sys.exit(f"Xvfb did not start:\n{log.read().decode(errors='replace')}")
            yield f":{number}"
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
