"""The wall where the service is nobody special, where a layer is missing, and where the operator does without one."""

from __future__ import annotations

import ast
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from coderunner.sandbox.layers import WAIVABLE
from service import CANARY, Service, value

FOLDER = Path(__file__).parent / "escape" / "attacks"
ATTACKS = sorted(path.stem for path in FOLDER.glob("*.py"))
# What only the filter of system calls stops: these are harmless by themselves, but open doors to the kernel's own faults.
ONLY_FILTERED = {
    "raw_unshare",
    "raw_clone_namespace",
    "raw_clone3",
    "raw_own_filter",
    "raw_userfaultfd",
    "raw_io_uring",
    "raw_keyctl",
    "raw_process_vm",
    "raw_32_bit",
    "raw_x32",
    "network_netlink",
    "network_every_family",
    "native_shellcode",
    "queue_sysv",
    "shared_memory_sysv",
}
ORDINARY_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def test_as_an_ordinary_user(short_folder: Path) -> None:
    """Without any privilege the wall is the same."""
    with Service(short_folder, command=ORDINARY_USER) as service:
        layers = service.wait()["layers"]
        assert layers["seccomp"] == layers["user_namespace"] == "on"
        file = service.data / "file"
        file.write_text("hello")
        code = "import os\ndef main(f):\n    return [os.getuid(), os.getpid(), open(f).read(), os.path.exists('/root/.bashrc')]"
        argument = {"f": {"kind": "file", "path": str(file)}}
        assert service.run(code, argument, policy="isolated").value == [1000, 1, "hello", False]
        for name in ("network_tcp", "files_of_the_machine", "memory_bomb", "endless_loop", "raw_mount"):
            source = (FOLDER / f"{name}.py").read_text()
            world = {"world": value({"port": 1, "secret": "/etc/shadow"})}
            answer = service.run(source, world, policy="isolated", timeout_seconds=5, memory_mib=256)
            expected = next(s for s in ast.parse(source).body if isinstance(s, ast.Assign))
            assert answer.code in ast.literal_eval(expected.value), answer.events


def test_refuses_without_a_layer(short_folder: Path) -> None:
    """A root without capabilities can make no user namespace with itself in it: the service says so and runs nothing."""
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    with Service(short_folder, command=command if os.geteuid() == 0 else [*ORDINARY_USER[:2], *command]) as service:
        status = service.wait("degraded")
        assert status["layers"]["user_namespace"].startswith("MISSING")
        answer = service.run("def main(): return 1")
        assert (answer.status, answer.code) == (503, "sandbox_unavailable")
        assert "user_namespace" in answer.events[0]["message"]


def test_loud_override(short_folder: Path) -> None:
    """Without all that can be done without, code runs, and everything says how unsafe that is."""
    arguments = [f"--unsafe-without={layer}" for layer in sorted(WAIVABLE - {"seccomp"})]
    code = """
import pandas as pd
def main():
    open("out/x.txt", "w").write("hi")
    return {"t": pd.DataFrame({"a": [1]})}
"""
    with Service(short_folder, arguments, ORDINARY_USER) as service:
        status = service.wait("degraded")
        assert "UNSAFE" in status["detail"]
        assert status["layers"]["network_namespace"] == "OFF by --unsafe-without"
        outputs = service.run(code).outputs
        assert outputs["t"]["table"]["rows"] == 1
        assert outputs["x"]["name"] == "x.txt"
        assert service.run("import socket\ndef main(): socket.socket()", policy="isolated").code == "denied_syscall"
        assert service.run("def main():\n    while True: pass", timeout_seconds=0.5).code == "time_limit"
    assert "UNSAFE" in service.log


@pytest.fixture(scope="module")
def unfiltered() -> Iterator[Service]:
    """A service without the filter of system calls."""
    with (
        tempfile.TemporaryDirectory(prefix="cr-") as folder,
        Service(Path(folder), ["--unsafe-without=seccomp", "--disk-mib=64"]) as service,
    ):
        service.wait("degraded")
        yield service


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a not in ONLY_FILTERED])
def test_the_other_layers_hold_without_the_filter(attack: str, unfiltered: Service) -> None:
    """No layer stands alone: the attack fails, too, when system calls are not filtered."""
    assert unfiltered.process is not None
    secret = unfiltered.data / "secret"
    secret.write_text(CANARY)
    world = {"secret": str(secret), "port": 1, "abstract": "x", "datagrams": "x", "socket": unfiltered.socket}
    answer = unfiltered.run(
        (FOLDER / f"{attack}.py").read_text(),
        {"world": value({**world, "service": unfiltered.process.pid})},
        policy="isolated",
        timeout_seconds=2,
        memory_mib=256,
    )
    told = json.dumps(answer.events)
    assert CANARY not in told
    assert answer.code != "ok" or "escaped" not in told, told
