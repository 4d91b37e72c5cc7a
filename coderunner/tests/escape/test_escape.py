"""Every attack fails, and the service answers the next request as if nothing had been."""

from __future__ import annotations

import ast
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service import CANARY, Service, value

ATTACKS = sorted(Path(__file__).with_name("attacks").glob("*.py"))


def _constant(tree: ast.Module, name: str, default: Any) -> Any:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return ast.literal_eval(statement.value)
    return default


@pytest.fixture(scope="module")
def world(service: Service) -> Iterator[dict[str, Any]]:
    """What an attacker could want to reach: servers of the machine, a secret file, the service."""
    secret = service.data / "secret"
    secret.write_text(CANARY)
    tcp = socket.create_server(("127.0.0.1", 0))
    name = f"coderunner-test-{os.getpid()}"
    stream, datagrams = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stream.bind(f"\0{name}")
    stream.listen()
    datagrams.bind(f"\0{name}-d")
    datagrams.setblocking(False)
    assert service.process is not None
    yield {
        "secret": str(secret),
        "port": tcp.getsockname()[1],
        "abstract": name,
        "datagrams": f"{name}-d",
        "socket": service.socket,
        "service": service.process.pid,
    }
    with pytest.raises(BlockingIOError):
        datagrams.recv(1)
    for end in (tcp, stream, datagrams):
        end.close()


@pytest.mark.parametrize("policy", ["isolated", "restricted"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.stem)
def test_attack_fails(attack: Path, policy: str, service: Service, world: dict[str, Any]) -> None:
    """The attack ends as its file says, reaches nothing, and leaves nothing. What the wall stops the language policy may
    stop before."""
    source = attack.read_text()
    tree = ast.parse(source)
    answer = service.run(
        source,
        {"world": value(world)},
        policy=policy,
        timeout_seconds=_constant(tree, "SECONDS", 20),
        memory_mib=256,
    )
    assert answer.status == 200
    expected = _constant(tree, "EXPECT", None) + ["policy_violation"] * (policy == "restricted")
    assert answer.code in expected, answer.events[-2:]
    told = json.dumps(answer.events)
    assert "result" not in {e["event"] for e in answer.events} or "escaped" not in told, told
    assert CANARY not in told
    for path in answer.output.rglob("*"):
        assert not path.is_symlink()
        assert CANARY not in path.read_text(errors="replace")
    assert service.run("def main(): return 1").value == 1
    assert service.until_idle() == []
