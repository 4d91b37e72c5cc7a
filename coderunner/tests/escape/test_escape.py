"""Every attack fails, and the service answers the next request as if nothing had been."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import wheels
from service import CANARY, Service, value

ATTACKS = sorted(Path(__file__).with_name("attacks").glob("*.py"))
# These attack from within an environment that has a package of theirs: PACKAGE is the files of a wheel, BACKEND builds one.
IN_ENVIRONMENTS = sorted(Path(__file__).with_name("environments").glob("*.py"))


def _constant(tree: ast.Module, name: str, default: Any) -> Any:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return ast.literal_eval(statement.value)
    return default


@contextmanager
def _machine(service: Service) -> Iterator[dict[str, Any]]:
    """What an attacker could want to reach: servers of the machine, a secret file, the service."""
    secret = service.data / "secret"
    secret.write_text(CANARY)
    tcp = socket.create_server(("127.0.0.1", 0))
    name = f"coderunner-test-{service.folder.name}"
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


@pytest.fixture(scope="module")
def world(service: Service) -> Iterator[dict[str, Any]]:
    """The machine around the service of all tests."""
    with _machine(service) as found:
        yield found


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


@dataclass
class Builder:
    """A service that builds environments, from source, too, and what is around it."""

    service: Service
    packages: Path
    world: dict[str, Any]
    built: dict[str, dict[str, Any]] = field(default_factory=dict)

    def environment(self, attack: Path) -> dict[str, Any]:
        """The environment of an attack: what the build said, and where the tree is."""
        tree = ast.parse(attack.read_text())
        files, backend = _constant(tree, "PACKAGE", None), _constant(tree, "BACKEND", None)
        key = backend or json.dumps(files)
        if key not in self.built:
            if backend:
                name = "built"
                wheels.source(self.packages, name, "1", self._filled(backend))
            else:
                name = f"victim{len(self.built)}"
                wheels.wheel(self.packages, name, "1", {path: self._filled(text) for path, text in files.items()})
            body = {"tenant": "t", "requirements": [name], "source": bool(backend)}
            status, text = self.service.post("/api/coderunner/v1/environments/builds", body)
            assert status == 200, text
            assert CANARY not in text
            events = [json.loads(line) for line in text.splitlines()]
            assert events[-1]["event"] == "result", events
            self.built[key] = events[-1]
        return self.built[key]

    def _filled(self, text: str) -> str:
        return text.replace("WORLD", repr(self.world))

    def content(self, digest: str) -> dict[str, tuple[int, str]]:
        """Mode and hash of all that is in the tree."""
        (tree,) = (path for path in (self.service.folder / "environments" / "t").glob(f"{digest}-*") if path.is_dir())
        paths = [tree, *sorted(tree.rglob("*"))]
        return {str(p): (p.lstat().st_mode, "" if p.is_dir() else _hash(p)) for p in paths}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    """One for all attacks from environments."""
    folder = Path(tempfile.mkdtemp(prefix="cr-"))
    packages = folder / "packages"
    packages.mkdir()
    arguments = [
        "--memory-mib",
        "512",
        "--disk-mib",
        "64",
        "--pool",
        "1",
        "--environment-dir",
        str(folder / "environments"),
    ]
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages)}
    with Service(folder, [*arguments, "--allow-source-builds"], environment=nowhere) as service:
        service.wait()
        with _machine(service) as found:
            yield Builder(service, packages, found)
    shutil.rmtree(folder)
    assert "Traceback" not in service.log, service.log


@pytest.mark.parametrize("attack", IN_ENVIRONMENTS, ids=lambda path: path.stem)
def test_attack_from_an_environment_fails(attack: Path, builder: Builder) -> None:
    """Under both policies the attack reaches nothing, the tree of the environment stays as it was, and so does what the
    next execution in it sees."""
    built = builder.environment(attack)
    source = attack.read_text()
    before = builder.content(built["digest"])
    environment = {"tenant": "t", "lock": built["lock"], "source": True}
    for policy in ("isolated", "restricted"):
        arguments = {"world": value(builder.world)}
        answer = builder.service.run(source, arguments, policy, {"environment": environment}, timeout_seconds=20)
        assert answer.status == 200
        expected = _constant(ast.parse(source), "EXPECT", None) + ["policy_violation"] * (policy == "restricted")
        assert answer.code in expected, answer.events[-2:]
        told = json.dumps(answer.events)
        assert "result" not in {e["event"] for e in answer.events} or "escaped" not in told, told
        assert CANARY not in told
        assert builder.content(built["digest"]) == before
        victim = "import victim\ndef main(): return victim.value"
        assert builder.service.run(victim, policy=policy, more={"environment": environment}).value == 1
    assert builder.service.run("def main(): return 1").value == 1
