"""Print, logging and warnings as log events, in the order in which they happen and as they happen."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterable

from coderunner.runtime.channel import Channel
from coderunner.sandbox.redaction import Redactor

_LONGEST_LINE = 8 << 10


class _Sink:
    """Sends lines to the channel, without the secrets that it was told to hide."""

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.redactor = Redactor(())

    def line(self, level: str, text: str) -> None:
        """Send one line, in pieces when it is long."""
        if self.channel is None:
            return  # what a library says while the zygote loads it is for nobody
        text = self.redactor.text(text)
        for start in range(0, max(len(text), 1), _LONGEST_LINE):
            self.channel.send("log", level=level, text=text[start : start + _LONGEST_LINE])


class LogStream(io.TextIOBase):
    """A text stream whose lines become log events of one level."""

    def __init__(self, sink: _Sink, level: str, name: str) -> None:
        self._sink = sink
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
            # A secret may lie across the cut, so as much is kept back as the longest one has.
            keep = self._sink.redactor.longest
            if len(self._rest) > _LONGEST_LINE + keep:
                self._rest = self._sink.redactor.text(self._rest)
                sent = 0
                while len(self._rest) - sent > _LONGEST_LINE + keep:
                    self._emit(self._rest[sent : sent + _LONGEST_LINE])
                    sent += _LONGEST_LINE
                self._rest = self._rest[sent:]
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
        self._sink.line(self._level, line)


class _Handler(logging.Handler):
    def __init__(self, sink: _Sink) -> None:
        super().__init__()
        self._sink = sink

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
            self._sink.line(level, line)


class Streams:
    """The standard streams of this process, which lead to the channel."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self.out = LogStream(self._sink, "info", "<stdout>")
        self.err = LogStream(self._sink, "warn", "<stderr>")
        self._handler = _Handler(self._sink)

    def prepare(self) -> None:
        """Lead logging and warnings here. It changes every logger there is, so it is done once, in the zygote."""
        root = logging.getLogger()
        root.handlers[:] = [self._handler]
        root.setLevel(logging.INFO)
        logging.captureWarnings(True)

    def connect(self, channel: Channel) -> None:
        """Put the streams into place and send what they get to the channel."""
        self._sink.channel = channel
        sys.stdout = sys.__stdout__ = self.out  # type: ignore[assignment,misc]
        sys.stderr = sys.__stderr__ = self.err  # type: ignore[assignment,misc]

    def hide(self, secrets: Iterable[str]) -> None:
        """Show *** in place of these from here on."""
        self._sink.redactor = Redactor(secrets)

    def finish(self) -> None:
        """Send what is left of unfinished lines."""
        self.out.finish()
        self.err.finish()


_streams: Streams | None = None


def prepare() -> Streams:
    """The streams of this process, with logging and warnings led to them."""
    global _streams
    if _streams is None:
        _streams = Streams()
        _streams.prepare()
    return _streams


def install(channel: Channel) -> Streams:
    """Send this process's standard streams, logging and warnings to the channel."""
    streams = prepare()
    streams.connect(channel)
    return streams
