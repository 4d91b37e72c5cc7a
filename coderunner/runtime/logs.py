"""Print, logging and warnings as log events, in the order in which they happen and as they happen."""

from __future__ import annotations

import io
import logging
import sys
import threading

from coderunner.runtime.channel import Channel

_LONGEST_LINE = 8 << 10


class LogStream(io.TextIOBase):
    """A text stream whose lines become log events of one level."""

    def __init__(self, channel: Channel, level: str, name: str) -> None:
        self._channel = channel
        self._level = level
        self._rest = ""
        self._lock = threading.RLock()
        self.name = name

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What print and its like ask for."""
        return "utf-8"

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Send the lines that are complete, and what is too long to wait for its end."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self._emit(line)
            while len(self._rest) > _LONGEST_LINE:
                line, self._rest = self._rest[:_LONGEST_LINE], self._rest[_LONGEST_LINE:]
                self._emit(line)
        return len(text)

    def flush(self) -> None:
        """Lines are sent at once; a line without an end waits for it."""

    def finish(self) -> None:
        """Send what is left."""
        with self._lock:
            if self._rest:
                self._emit(self._rest)
                self._rest = ""

    def _emit(self, line: str) -> None:
        for start in range(0, max(len(line), 1), _LONGEST_LINE):
            self._channel.send("log", level=self._level, text=line[start : start + _LONGEST_LINE])


class _Handler(logging.Handler):
    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            level = "error"
        elif record.levelno >= logging.WARNING:
            level = "warn"
        elif record.levelno >= logging.INFO:
            level = "info"
        else:
            level = "debug"
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - a message may not fit its arguments, which logging reports in its own way
            self.handleError(record)
            return
        for line in text.split("\n"):
            self._channel.send("log", level=level, text=line[:_LONGEST_LINE])


def install(channel: Channel) -> tuple[LogStream, LogStream]:
    """Send this process's standard streams and logging to the channel."""
    out = LogStream(channel, "info", "<stdout>")
    err = LogStream(channel, "warn", "<stderr>")
    sys.stdout = sys.__stdout__ = out  # type: ignore[assignment,misc]
    sys.stderr = sys.__stderr__ = err  # type: ignore[assignment,misc]
    root = logging.getLogger()
    root.handlers[:] = [_Handler(channel)]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    return out, err
