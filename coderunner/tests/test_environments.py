"""Environments: what is asked for becomes a locked tree, side by side with others, and nothing of it runs outside."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import wheels
from coderunner.packages import index
from service import Answer, Service

BUILDS = "/api/coderunner/v1/environments/builds"
COLLECT = "/api/coderunner/v1/environments/collect"

HOSTILE_BACKEND = """
import os, socket, zipfile
reached = []
for place in ({canary!r}, "/tmp/../root/x"):
    try:
        open(place, "w").close()
        reached.append(place)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", {port}), 1)
    reached.append("network")
except OSError:
    pass
def build_wheel(folder, *_):
    name = "dataflow_hostile-1-py3-none-any.whl"
    info = "dataflow_hostile-1.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("reached.py", f"reached = {{reached!r}}\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: dataflow_hostile\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "reached.py,,\\n")
    return name
"""


CURIOUS = """
import os, socket
seen = [os.getuid(), [path for path in ("/root/.bashrc", "/proc/1", "/etc/shadow") if os.path.exists(path)]]
try:
    socket.socket()
    seen.append("network")
except OSError:
    seen.append("denied")
"""


@dataclass
class World:
    """A service with an index of tiny packages."""

    service: Service
    packages: Path
    index: str

    def build(self, *requirements: str, **more: Any) -> dict[str, Any]:
        """Build; gives the last event."""
        return self.events(*requirements, **more)[-1]

    def events(self, *requirements: str, **more: Any) -> list[dict[str, Any]]:
        """Build; gives all events."""
        status, text = self.service.post(BUILDS, {"tenant": "t", "requirements": list(requirements), **more})
        events = [json.loads(line) for line in text.splitlines()]
        return events if status == 200 else [{"event": "refused", **events[0]}]

    def abandon(self, requirement: str, after: str) -> list[dict[str, Any]]:
        """Build and go away as soon as the log says what is waited for; gives the events until then."""
        events: list[dict[str, Any]] = []
        with closing(socket.socket(socket.AF_UNIX)) as end:
            end.settimeout(60)
            end.connect(self.service.socket)
            body = json.dumps({"tenant": "t", "requirements": [requirement]}).encode()
            end.sendall(f"POST {BUILDS} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            with closing(http.client.HTTPResponse(end, method="POST")) as response:
                response.begin()
                while not events or not str(events[-1].get("text", "")).startswith(after):
                    events.append(json.loads(response.readline()))
        return events

    def run(self, code: str, lock: Any, **more: Any) -> Answer:
        """Run in the environment of a lock."""
        more = {"environment": {"tenant": "t", "lock": lock, **more}}
        return self.service.run(code, policy="isolated", more=more)


def _packages(folder: Path) -> None:
    for version in ("1.0", "2.0"):
        wheels.wheel(folder, "greet", version, {"greet/__init__.py": f"version = '{version}'\n"})
    wheels.wheel(folder, "polite", "1.0", {"polite.py": "import greet\n"}, ("greet<2",))
    wheels.wheel(folder, "cycler", "99.0", {"cycler.py": "version = 99\n"})
    wheels.wheel(folder, "pandas", "99.0", {"pandas/__init__.py": "raise ValueError('not today')\n"})
    wheels.wheel(folder, "helpful", "1.0", {"pandas/__init__.py": "raise ValueError('not by this name')\n"})
    wheels.wheel(folder, "pyparsing", "99.0", {"pyparsing.py": CURIOUS})
    wheels.wheel(folder, "python_dateutil", "99.0", {"dateutil/__init__.py": "import time\ntime.sleep(20)\n"})
    wheels.wheel(folder, "large", "1.0", {"large.py": "x = '" + "0" * (3 << 20) + "'\n"})
    wheels.wheel(
        folder, "odd", "1.0", {"sitecustomize.py": "raise SystemExit\n", "odd.pth": "import odd\n", "odd.py": ""}
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One for all tests that do not need their own."""
    folder = Path(tempfile.mkdtemp(prefix="cr-"))
    packages = folder / "packages"
    packages.mkdir()
    _packages(packages)
    with wheels.index(packages) as address:
        environment = {"PIP_INDEX_URL": address, "PIP_FIND_LINKS": ""}
        arguments = [
            "--environment-dir",
            str(folder / "environments"),
            "--memory-mib",
            "512",
            "--max-environment-mib",
            "64",
        ]
        with Service(folder, arguments, environment=environment) as service:
            service.wait()
            yield World(service, packages, address)
    shutil.rmtree(folder)
    assert "Traceback" not in service.log, service.log


VERSION = "import greet\ndef main(): return [greet.version, greet.__file__]"


