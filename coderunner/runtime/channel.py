"""The way out of the jail: packets to the service, with files beside them as descriptors."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any

from coderunner.sandbox import wire

# JSON up to this size travels in the packet itself.
INLINE = 32 << 10


class Channel:
    """Sends events; threads may share it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._lock = threading.RLock()

    def send(self, event: str, fds: tuple[int, ...] = (), **fields: Any) -> None:
        """Send one event, blocking until the service has room for it."""
        with self._lock:
            wire.send(self._end, {"event": event, **fields}, fds)

    def send_file(self, path: str, **fields: Any) -> None:
        """Send an output whose content is a file; the service takes it once the execution has ended."""
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self.send("output", (fd,), **fields)
        finally:
            os.close(fd)

    def send_json(self, value: Any, path: str, **fields: Any) -> None:
        """Send an output that is JSON; path is where to put what is too long for a packet."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        if len(text) <= INLINE // 4:
            self.send("output", kind="value", json=text, **fields)
            return
        with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
        self.send_file(path, kind="value", **fields)
