"""The filtering proxy of one execution: HTTP's own forward requests and CONNECT, to hosts that the policy allows. It
answers at a socket within the execution's network namespace and connects from the service's. What it reads comes from
hostile code: heads are short and bodies pass unread."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from coderunner.egress.policy import Policy, Refused

_log = logging.getLogger("coderunner.egress")

_HEAD = 32 << 10
_CHUNK = 64 << 10
_HEAD_SECONDS = 30.0
_CONNECT_SECONDS = 15.0
_MOST_CONNECTIONS = 64
_MOST_NAMES = 100
_MOST_LOOKUPS = 4
# A connection is the client's own with this proxy; what these say is not for the host behind it.
_OWN_HEADERS = frozenset({"proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "upgrade"})

Tell = Callable[[str, str], None]


class Proxy:
    """Serves what comes in through one door."""

    def __init__(self, policy: Policy, tell: Tell) -> None:
        self._policy = policy
        self._tell = tell
        self._server: asyncio.Task[None] | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._sent: Counter[str] = Counter()
        self._received: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        # One execution may not take all of the service's lookups.
        self._lookups = asyncio.Semaphore(_MOST_LOOKUPS)

    def start(self, door: socket.socket) -> None:
        """Take what comes in at door, which belongs to the proxy from here on."""
        door.setblocking(False)
        self._server = asyncio.get_running_loop().create_task(self._accept(door))

    async def stop(self) -> None:
        """End all connections."""
        tasks = [*self._open, *([self._server] if self._server else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def used(self) -> dict[str, object]:
        """What passed, by host, and what was refused."""
        hosts = {name: {"sent": self._sent[name], "received": self._received[name]} for name in sorted(self._sent)}
        return {"hosts": hosts, "refused": dict(self._refused)}

    def reasons(self) -> list[str]:
        """Why connections were not made, a sentence each."""
        return list(self._refused)

    async def _accept(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with door:
            while True:
                client, _ = await loop.sock_accept(door)
                if len(self._open) >= _MOST_CONNECTIONS:
                    client.close()
                    continue
                task = loop.create_task(self._serve(client))
                self._open.add(task)
                task.add_done_callback(self._open.discard)

    async def _serve(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client, limit=_HEAD)
        try:
            await self._answer(reader, writer)
        except Refused as refusal:
            self._note(str(refusal))
            await _refuse(writer, "403 Forbidden", str(refusal))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError):
            pass  # one of the two sides went away or does not speak HTTP, and the other one sees that
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
        first, *headers = head[:-4].decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        target, _, version = rest.rpartition(" ")
        if not version.startswith("HTTP/1."):
            raise Refused("The proxy speaks HTTP/1.1 only.")
        if method == "CONNECT":
            name, port = _place(f"//{target}", 443)
            upstream = await self._connect(name, port, writer)
            if upstream:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._relay(name, (reader, writer), upstream)
            return
        if not target.startswith("http://"):
            raise Refused("The proxy takes http:// addresses and CONNECT only.")
        name, port = _place(target, 80)
        upstream = await self._connect(name, port, writer)
        if upstream:
            upstream[1].write(_forward(method, target, headers))
            await self._relay(name, (reader, writer), upstream)

    async def _connect(
        self, name: str, port: int, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        failure: Exception | None = None
        async with self._lookups:
            addresses = await self._policy.resolve(name, port)
        for address in addresses:
            try:
                return await asyncio.wait_for(asyncio.open_connection(address, port, limit=_CHUNK), _CONNECT_SECONDS)
            except (OSError, asyncio.TimeoutError) as error:
                failure = error
        text = f"{name}:{port} cannot be reached: {failure or 'it does not answer'}."
        self._note(text)
        await _refuse(writer, "502 Bad Gateway", text)
        return None

    async def _relay(
        self,
        name: str,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Pass bytes both ways until the host has said all. What else the client asks here goes to the same host."""
        if len(self._sent) < _MOST_NAMES or name in self._sent:
            self._sent[name] += 0
        sending = asyncio.get_running_loop().create_task(_pump(client[0], upstream[1], name, self._sent))
        try:
            await _pump(upstream[0], client[1], name, self._received)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            upstream[1].close()

    def _note(self, text: str) -> None:
        first = text not in self._refused
        if first and len(self._refused) >= _MOST_NAMES:
            return
        self._refused[text] += 1
        if first:
            self._tell("warn", text)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, count: Counter[str]) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
        count[name] += len(data)
    if writer.can_write_eof():
        writer.write_eof()


def _place(address: str, usual: int) -> tuple[str, int]:
    try:
        parts = urlsplit(address)
        name, port = parts.hostname, parts.port or usual
    except ValueError:
        name, port = None, 0
    if not name:
        raise Refused("The address has no host.")
    return name, port


def _forward(method: str, target: str, headers: list[str]) -> bytes:
    """The request as the host itself takes it. The connection ends with the answer, so that a second request, which may
    name another host, comes in by a connection of its own."""
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [h for h in headers if h.partition(":")[0].strip().lower() not in _OWN_HEADERS | {"host"}]
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        *kept,
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1")


async def _refuse(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode("latin-1") + b"Connection: close\r\n\r\n" + body)
    try:
        await writer.drain()
    except OSError:
        return