def test_what_is_asked_for_is_locked_and_can_be_imported(world: World) -> None:
    """With what it needs itself, each by the hash of its file, and a log while it is built."""
    events = world.events("# comment", "", "polite  # what for")
    lock = events[-1]["lock"]
    assert [(p["name"], p["version"]) for p in lock] == [("greet", "1.0"), ("polite", "1.0")]
    assert all(len(p["sha256"]) == 64 for p in lock)
    assert any("polite" in e["text"] for e in events if e["event"] == "log")
    assert world.run(VERSION, lock).value == ["1.0", "/environment/packages/greet/__init__.py"]
    assert events[-1]["size_bytes"] > 0
    assert world.service.run("import greet\ndef main(): return 1").code == "python_error", (
        "the default has no such thing"
    )


def test_two_versions_side_by_side(world: World) -> None:
    """Two executions at once with two versions of one package."""
    locks = [world.build(f"greet=={version}")["lock"] for version in ("1.0", "2.0")]
    together = threading.Barrier(2)

    def one(lock: Any) -> Any:
        together.wait()
        return world.run(VERSION, lock).value[0]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, locks)) == ["1.0", "2.0"]


def test_imports_that_are_missing(world: World) -> None:
    """Are said before anything runs, with their lines; nothing is imported to find out."""
    lock = world.build("odd", "greet==1.0")["lock"]
    code = """
import os, numpy.linalg, greet
import odd.inner, missing.part as m
from elsewhere import thing
try:
    import faster
except ImportError:
    faster = None

def main():
    from late import thing as other
    return [os, numpy, greet, odd, m, thing, faster, other]
"""

    def missing(environment: Any) -> list[tuple[int, str]]:
        body = {"code": code, "policy": "isolated", "environment": environment}
        status, text = world.service.post("/api/coderunner/v1/functions/inspect", body)
        assert status == 200, text
        found = [f for f in json.loads(text)["findings"] if f["code"] == "import_missing"]
        assert all(f["severity"] == "warning" for f in found)
        return [(f["line"], f["message"]) for f in found]

    def said(line: int, module: str) -> tuple[int, str]:
        text = f"There is no module {module} in the environment reports. Add the package that has it to the environment reports"
        return line, f"{text}, and build it."

    assert missing({"tenant": "t", "lock": lock, "name": "reports"}) == [
        said(3, "missing"), said(4, "elsewhere"), said(11, "late"),
    ]  # fmt: skip
    default = missing({"tenant": "t", "lock": []})
    assert [line for line, _ in default] == [2, 3, 3, 4, 11]
    assert "greet in the environment default. Make an environment" in default[0][1]
    assert missing(None) == []
    unknown = [{**package, "sha256": "0" * 64} for package in lock]
    assert missing({"tenant": "t", "lock": unknown, "name": "reports"}) == [], "it is not built only to look"
    assert missing({"tenant": "other", "lock": lock, "name": "reports"}) == []


def test_nothing_new_is_an_environment_too(world: World) -> None:
    """What the default environment has is not installed again."""
    assert world.build("numpy")["lock"] == []


def test_other_versions_of_what_the_default_has(world: World) -> None:
    """They come first, although the service itself has the other one loaded."""
    lock = world.build("cycler==99")["lock"]
    code = "import cycler, pandas as pd\ndef main(): return {'t': pd.DataFrame({'a': [cycler.version]})}"
    assert world.run(code, lock).outputs["t"]["table"]["rows"] == 1
    assert world.service.run("import cycler\ndef main(): return hasattr(cycler, 'version')").value is False


def test_libraries_that_cannot_be_imported(world: World) -> None:
    """The build says it, so that no flow meets it."""
    error = world.build("pandas==99")
    assert (error["event"], error["code"]) == ("error", "environment_broken")
    assert "not today" in error["message"]
    assert world.service.run("import pandas\ndef main(): return 1").value == 1
    error = world.build("helpful")
    assert (error["event"], error["code"]) == ("error", "environment_broken"), "whatever the package is called"
    assert "not by this name" in error["message"]


def test_a_package_runs_behind_the_wall(world: World) -> None:
    """What it does when it is imported, even under the name of a library that every execution has loaded, it does as
    nobody and without a way out."""
    lock = world.build("pyparsing==99")["lock"]
    assert world.run("import pyparsing\ndef main(): return pyparsing.seen", lock).value == [1000, [], "denied"]


def test_more_environments_than_are_kept_ready(world: World) -> None:
    """The one that was not used for longest makes room, and comes again when it is wanted."""
    asked = [["greet==1.0"], ["greet==2.0"], ["polite"], ["odd"], ["odd", "greet==1.0"], ["odd", "greet==2.0"]]
    locks = [world.build(*each)["lock"] for each in asked]
    for lock in [*locks, locks[0]]:
        assert world.run("def main(): return 1", lock).value == 1
    slow = "import time\ndef main():\n    time.sleep(0.3)\n    return 1"
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda lock: world.run(slow, lock), [*locks, *reversed(locks)]))
    assert [answer.value for answer in answers] == [1] * 12, "waiting for a turn is no reason to be refused"


