"""The body of a request: JSON alone, from a caller on this machine that names files by path, or frames from one that is
elsewhere and sends the files along. A frame is a line of JSON, {"name": …, "size": …}, and that many bytes after it;
the first one is the request itself."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import BinaryIO

from coderunner.server import scratch

FRAMES = "application/vnd.dataflow.frames"

_NAME = re.compile(r"[a-z0-9]{1,20}")
_LONGEST_HEADER = 1000
_MOST_PARTS = 2000


class BadBody(Exception):
    """The body is not what it says it is; the message says why."""


class Body:
    """Takes a body in as it comes."""

    def __init__(self, framed: bool, most_request: int) -> None:
        self.framed = framed
        self.request = bytearray()
        self.parts: dict[str, str] = {}
        self.folder = scratch.make() if framed else ""
        self._most = most_request
        self._header = bytearray()
        self._left = 0
        self._file: BinaryIO | None = None
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if not self.framed:
            self._take_request(chunk)
            return
        view = memoryview(chunk)
        while view:
            if self._left == 0:
                view = self._read_header(view)
                continue
            taken = view[: self._left]
            self._left -= len(taken)
            view = view[len(taken) :]
            if self._file is None:
                self._take_request(bytes(taken))
            else:
                self._file.write(taken)
            if self._left == 0:
                self._end_part()

    def finish(self) -> None:
        """Check that all has come."""
        if self._left or self._header:
            raise BadBody("The body ends within a frame.")

    def output(self) -> str:
        """A folder for what is to be sent back."""
        path = os.path.join(self.folder, "out")
        os.makedirs(path, exist_ok=True)
        return path

    def close(self) -> None:
        """Remove what was taken in."""
        self._end_part()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _take_request(self, chunk: bytes) -> None:
        self.request += chunk
        if len(self.request) > self._most:
            raise BadBody(f"The request is longer than {self._most >> 20} MiB; send tables and files as such.")

    def _read_header(self, view: memoryview) -> memoryview:
        text = bytes(view[:_LONGEST_HEADER])
        line, end, _ = text.partition(b"\n")
        self._header += line
        if len(self._header) > _LONGEST_HEADER or (not end and len(text) == _LONGEST_HEADER):
            raise BadBody("A frame begins with a line that is too long.")
        view = view[len(line) + len(end) :]
        if end:
            self._begin(bytes(self._header))
            self._header.clear()
        return view

    def _begin(self, header: bytes) -> None:
        try:
            read = json.loads(header)
            name, size = read["name"], read["size"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadBody("A frame begins with something else than its name and size.") from None
        if not isinstance(name, str) or not _NAME.fullmatch(name) or type(size) is not int or size < 0:
            raise BadBody("A frame has an impossible name or size.")
        self._left = size
        if not self._begun:
            self._begun = True
            return
        if name in self.parts or len(self.parts) >= _MOST_PARTS:
            raise BadBody(f"The frame {name} comes twice, or there are too many.")
        self.parts[name] = os.path.join(self.folder, name)
        self._file = open(self.parts[name], "xb")  # noqa: SIM115 - it stays open until its last byte
        if size == 0:
            self._end_part()

    def _end_part(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
