"""What the gateway costs: memory and CPU at rest and under lines, as a process of its own.

    python -m tests.bench.gateway [LINES_PER_SECOND]

A real broker, a timer on TCP, and a service's side that receipts everything. CPU is that of the gateway's
process alone (user and system time of /proc), memory its resident set. What a Raspberry Pi 3 would need is an
estimate from that: see `_PI_3`.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from devices.broker import Broker
from tests.devices.gateway_stand import Service, Timer
from timing.clock import SystemClock

#: How much slower one core of a Raspberry Pi 3 (Cortex-A53, in order, 1.2 GHz) runs Python than one of this
#: machine. Assumed with room to spare, never measured by us: run this on the machine itself to know.
_PI_3 = 12
_REST_S, _WORK_S = 20.0, 30.0
_TICK = os.sysconf("SC_CLK_TCK")
_LINE = b" %04d C1  10:%02d:%02d.%04d 00"


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def rss_mb(pid: int) -> float:
    """Return the resident set of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measured(pid: int, seconds: float) -> float:
    """Return the share of one core (0 to 1) that a process uses over some seconds."""
    before, began = cpu_s(pid), time.perf_counter()
    await asyncio.sleep(seconds)
    return (cpu_s(pid) - before) / (time.perf_counter() - began)


async def say(timer: Timer, rate: float, seconds: float) -> int:
    """Have the timer print lines at an even rate; return how many."""
    began, said = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds:
        due = int(passed * rate)
        timer.say(*(_LINE % (n % 10_000, n // 60 % 60, n % 60, n % 10_000) for n in range(said, due)))
        said = due
        await asyncio.sleep(0.02)
    return said


async def main(rate: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        timer = Timer()
        port = await timer.listen()
        async with Broker(Path(folder) / "broker", "mille", devices=["timer-1"]) as broker:
            service = Service(broker.url(), SystemClock())
            service.start()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "dashboard.command", "gateway", "mille",
                f"timer-1=tcp:127.0.0.1:{port}", "--broker", broker.url("fleet"),
                "--spool", f"{folder}/spool", "--json", "--page", "off",
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            state: dict[str, object] = {}

            async def read() -> None:
                assert process.stdout is not None
                while line := await process.stdout.readline():
                    state.update(json.loads(line))

            reading = asyncio.create_task(read())
            while not timer.connected:  # noqa: ASYNC110 - another process has no event here
                await asyncio.sleep(0.1)
            await asyncio.sleep(5)
            rest = await measured(process.pid, _REST_S)
            idle_mb = rss_mb(process.pid)
            share, said = await asyncio.gather(measured(process.pid, _WORK_S), say(timer, rate, _WORK_S))
            await asyncio.sleep(3)
            arrived = len({line["n"] for line in service.lines})
            print(
                f"at rest         {idle_mb:6.1f} MB  {rest:7.2%} of a core (a Pi 3: about {rest * _PI_3:.1%})"
            )
            print(
                f"{rate:5.0f} lines/s   {rss_mb(process.pid):6.1f} MB  {share:7.2%} of a core   "
                f"(a Pi 3: about {share * _PI_3:.0%}; {said} said, {arrived} arrived)"
            )
            process.terminate()
            await process.wait()
            await reading
            await service.stop()
        timer.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 100.0))