def test_environment_cannot_be_changed(world: World) -> None:
    """Neither by what runs in it, nor by what lies in it."""
    lock = world.build("odd", "greet==2.0")["lock"]
    code = """
import os, greet
def main():
    tried = []
    for action in (
        lambda: open("/environment/packages/greet/__init__.py", "w"),
        lambda: open("/environment/packages/new.py", "w"),
        lambda: os.unlink("/environment/packages/greet/__init__.py"),
        lambda: os.rename("/environment/packages/greet", "/environment/packages/other"),
        lambda: os.chmod("/environment/packages/greet", 0o777),
        lambda: os.symlink("/etc", "/environment/packages/link"),
    ):
        try:
            action()
            tried.append("escaped")
        except OSError as error:
            tried.append(error.errno)
    return tried
"""
    assert "escaped" not in world.run(code, lock).value
    assert world.run(VERSION, lock).value[0] == "2.0"


def test_wheel_that_is_given(world: World, short_folder: Path) -> None:
    """It need not be in any index, and other tenants do not see it."""
    path = wheels.wheel(world.service.data, "inhouse", "3.1", {"inhouse.py": "secret = 7\n"}, ("greet>=2",))
    given = [{"name": path.name, "path": str(path)}]
    built = world.build("inhouse", wheels=given)
    assert [p["name"] for p in built["lock"]] == ["greet", "inhouse"]
    assert world.run("import inhouse\ndef main(): return inhouse.secret", built["lock"], wheels=given).value == 7
    assert world.build("inhouse", tenant="other")["code"] == "resolution_failed"
    foreign = {"tenant": "other", "lock": built["lock"]}
    answer = world.service.run("import inhouse\ndef main(): return 1", more={"environment": foreign})
    assert answer.code == "build_failed", "the tree of another tenant is not taken"


def test_lock_is_built_where_it_is_missing(world: World, short_folder: Path) -> None:
    """A service that has never seen the environment makes it from the lock, once, and says so."""
    lock = world.build("polite")["lock"]
    arguments = ["--environment-dir", str(short_folder / "environments")]
    environment = {"PIP_INDEX_URL": world.index, "PIP_FIND_LINKS": ""}
    with Service(short_folder, arguments, environment=environment) as other:
        other.wait()
        more = {"environment": {"tenant": "t", "lock": lock}}
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: other.run(VERSION, policy="isolated", more=more), range(2)))
        assert [answer.value[0] for answer in answers] == ["1.0", "1.0"]
        told = [text for answer in answers for _, text in answer.logs]
        assert sum("Successfully installed" in text for text in told) == 1
        assert other.run(VERSION, policy="isolated", more=more).logs == []
        forged = [{**package, "sha256": "0" * 64} for package in lock]
        answer = other.run(VERSION, policy="isolated", more={"environment": {"tenant": "t", "lock": forged}})
        assert answer.code == "build_failed"
        assert "hash" in (answer.error or {})["message"].lower()


@pytest.mark.parametrize(
    ("requirements", "code", "word"),
    [
        (["greet", "nothing >=>"], "bad_requirement", "Line 2"),
        (["-r /etc/passwd"], "bad_requirement", "option"),
        (["--index-url=x"], "bad_requirement", "option"),
        (['a; platform_version == "${PIP_INDEX_URL}"'], "bad_requirement", "has a $"),
        (["greet @ file:///etc/passwd"], "bad_requirement", "wheel"),
        (["./local"], "bad_requirement", "Line 1"),
        (["greet", "Greet>1"], "bad_requirement", "line 1 already"),
        (["greet==3"], "resolution_failed", "greet==3"),
        (["no-such-thing"], "resolution_failed", "no-such-thing"),
        (["polite", "greet==2.0"], "resolution_failed", "conflict"),
        (["large"] * 600, "bad_requirement", "500"),
    ],
)
def test_what_cannot_be_had(world: World, requirements: list[str], code: str, word: str) -> None:
    """Each answer says what is wrong, and nothing is left."""
    error = world.build(*requirements)
    assert error["code"] == code
    assert word in error["message"]
    assert not [n for n in os.listdir(world.service.folder / "environments") if n.startswith(".")]


def test_index_that_cannot_be_reached(short_folder: Path) -> None:
    """It is no package that does not exist, although pip says so in the end."""
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        environment = {"PIP_INDEX_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}/simple", "PIP_FIND_LINKS": ""}
        arguments = ["--environment-dir", str(short_folder / "environments")]
        with Service(short_folder, arguments, environment=environment) as service:
            service.wait()
            error = World(service, short_folder, "").build("greet")
    assert error["code"] == "packages_unreachable"
    assert "The package index cannot be reached: 127.0.0.1:" in error["message"]


