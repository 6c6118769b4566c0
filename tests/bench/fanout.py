"""Websocket fan-out: frames per CPU second and memory per viewer, against Node's `ws` with the same bytes.

    python tests/bench/fanout.py [--viewers 1000 5000] [--seconds 10]

Both servers give every viewer the same patches, four a second; ours makes them on the way (difference,
JSON, deflate), Node gets them ready. CPU time is that of the server's process with all its threads, measured
while the viewers (a process of their own) count what arrives. `ws` is installed by npm into a temporary
folder; without Node the bench says so and measures ours alone.
"""

import argparse
import itertools
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
PATCHES = 400

NODE_SERVER = """
import { readFileSync } from "node:fs";
import { WebSocketServer } from "ws";
const patches = readFileSync(process.argv[2], "utf8").trim().split("\\n");
const perMessageDeflate = process.argv[3] === "deflate";
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
server.on("listening", () => console.log(server.address().port));
let next = 0;
setInterval(() => {
  const text = patches[next++ % patches.length];
  for (const client of server.clients) client.send(text);
}, 250);
"""


@dataclass(frozen=True)
class Measured:
    """What one run gave."""

    frames: int
    bytes: int
    cpu_s: float
    kib_per_viewer: float

    @property
    def frames_per_cpu_s(self) -> float:
        """Frames delivered for one second of the server's CPU time."""
        return self.frames / self.cpu_s


def documents(count: int = PATCHES) -> list[dict[str, object]]:
    """Return successive `cars` parts of 70 cars of which a quarter moves at each step."""
    chance = random.Random(20240421)
    cars: dict[str, dict[str, float | str]] = {
        str(number): {"km": 0.0, "lat": 33.0, "lon": -116.0, "speed": 0.0} for number in range(1, 71)
    }
    made: list[dict[str, object]] = []
    for step in range(count):
        for number in chance.sample(sorted(cars), 18):
            cars[number] = {
                "km": round(chance.uniform(0, 300), 2),
                "lat": round(chance.uniform(33, 34), 5),
                "lon": round(chance.uniform(-117, -116), 5),
                "speed": round(chance.uniform(5, 30), 1),
                "at": f"2024-04-22T16:{step // 60 % 60:02d}:{step % 60:02d}.250Z",
            }
        made.append(dict(cars))
    return made


def ready_messages() -> list[str]:
    """Return the messages that our server makes of the documents, as text for the other one."""
    from dashboard.merge_patch import difference
    from dashboard.messages import patch_message

    made = documents()
    pairs = itertools.pairwise(made)
    return [
        patch_message(
            1_700_000_000_000 + step, "2024-04-22T16:03:07.250Z", {"cars": difference(old, new)}
        ).decode()
        for step, (old, new) in enumerate(pairs)
    ]


def measure(server: list[str], viewers: int, seconds: int, *, deflate: bool) -> Measured:
    """Run a server that prints its port, and viewers against it."""
    with (
        subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as serving,
        subprocess.Popen(
            [sys.executable, str(HERE / "fanout_clients.py"), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as clients,
    ):
        try:
            assert serving.stdout is not None
            assert clients.stdin is not None
            assert clients.stdout is not None
            port = int(serving.stdout.readline())
            process = psutil.Process(serving.pid)
            before = process.memory_info().rss
            clients.stdin.write(json.dumps([port, viewers, seconds, deflate]) + "\n")
            clients.stdin.flush()
            assert clients.stdout.readline().strip() == "joined"
            grown = process.memory_info().rss - before
            start = process.cpu_times()
            counted = json.loads(clients.stdout.readline())
            end = process.cpu_times()
        finally:
            serving.terminate()
            clients.terminate()
    cpu = end.user + end.system - start.user - start.system
    return Measured(counted["frames"], counted["bytes"], cpu, grown / 1024 / viewers)


def install_ws(folder: Path) -> list[str] | None:
    """Install `ws` into a folder and return the start of Node's command line; None without Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    (folder / "server.mjs").write_text(NODE_SERVER)
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", "ws@8"], cwd=folder, check=True)
    (folder / "messages.txt").write_text("\n".join(ready_messages()))
    return [node, str(folder / "server.mjs"), str(folder / "messages.txt")]


def main() -> None:
    """Print a table of all runs and the ratios."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--viewers", type=int, nargs="+", default=[1000, 5000])
    asked.add_argument("--seconds", type=int, default=10)
    options = asked.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        node = install_ws(Path(folder))
        if node is None:
            print("no Node and npm on the PATH: only our own server is measured")
        print(f"{'viewers':>7} {'deflate':>7} {'server':>8} {'frames/CPU s':>13} {'us/frame':>9} {'KiB':>9}")
        for viewers in options.viewers:
            for deflate in (False, True):
                mode = "deflate" if deflate else "plain"
                ours = measure(
                    [sys.executable, str(HERE / "fanout_server.py")],
                    viewers,
                    options.seconds,
                    deflate=deflate,
                )
                show(viewers, mode, "ours", ours)
                if node is not None:
                    theirs = measure([*node, mode], viewers, options.seconds, deflate=deflate)
                    show(viewers, mode, "Node ws", theirs)
                    speed = ours.frames_per_cpu_s / theirs.frames_per_cpu_s
                    memory = ours.kib_per_viewer / theirs.kib_per_viewer
                    print(f"        ratio: {speed:.2f} frames per CPU second, {memory:.2f} memory")


def show(viewers: int, mode: str, server: str, run: Measured) -> None:
    """Print one run's line."""
    rate, size = run.frames_per_cpu_s, run.bytes / max(run.frames, 1)
    print(
        f"{viewers:>7} {mode:>7} {server:>8} {rate:>13,.0f} {1e6 / rate:>9.1f} {run.kib_per_viewer:>9.1f}"
        f"   ({run.frames} frames, {size:.0f} bytes each)",
        flush=True,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))
    main()
