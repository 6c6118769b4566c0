"""What every test may use: the field captures' folder and free ports on the loopback interface."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of captures from real devices.

    It is named by RALLYKEEPER_SAMPLES, else looked for beside the checkout; the captures belong to their
    makers and are not part of the repository, so a test that needs them skips without them.
    """
    named = os.environ.get("RALLYKEEPER_SAMPLES")
    folder = Path(named) if named else ROOT.parent / "shared" / "samples"
    if not folder.is_dir():
        if named:
            pytest.fail(f"RALLYKEEPER_SAMPLES names {folder}, which is not a folder")
        pytest.skip("no captures: set RALLYKEEPER_SAMPLES to a folder that holds them")
    return folder


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A function that gives a TCP port of 127.0.0.1 nobody listens on, another one at each call."""
    given: set[int] = set()

    def pick() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in given:
                given.add(port)
                return port

    return pick
