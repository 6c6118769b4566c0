"""The viewers of the fan-out bench: one process, raw sockets, epoll; counts the frames that arrive.

Reads one line [port, viewers, seconds, deflate] from its input, prints "joined" when all viewers have had a
frame, then counts for so many seconds and prints what it counted as JSON.
"""

import json
import resource
import select
import socket
import sys
import time

PER_ADDRESS = 2000


class Viewer:
    """One connection: what is left of the bytes before the next frame."""

    __slots__ = ("bytes", "frames", "rest", "shaken", "skip", "sock")

    def __init__(self, port: int, number: int, request: bytes) -> None:
        self.sock = socket.socket()
        # Each loopback address has its own ports, so that TIME_WAIT of an earlier run does not eat them.
        self.sock.bind((f"127.0.{1 + number // PER_ADDRESS}.1", 0))
        self.sock.connect(("127.0.0.1", port))
        self.sock.sendall(request)
        self.sock.setblocking(False)
        self.rest = b""
        self.skip = 0
        self.shaken = False
        self.frames = 0
        self.bytes = 0

    def read(self) -> bool:
        """Take what has arrived; False when the server has closed."""
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return True
        if not data:
            return False
        self.bytes += len(data)
        if self.rest:
            data, self.rest = self.rest + data, b""
        if not self.shaken:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self.rest = head
                return True
            if b" 101 " not in head[:20]:
                raise SystemExit(f"refused: {head[:200]!r}")
            self.shaken = True
        self.count(data)
        return True

    def count(self, data: bytes) -> None:
        """Count the frames in `data`; what is unfinished is remembered as a length or as bytes."""
        at, size = self.skip, len(data)
        while at < size:
            if size - at < 10 and size - at < header_size(data, at):
                self.rest, self.skip = data[at:], 0
                return
            length = data[at + 1] & 0x7F
            head = 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            self.frames += 1
            at += head + length
        self.skip = at - size


def header_size(data: bytes, at: int) -> int:
    """Return how many bytes the frame header at `at` has."""
    if len(data) - at < 2:
        return 2
    return {126: 4, 127: 10}.get(data[at + 1] & 0x7F, 2)


def main() -> None:
    """Join, wait until all have had a frame, count."""
    port, number, seconds, deflate = json.loads(sys.stdin.readline())
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    extension = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if deflate else ""
    request = (
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{extension}\r\n"
    ).encode()
    poll = select.epoll()
    viewers: dict[int, Viewer] = {}

    def turn(wait: float) -> None:
        for fileno, _ in poll.poll(wait):
            if not viewers[fileno].read():
                raise SystemExit("the server closed a connection")

    for index in range(number):
        viewer = Viewer(port, index, request)
        viewers[viewer.sock.fileno()] = viewer
        poll.register(viewer.sock, select.EPOLLIN)
        if index % 50 == 0:
            turn(0)
    while any(viewer.frames < 2 for viewer in viewers.values()):
        turn(0.2)
    settled = time.monotonic() + 2
    while time.monotonic() < settled:
        turn(0.2)
    print("joined", flush=True)
    frames = sum(viewer.frames for viewer in viewers.values())
    received = sum(viewer.bytes for viewer in viewers.values())
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        turn(0.05)
    frames = sum(viewer.frames for viewer in viewers.values()) - frames
    received = sum(viewer.bytes for viewer in viewers.values()) - received
    print(json.dumps({"frames": frames, "bytes": received}), flush=True)


if __name__ == "__main__":
    main()
