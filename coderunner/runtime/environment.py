"""Work in an environment: the libraries around main() are its own, so they are loaded behind the wall, where anything
may stand in their place."""

from __future__ import annotations

import socket

from coderunner.runtime import intake
from coderunner.runtime.channel import Channel
from coderunner.runtime.failures import Failure, describe


def serve(end: socket.socket, job: str, base_data: int, warm: bool) -> int:
    """Load the libraries, then wait for work as in any other cell; gives the process's exit code."""
    try:
        from coderunner.runtime import runner
    except Exception as error:  # noqa: BLE001 - what is imported is whatever the environment holds
        text = f"The environment cannot be used: importing its libraries failed ({type(error).__name__}: {error})."
        return _explain(end, job, Failure("environment_broken", text[:4000]))
    runner.settle()
    return runner.serve(end, job, base_data, warm)


def _explain(end: socket.socket, job: str, failure: Failure) -> int:
    """Tell whoever comes with work why it cannot be done."""
    channel = Channel(end)
    channel.send("ready")
    if intake.receive(end, job) is not None:
        channel.send("error", **describe(failure))
    return 0
