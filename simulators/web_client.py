"""An official's browser, as far as a simulator needs one: a session by personal link, JSON both ways."""

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_S = 20.0


class WebClient:
    """One signed-in person. Requests of one client follow one another on one connection."""

    def __init__(self, link: str) -> None:
        """Take a personal link such as `http://127.0.0.1:8080/l/TOKEN`; nothing is opened yet."""
        parts = urlsplit(link)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._token = parts.path.rpartition("/")[2]
        self._connection: http.client.HTTPConnection | None = None
        self._cookie = ""
        self._turn = asyncio.Lock()

    async def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of a page.

        Raises:
            OSError: the service does not answer, or not with what was asked for.
        """
        status, answer = await self._ask("GET", path, None)
        if status != 200:
            raise OSError(f"GET {path}: {status} {answer}")
        return answer

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        """Send JSON; return the status and the JSON of the answer.

        Raises:
            OSError: the service does not answer.
        """
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        async with self._turn:
            return await asyncio.to_thread(self._ask_now, method, path, body)

    def _ask_now(self, method: str, path: str, body: object) -> tuple[int, Any]:
        try:
            if not self._cookie:
                self._sign_in()
            return self._request(method, path, body)[:2]
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise OSError(f"{self._host}:{self._port}: {error}") from error

    def _sign_in(self) -> None:
        status, answer, cookie = self._request("POST", "/api/session", {"token": self._token})
        if status != 200 or not cookie:
            raise OSError(f"the personal link was refused: {status} {answer}")
        self._cookie = cookie.partition(";")[0]

    def _request(self, method: str, path: str, body: object) -> tuple[int, Any, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE_S)
        headers = {"Cookie": self._cookie} if self._cookie else {}
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, body=sent, headers=headers)
        answer = self._connection.getresponse()
        read = answer.read()
        return answer.status, json.loads(read or b"null"), answer.headers.get("Set-Cookie", "")

    def close(self) -> None:
        """Close the connection; the session holds, and the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
