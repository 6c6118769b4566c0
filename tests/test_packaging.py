"""What an installation relies on: locks that match the dependencies, and tasks that documents name."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run.txt", "test.txt", "node.txt")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", ".ci/run")


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def locked(name: str) -> set[str]:
    """The packages a lock holds, by normalized name."""
    return set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", lock(name), flags=re.MULTILINE))


def declared(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def test_older_pip_gets_from_extras_what_newer_gets_from_groups(pyproject: dict[str, Any]) -> None:
    extras, groups = pyproject["project"]["optional-dependencies"], pyproject["dependency-groups"]
    assert extras["dev"] == groups["dev"]
    assert extras["browser"] == groups["browser"]


def test_the_locks_hold_every_declared_dependency(pyproject: dict[str, Any]) -> None:
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    extras = project["optional-dependencies"]
    run = declared([*project["dependencies"], *extras["postgres"], *groups["build"]])
    assert not run - locked("run.txt")
    assert not (run | declared([*extras["dev"], *extras["browser"]])) - locked("test.txt")
    assert not declared(groups["node"]) - locked("node.txt")


def test_tests_run_against_the_versions_that_are_installed_for_use() -> None:
    pins = {
        name: set(re.findall(r"^[a-z0-9].*==.*(?= \\$)", lock(name), flags=re.MULTILINE)) for name in LOCKS
    }
    assert not pins["run.txt"] - pins["test.txt"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_place(name: str) -> None:
    text = lock(name)
    blocks = re.split(r"\n(?=[a-z0-9])", text.rstrip())[1:]
    assert blocks
    assert not [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block]
    assert not re.search(r"://|--(index|extra-index|find-links)|file:", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_task_a_document_names_exists(document: str) -> None:
    tasks = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    named = set(
        re.findall(r"(?:^|`)make ([a-z][a-z-]*)", (ROOT / document).read_text("utf-8"), flags=re.MULTILINE)
    )
    assert not named - tasks


def test_the_pages_the_wheel_holds_are_not_held_by_git(pyproject: dict[str, Any]) -> None:
    wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "dashboard/static" in wheel["artifacts"]
    assert "dashboard/static/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / wheel["hooks"]["custom"]["path"]).is_file()


def test_every_package_of_ours_is_named_for_the_wheel(pyproject: dict[str, Any]) -> None:
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert ours == set(pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
