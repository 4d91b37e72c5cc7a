"""The errors of executions: what the jail said, checked, and what the service saw from outside."""

from __future__ import annotations

import signal
from typing import Any

from coderunner.sandbox.limits import Limits
from coderunner.server.denials import explain

# The codes that code inside the jail may give itself.
_FROM_INSIDE = frozenset(
    {
        "time_limit",
        "memory_limit",
        "output_limit",
        "process_limit",
        "python_error",
        "bad_result",
        "bad_input",
        "no_main",
        "bad_arguments",
        "syntax_error",
        "policy_violation",
        "environment_broken",
        "resolution_failed",
        "build_failed",
        "packages_unreachable",
    }
)
_TEXTS = {"message": 4200, "hint": 500, "exception": 200, "traceback": 8200, "source": 320, "function": 200}
_NUMBERS = ("line", "column")
_MOST_REFUSED = 3

Error = dict[str, Any]


def from_inside(message: dict[str, Any], denied: dict[str, int]) -> Error:
    """What the jail told, reduced to what an error may hold. A refusal of permission is explained by the call that the
    filter stopped."""
    code = message.get("code")
    if code not in _FROM_INSIDE:
        code = "python_error"
    error: Error = {"code": code}
    for key, longest in _TEXTS.items():
        value = message.get(key)
        if isinstance(value, str) and value:
            error[key] = value[:longest]
    for key in _NUMBERS:
        value = message.get(key)
        if isinstance(value, int) and 0 < value < 1_000_000:
            error[key] = value
    error.setdefault("message", "The code failed.")
    if (
        code == "python_error"
        and denied
        and error.get("exception") in ("PermissionError", "OSError", "gaierror", "error")
    ):
        name = next(reversed(denied))
        error["code"] = "denied_syscall"
        error["syscall"] = name
        error["message"] += f" (the sandbox does not allow the system call {name})"
        error["hint"] = explain(name)
    return error


def with_refused(error: Error, reasons: list[str]) -> Error:
    """The error, with the connections that were not made: a library says of them only that its proxy did not want."""
    if not reasons:
        return error
    more = f" (and {len(reasons) - _MOST_REFUSED} more)" if len(reasons) > _MOST_REFUSED else ""
    text = f"Refused to the code meanwhile: {' '.join(reasons[:_MOST_REFUSED])}{more}"
    return error | {"hint": " ".join(filter(None, (error.get("hint"), text)))}


def denied(name: str) -> Error:
    """The code made a call that no ordinary code makes."""
    message = f"The code was ended because it made the system call {name}, which the sandbox does not allow."
    return {"code": "denied_syscall", "message": message, "syscall": name, "hint": explain(name)}


def time_limit(limits: Limits) -> Error:
    """The wall clock ran out."""
    return {
        "code": "time_limit",
        "message": f"The code was still running when its time of {limits.wall_seconds:g} s was over.",
        "hint": "Make it do less, or raise the step's time limit.",
    }


def memory_limit(limits: Limits) -> Error:
    """The kernel ended the code for its memory."""
    return {
        "code": "memory_limit",
        "message": f"The code needed more than its {limits.memory_mib} MiB of memory.",
        "hint": "Work on fewer rows or columns at a time, or raise the step's memory limit.",
    }


def log_limit(limits: Limits) -> Error:
    """Too much was printed."""
    return {
        "code": "log_limit",
        "message": f"The code printed more than {limits.log_bytes >> 20} MiB.",
        "hint": "Print less, or write it to a file in /job/out.",
    }


def output_limit(limits: Limits) -> Error:
    """Too much was returned."""
    return {
        "code": "output_limit",
        "message": (
            f"The results are larger than allowed: {limits.output_bytes >> 20} MiB in all, "
            f"{limits.value_bytes >> 20} MiB as JSON."
        ),
        "hint": "Return fewer rows or columns; return large data as a table, not as JSON.",
    }


def bad_protocol(detail: str) -> Error:
    """The process in the jail sent something else than its harness would."""
    return {
        "code": "bad_result",
        "message": f"The results could not be taken out of the sandbox: {detail}.",
        "hint": "Do not use file descriptors that the code did not open.",
    }


def refused(layer: str, reason: str) -> Error:
    """A layer of the wall could not be put up."""
    return {
        "code": "sandbox_unavailable",
        "message": f"This machine cannot give the layer {layer} of the sandbox ({reason}), so no code was run.",
        "hint": "An administrator can see the layers in force under /readyz.",
    }


def interrupted() -> Error:
    """The zygote died."""
    return {
        "code": "sandbox_restarted",
        "message": "The sandbox was restarted while the code ran.",
        "hint": "Run it again.",
    }


def canceled() -> Error:
    """The caller went away."""
    return {"code": "canceled", "message": "The execution was canceled."}


def ended(code: int, limits: Limits, out_of_memory: bool) -> Error:
    """The process ended without a word."""
    if out_of_memory:
        return memory_limit(limits)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return time_limit(limits) | {"message": "The code used up its CPU time."}
    if code == -signal.SIGSYS:
        return denied("of another architecture")
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        return {
            "code": "python_error",
            "message": f"The Python process crashed ({name}).",
            "hint": "A native library failed, or the code recursed too deeply.",
        }
    return {
        "code": "python_error",
        "message": f"The code ended its process (status {code}) before main() returned.",
        "hint": "Return from main() instead of ending the process.",
    }
