"""What holds the tree together: direction of imports, sizes, mirrors, and what a public checkout may hold.

The broad directions are import-linter's (pyproject.toml); the rules here name single files, some of which may
not import even what their package may.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("timing", "devices", "dashboard", "simulators")
TOP_FOLDERS = {".ci", "docs", "requirements", "tests", *PACKAGES}
LINES_AT_MOST = 400
BYTES_AT_MOST = 400_000

SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts
)

# Modules (or packages) of ours -> the only ones of ours they may import, besides their own package's.
REACHES_ONLY = {
    "timing.core": ("timing.core",),
    "devices.decoders": ("devices.decoders", "devices.dating", "timing.core.readings", "timing.core.instant"),
    "devices.dating": ("timing.core.readings", "timing.core.instant"),
    "dashboard.board": ("timing.core", "dashboard.messages", "dashboard.amounts"),
    "dashboard.board_officials": ("timing.core", "dashboard.board", "dashboard.messages"),
    "dashboard.amounts": ("timing.core", "dashboard.messages"),
    "dashboard.messages": ("timing.core",),
}

# A simulator that shared the decoder, or wrote to the journal itself, would hide the faults both sides share.
SIMULATORS_NEVER_REACH = ("timing.ingest", "timing.journal", "devices.decoders", "dashboard")
STARTS_THE_SERVICE = "simulators.demo"

# Each of these libraries has one home, so that it can be replaced there.
HOMES = {
    "aiomqtt": "devices/mqtt_client.py",
    "asyncpg": "timing/journal/postgres.py",
    "openpyxl": "timing/imports/workbook.py",
    "paho": "devices/mqtt_client.py",
    "rfc8785": "timing/core/canonical.py",
    "serial": "devices/serial_port.py",
}
# Two crafts that share a library and no line: signing documents, and certifying a server.
TWO_HOMES = {"cryptography": {"timing/signatures.py", "dashboard/certificates.py"}}
ONE_FILE_EACH = ("defusedxml", "segno", "websockets")

# Results are a fold of integers. Places on the road, paces and running gaps are floats: what a tracker makes
# of them comes to the fold as a reading in whole microseconds, never by a call.
MAKE_RESULTS = ("timing.core.rally", "timing.core.official_fold")
OF_PLACES = {
    f"timing.core.{name}"
    for name in (
        "crossings", "eta", "fix_checks", "gap_fill", "leg_road", "live_gap", "positions", "road_tracker",
        "route_line",
    )
}  # fmt: skip

#: Parts of the core whose work shows only in a larger whole, and whose tests prove that whole.
PROVED_THROUGH = {
    "admission": "publication",
    "beside": "official_fold",
    "canonical": "official_sheets",
    "certified": "official_fold",
    "checklist": "official_fold",
    "official_results": "official_fold",
    "publication_states": "publication",
    "clock_book": "clock_rulings",
    "derive_clocks": "clock_rulings",
    "clock_sightings": "clock_report",
    "clock_slips": "clock_report",
    "explain_stamps": "clock_rulings",
    "candidates": "rally",
    "device_acts": "device_table",
    "device_conflicts": "device_table",
    "car_results": "ordinary",
    "derivation_text": "derivation",
    "derivations": "derivation",
    "derive_points": "derivation",
    "derive_rows": "derivation",
    "derive_stages": "derivation",
    "derive_totals": "derivation",
    "ordinary_tests": "ordinary",
    "times": "ordinary",
    "car_rows": "penalties",
    "check_in_rows": "check_ins",
    "control_board": "rally",
    "drive": "rally",
    "event": "rally",
    "explain": "rally",
    "itinerary": "rally",
    "line_book": "rally",
    "results": "rally",
    "road": "rally",
    "proposals": "proposer",
    "offers": "proposer",
    "proposed_restarts": "restarted_crews",
    "proposed_times": "proposer",
    "runs": "proposer",
    "measures": "average_trials",
    "scoring": "rally",
    "sheet": "rally",
    "stopping": "restarted_crews",
    "stage_facts": "scoring",
    "timetable": "due_times",
    "whereabouts": "rally",
    "classification": "rally",
    "championship_list": "scopes",
    "car_track": "positions",
    "eta": "positions",
    "gap_fill": "positions",
    "road_tracker": "positions",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    """Absolute dotted names a file imports, those inside functions and type checks included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                # `from timing import ingest` names a module, `from timing.ingest import Ingest` a member.
                names.update(
                    f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module
                    for alias in node.names
                )
            case _:
                pass
    return names


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def committed_or_about_to_be() -> list[Path]:
    """Files git holds or would take with `git add --all`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in found.decode().split("\0") if name]
    return sorted(path for path in paths if path.is_file())


@pytest.mark.parametrize("package", REACHES_ONLY)
def test_a_module_reaches_only_what_its_row_names(package: str) -> None:
    allowed = REACHES_ONLY[package]
    strays = {
        f"{module_name(path)} -> {name}"
        for path in SOURCES
        if within(module_name(path), [package])
        for name in imports_of(path)
        if within(name, PACKAGES) and not within(name, allowed)
    }
    assert not strays


def test_no_result_is_made_with_the_arithmetic_of_places() -> None:
    assert all(map(is_module, OF_PLACES))
    known, to_read = set[str](), list(MAKE_RESULTS)
    while to_read:
        name = to_read.pop()
        known.add(name)
        path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if path.is_file():
            to_read += [each for each in imports_of(path) if within(each, ["timing"]) and each not in known]
    assert "timing.core.stage_times" in known
    assert not known & OF_PLACES


def test_simulators_reach_the_service_by_the_wire_only() -> None:
    strays = {
        f"{module_name(path)} -> {name}"
        for path in SOURCES
        if within(module_name(path), ["simulators"]) and module_name(path) != STARTS_THE_SERVICE
        for name in imports_of(path)
        if within(name, SIMULATORS_NEVER_REACH)
    }
    assert not strays


def test_a_library_that_may_be_replaced_has_one_home() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        for name in imports_of(path):
            homes[name.split(".")[0]].add(path.relative_to(ROOT).as_posix())
    wrong = {name: files for name, home in HOMES.items() if (files := homes[name] - {home})}
    wrong |= {name: files for name, both in TWO_HOMES.items() if (files := homes[name] - both)}
    wrong |= {name: homes[name] for name in ONE_FILE_EACH if len(homes[name]) > 1}
    assert not wrong


def test_no_python_file_is_longer_than_a_reader_can_hold() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines()) for path in files}
    assert not {name: lines for name, lines in lengths.items() if lines > LINES_AT_MOST}


def test_every_module_of_the_core_that_computes_is_proved_by_a_named_test() -> None:
    modules = {path.stem for path in (ROOT / "timing" / "core").glob("*.py") if "def " in path.read_text()}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "core").glob("test_*.py")}
    assert not modules - tested - PROVED_THROUGH.keys()
    assert not set(PROVED_THROUGH.values()) - tested


def test_every_decoder_has_its_own_tests() -> None:
    decoders = {path.stem for path in (ROOT / "devices" / "decoders").glob("*.py")} - {"__init__"}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "devices").rglob("test_*.py")}
    assert not decoders - tested


def test_tests_are_no_package_and_the_root_holds_no_loose_module() -> None:
    packages = [path for path in (ROOT / "tests").rglob("__init__.py") if "node_modules" not in path.parts]
    assert not packages
    assert not list(ROOT.glob("*.py"))


def test_no_module_of_ours_is_named_like_a_library_it_may_shadow() -> None:
    # Run as a file, a module's own folder comes first on the path: then `import serial` would find itself.
    # What is built into the interpreter is found before the path is looked at.
    libraries = sys.stdlib_module_names - set(sys.builtin_module_names)
    libraries |= packages_distributions().keys() - set(PACKAGES)
    assert not [path for path in SOURCES if path.stem in libraries]


def test_the_checkout_has_the_known_folders_only() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in committed_or_about_to_be() if path.parent != ROOT}
    assert not folders - TOP_FOLDERS


def test_what_is_built_or_made_by_others_stays_out_of_the_repository() -> None:
    built = re.compile(r"(^|/)(node_modules|dist|__pycache__)/|^dashboard/static/|\.(pyc|whl|map)$|uv\.lock$")
    files = committed_or_about_to_be()
    assert not [path for path in files if built.search(path.relative_to(ROOT).as_posix())]
    assert not [path for path in files if path.stat().st_size > BYTES_AT_MOST]


def test_no_file_names_a_package_index_or_a_machines_folders() -> None:
    # An index is the reader's own affair: behind a mirror a lock that names one does not install.
    hosts = [r"(py)pi\.org", r"(python)hosted\.org", r"(npm)js\.(org|com)", r"(yarn)pkg\.com"]
    folders = [r"(?<![\w./-])/(home|work|root|Users|farm)/\w"]
    forbidden = re.compile("|".join(hosts + folders))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in committed_or_about_to_be()
        if path.suffix not in {".png", ".webp", ".ico", ".gz", ".bin", ".pdf"}
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found
