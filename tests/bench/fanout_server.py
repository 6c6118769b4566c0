"""Our side of the fan-out bench: the real hub and protocol on uvicorn, over a synthetic document."""

import asyncio
import itertools
import resource
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import uvicorn
from starlette.types import Receive, Scope, Send

from dashboard.hub import Audience, Hub
from dashboard.live import Admission, Gateway, live_protocol
from dashboard.stream import Stream
from tests.bench.fanout import documents


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve no page."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def main() -> None:
    """Serve until killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = itertools.cycle(documents())
    hub = Hub(
        streams={audience: Stream(seq=1_700_000_000_000) for audience in Audience},
        project=lambda now: {Audience.PUBLIC: {"cars": next(parts)}},
        now=lambda: 1_713_801_600_000_000,
    )
    gateway = Gateway(hub, lambda cookie: Admission(Audience.PUBLIC, lambda: True))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(
            nothing,
            ws=live_protocol(gateway),
            lifespan="off",
            log_config=None,
            access_log=False,
            backlog=4096,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hub.run())
            tasks.create_task(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    asyncio.run(main())
