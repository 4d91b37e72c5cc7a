"""The service around the jail: requests, cancelling, queueing, restarts."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from service import Service, value

EXECUTIONS = "/api/coderunner/v1/executions"


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (b"{", "bad_request", "JSON"),
        (b"[]", "bad_request", "object"),
        (b"[" * 100_000, "bad_request", "JSON"),
        ({"code": 1}, "bad_request", "code"),
        ({"code": "x", "output": "y"}, "bad_request", "'output'"),
        ({"code": "x", "args": {"a b": {}}}, "bad_request", "'a b'"),
        ({"code": "x", "args": {"a": {"kind": "pickle"}}}, "bad_request", "args.a.kind"),
        ({"code": "x", "args": {"a": {"kind": "file", "path": "/etc/passwd"}}}, "path_not_allowed", "args.a.path"),
        (
            {"code": "x", "args": {"a": {"kind": "table", "path": "DATA/../../etc/passwd"}}},
            "bad_request",
            "args.a.path",
        ),
        ({"code": "x", "args": {"a": {"kind": "table", "path": "DATA/link"}}}, "path_not_allowed", "args.a.path"),
        ({"code": "x"}, "bad_request", "output_dir"),
        ({"code": "x", "output_dir": "/tmp"}, "path_not_allowed", "output_dir"),
        ({"code": "x", "output_dir": "DATA", "limits": {"timeout_seconds": -1}}, "bad_request", "timeout_seconds"),
        ({"code": "x", "output_dir": "DATA", "limits": {"memory_mib": 10**9}}, "limit_too_high", "memory_mib"),
        (
            {"code": "x", "output_dir": "DATA", "limits": {"timeout_seconds": 356_400}},
            "limit_too_high",
            "Timeout (limits.timeout_seconds) is 99h; this service allows at most 1h.",
        ),
    ],
)
def test_bad_requests(service: Service, body: Any, code: str, word: str) -> None:
    """Each names what to change."""
    link = service.data / "link"
    if not link.is_symlink():
        link.symlink_to("/etc/passwd")
    sent = body if isinstance(body, bytes) else json.dumps(body).replace("DATA", str(service.data)).encode()
    status, text = service.post(EXECUTIONS, sent)
    answer = json.loads(text)
    assert (status, answer["code"]) == (400, code)
    assert word in answer["message"]


def _start(service: Service, code: str) -> tuple[socket.socket, http.client.HTTPResponse]:
    """Begin an execution whose events are read one by one."""
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(30)
    end.connect(service.socket)
    body = json.dumps({"code": code, "output_dir": str(service.data)}).encode()
    end.sendall(f"POST {EXECUTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    response = http.client.HTTPResponse(end, method="POST")
    response.begin()
    return end, response


def _until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _running(service: Service) -> int:
    status = json.loads(service.get("/readyz"))
    return int(status["running"] + status["waiting"])


def test_logs_come_while_the_code_runs(service: Service) -> None:
    """And the code ends when the caller goes away."""
    end, response = _start(service, "def main():\n    print('here')\n    while True: pass")
    assert json.loads(response.readline()) == {"event": "log", "level": "info", "text": "here"}
    assert _running(service) == 1
    response.close()
    end.close()
    _until(lambda: _running(service) == 0, 5)


def test_waiting_in_the_queue(service: Service) -> None:
    """More executions than slots all end well."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: service.run(f"def main(): return {n}").value, range(24)))
    assert answers == list(range(24))


def test_executions_see_nothing_of_each_other(service: Service) -> None:
    """Two at the same time have each its own disk, host name and processes."""
    ready = threading.Barrier(2)
    code = """
import os, time
def main(n):
    open(f"/tmp/{n}", "w").close()
    open(f"/dev/shm/{n}", "w").close()
    time.sleep(0.3)
    return [os.getpid(), sorted(os.listdir("/tmp"))]
"""

    def one(n: int) -> Any:
        ready.wait()
        return service.run(code, {"n": value(n)}, policy="isolated").value

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, [1, 2])) == [[1, ["1"]], [1, ["2"]]]


def test_usage_and_metrics(service: Service) -> None:
    """They add up."""
    answer = service.run(
        "def main():\n    x = bytearray(50 << 20)\n    s = 0\n    for i in range(10**6): s += i\n    return 1"
    )
    usage = answer.events[-1]
    assert usage["event"] == "usage"
    assert usage["cpu_ms"] > 10
    assert usage["peak_mib"] > 45
    text = service.get("/metrics")
    assert 'coderunner_executions_total{outcome="ok"}' in text
    assert "coderunner_execution_seconds_count" in text
    assert service.get("/healthz") == '{"status":"ok"}'


def _zygote(service: Service) -> list[int]:
    assert service.process is not None
    pid = service.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_zygote_is_replaced(short_folder: Path) -> None:
    """When it is killed, its executions end with a word and the next ones run."""
    with Service(short_folder) as service:
        service.wait()
        end, response = _start(service, "def main():\n    print('here')\n    while True: pass")
        response.readline()
        (guard,) = _zygote(service)
        os.kill(guard, signal.SIGKILL)
        assert json.loads(response.readline())["code"] == "sandbox_restarted"
        response.close()
        end.close()
        assert service.run("def main(): return 1").value == 1


def test_stop_leaves_nothing(short_folder: Path) -> None:
    """Neither processes nor control groups nor files."""
    service = Service(short_folder)
    service.start()
    service.wait()
    end, response = _start(service, "def main():\n    print('here')\n    while True: pass")
    response.readline()
    (guard,) = _zygote(service)
    assert service.process is not None
    own = f"dataflow-coderunner-{service.process.pid}"
    service.stop()
    response.close()
    end.close()
    _until(lambda: not Path(f"/proc/{guard}").exists())
    assert not Path(service.socket).exists()
    assert list(Path("/sys/fs/cgroup").glob(f"**/{own}")) == []
