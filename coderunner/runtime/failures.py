"""Turning what went wrong in user code into an error that its author can act on."""

from __future__ import annotations

import errno
import linecache
import traceback
from types import FrameType
from typing import Any

from coderunner.policy import Refused, Violation

# The name under which user code is compiled; frames with any other name are not the user's.
FILE = "<main.py>"

_POLICY_HINT = "This is a rule of the policy restricted; an administrator can allow the policy isolated."
_MAX_MESSAGE = 4000
_MAX_FRAMES = 20
_MAX_SOURCE = 300


class Failure(Exception):
    """An error with a code of its own, raised by this package for the author of the code."""

    def __init__(self, code: str, message: str, hint: str = "", **place: Any) -> None:
        super().__init__(message)
        self.fields: dict[str, Any] = {"code": code, "message": message, "hint": hint, **place}


def remember_source(code: str) -> None:
    """Let tracebacks show the user's lines."""
    lines = code.splitlines(keepends=True)
    linecache.cache[FILE] = (len(code), None, lines, FILE)


def syntax(error: SyntaxError) -> Failure:
    """The error of code that does not parse."""
    line = error.lineno or 1
    return Failure(
        "syntax_error",
        f"Line {line}: {error.msg}",
        line=line,
        column=error.offset or 1,
        source=(error.text or "").rstrip("\n")[:_MAX_SOURCE],
    )


def violation(found: Violation) -> Failure:
    """The error of code that the policy refuses; the further findings are for the editor."""
    first = found.findings[0]
    more = len(found.findings) - 1
    also = f" ({more} more such place{'s' if more > 1 else ''})" if more else ""
    return Failure(
        "policy_violation",
        f"Line {first.line}: {first.message}{also}",
        _POLICY_HINT,
        line=first.line,
        column=first.column,
        source=_source(first.line),
    )


def describe(error: BaseException) -> dict[str, Any]:
    """What to tell about an exception that left the user's code."""
    if isinstance(error, Failure):
        return error.fields
    frames = _user_frames(error)
    place = _place(frames)
    code, message, hint = _explain(error)
    where = f"Line {place['line']}: " if place else ""
    return {
        "code": code,
        "message": _cut(where + message, _MAX_MESSAGE),
        "hint": hint,
        "exception": type(error).__name__,
        "traceback": _render(error, frames),
        **place,
    }


def at(frame: FrameType | None) -> dict[str, Any]:
    """The place in the user's code where a frame is."""
    while frame is not None and frame.f_code.co_filename != FILE:
        frame = frame.f_back
    if frame is None:
        return {}
    return {"line": frame.f_lineno, "source": _source(frame.f_lineno), "function": frame.f_code.co_name}


def _explain(error: BaseException) -> tuple[str, str, str]:
    text = _text(error)
    named = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if isinstance(error, Refused):
        return "policy_violation", text, _POLICY_HINT
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError):
        detail = f" ({text})" if text else ""
        return (
            "memory_limit",
            f"The code needs more memory than it is allowed{detail}.",
            "Work on fewer rows or columns at a time, or raise the step's memory limit.",
        )
    if (isinstance(error, RuntimeError) and "can't start new thread" in text) or (
        isinstance(error, BlockingIOError) and number == errno.EAGAIN
    ):
        return "process_limit", "The code starts more processes or threads than it is allowed.", "Use fewer workers."
    if number == errno.ENOSPC or number == errno.EFBIG:
        return (
            "output_limit",
            f"The files that the code writes are larger than its disk ({named}).",
            "Write less, or remove what is no longer needed.",
        )
    if isinstance(error, ModuleNotFoundError):
        return (
            "python_error",
            named,
            "The environment has no such package. Check the spelling or use one that is installed.",
        )
    if isinstance(error, SystemExit):
        return "python_error", f"The code ended itself by sys.exit({text}).", "Return from main() instead."
    return "python_error", named, ""


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's own __str__ may raise anything
        return "(the exception cannot be shown)"


def _user_frames(error: BaseException) -> list[traceback.FrameSummary]:
    found = traceback.extract_tb(error.__traceback__, limit=-1000)
    return [frame for frame in found if frame.filename == FILE][-_MAX_FRAMES:]


def _place(frames: list[traceback.FrameSummary]) -> dict[str, Any]:
    if not frames:
        return {}
    last = frames[-1]
    column = getattr(last, "colno", None)
    place = {"line": last.lineno or 1, "source": _source(last.lineno or 1), "function": last.name}
    if column is not None:
        place["column"] = column + 1
    return place


def _render(error: BaseException, frames: list[traceback.FrameSummary]) -> str:
    lines = ["Traceback (most recent call last):"] if frames else []
    for frame in frames:
        lines.append(f"  line {frame.lineno}, in {frame.name}")
        source = _source(frame.lineno or 1).strip()
        if source:
            lines.append(f"    {source}")
    text = _text(error)
    lines.append(f"{type(error).__name__}: {text}" if text else type(error).__name__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and _user_frames(cause):
        lines.append(f"caused by {type(cause).__name__}: {_text(cause)}")
    return _cut("\n".join(lines), 2 * _MAX_MESSAGE)


def _source(line: int) -> str:
    return linecache.getline(FILE, line).rstrip("\n")[:_MAX_SOURCE]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
