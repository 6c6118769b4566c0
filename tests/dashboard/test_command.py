"""The command loads no more than it needs."""

import subprocess
import sys

from tests.scenarios.running import ROOT

_LOADED = """
import sys
sys.argv = ["rallykeeper", "gateway", "--help"]
from dashboard.command import main
try:
    main()
except SystemExit:
    pass
print("LOADED", *sys.modules)
"""


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dashboard.command", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_gateway_is_started_without_the_web_and_the_documents() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.rpartition("LOADED")[2].split())
    assert "dashboard.gateway_command" in loaded
    for heavy in ("fastapi", "pydantic", "uvicorn", "numpy", "dashboard.serve", "timing.core.rally"):
        assert heavy not in loaded


def test_every_other_word_is_the_services() -> None:
    assert run("gateway", "--help").returncode == 0
    helped = run("--help")
    assert helped.returncode == 0
    assert "serve" in helped.stdout
    assert "gateway" in helped.stdout
    assert run("no-such-command").returncode == 2