def test_too_large(world: World, short_folder: Path) -> None:
    """The disk of the service is not given away."""
    arguments = ["--environment-dir", str(short_folder / "environments"), "--max-environment-mib", "2"]
    with Service(short_folder, arguments, environment={"PIP_INDEX_URL": world.index, "PIP_FIND_LINKS": ""}) as small:
        small.wait()
        _, text = small.post(BUILDS, {"tenant": "t", "requirements": ["large"]})
        assert json.loads(text.splitlines()[-1])["code"] == "environment_too_large"
        assert os.listdir(short_folder / "environments") == []


def test_packages_that_run_code(world: World, short_folder: Path) -> None:
    """A package without a wheel is refused; where it may be built, what it runs is jailed as user code is."""
    packages, canary = short_folder / "packages", short_folder / "canary"
    packages.mkdir()
    backend = HOSTILE_BACKEND.format(canary=str(canary), port=world.index.split(":")[2].split("/")[0])
    wheels.source(packages, "dataflow_hostile", "1", backend)
    for source in (False, True):
        folder = short_folder / f"{source}"
        folder.mkdir()
        arguments = ["--environment-dir", str(folder / "environments"), *(["--allow-source-builds"] if source else [])]
        environment = {"PIP_FIND_LINKS": str(packages), "PIP_NO_INDEX": "1"}
        with Service(folder, arguments, environment=environment) as service:
            service.wait()
            body = {"tenant": "t", "requirements": ["dataflow_hostile"], "source": source}
            events = [json.loads(line) for line in service.post(BUILDS, body)[1].splitlines()]
            if not source:
                assert events[-1]["code"] == "resolution_failed", events
                assert json.loads(service.post(BUILDS, {**body, "source": True})[1])["code"] == "source_builds_off"
                continue
            assert events[-1]["event"] == "result", events
            more = {"environment": {"tenant": "t", "lock": events[-1]["lock"], "source": True}}
            assert service.run("import reached\ndef main(): return reached.reached", more=more).value == []
        assert not canary.exists()


def test_collecting(world: World) -> None:
    """What no lock names any more goes; what is kept stays and needs no second build."""
    kept, gone = world.build("greet==1.0"), world.build("greet==2.0", "cycler==99")
    _, text = world.service.post(COLLECT, {"tenant": "t", "keep": [kept["digest"]]})
    removed = json.loads(text)["removed"]
    assert any(name.startswith(gone["digest"]) for name in removed)
    assert not any(name.startswith(kept["digest"]) for name in removed)
    assert world.run(VERSION, kept["lock"]).logs == []
    assert world.run(VERSION, gone["lock"]).value[0] == "2.0", "it is built again from its lock"


def test_a_caller_that_goes_away_ends_the_build(world: World) -> None:
    """And nothing of it is left."""
    world.abandon("polite", after="")
    assert world.build("polite")["event"] == "result", "the next build has its turn"


def test_a_trial_that_is_broken_off_leaves_no_environment(world: World) -> None:
    """Nobody finds a tree that was not tried to the end."""
    events = world.abandon("python-dateutil==99", after="Trying to import")
    assert events[-1]["text"].startswith("Trying to import")
    assert world.build("greet==1.0")["event"] == "result", "the next build has its turn"
    described = (world.service.data / "environments" / "t").glob("*.json")
    assert not any("dateutil" in path.read_text() for path in described)


def test_index_with_a_certificate_of_its_own(short_folder: Path) -> None:
    """What pip is told of a company's own index holds in the jail, too."""
    key, certificate = short_folder / "key.pem", short_folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=index",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    packages = short_folder / "packages"
    packages.mkdir()
    wheels.wheel(packages, "greet", "1.0", {"greet.py": "version = '1.0'\n"})
    with wheels.index(packages, context) as address:
        environment = {"PIP_INDEX_URL": address, "PIP_CERT": str(certificate), "PIP_FIND_LINKS": ""}
        arguments = ["--environment-dir", str(short_folder / "environments")]
        with Service(short_folder, arguments, environment=environment) as service:
            service.wait()
            _, text = service.post(BUILDS, {"tenant": "t", "requirements": ["greet"]})
            assert json.loads(text.splitlines()[-1])["event"] == "result", text


def test_index_of_pip_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configuration it is the public one, whose files lie on another host."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    found = asyncio.run(index.load())
    assert {host.name for host in found.hosts} == {"pypi.org", "files.pythonhosted.org"}
    assert found.folders == {}
