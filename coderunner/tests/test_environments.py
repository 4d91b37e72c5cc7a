"""Executions with the packages of an environment: each with its own, side by side, behind the wall."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from service import CANARY, Service

LOOK = "import tool\ndef main(): return tool.VERSION"


def _package(folder: Path, source: str, name: str = "tool") -> str:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(source)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environments are."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="module")
def running(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that may use them and keeps two ready."""
    arguments = ["--allow-environments", str(folder), "--environments", "2", "--pool", "1"]
    with Service(tmp_path_factory.mktemp("s"), arguments) as service:
        service.wait()
        yield service


def test_two_versions_side_by_side(running: Service, folder: Path) -> None:
    """At the same time, and the default has neither."""
    paths = [_package(folder / f"v{n}", f"VERSION = {n}\n") for n in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda path: running.run(LOOK, more={"environment": path}).value, paths * 2))
    assert found == [1, 2, 1, 2]
    answer = running.run(LOOK)
    assert answer.error is not None
    assert "No module named 'tool'" in answer.error["message"]


def test_libraries_of_the_service_are_there_too(running: Service, folder: Path) -> None:
    """An environment comes before what the service has, and does not replace all of it."""
    path = _package(folder / "shadow", "def loads(text): return 'shadowed'\n", "tomlish")
    code = "import pandas as pd, tomlish\ndef main(): return [int(pd.Series([1, 2]).sum()), tomlish.loads('')]"
    assert running.run(code, more={"environment": path}).value == [3, "shadowed"]
    assert running.inspect(code)["findings"] == []


def test_an_environment_cannot_be_changed(running: Service, folder: Path) -> None:
    """Neither its files, nor, by what code does to a module, the next execution."""
    path = _package(folder / "fixed", "VERSION = 1\n")
    code = """
import os, tool
def main():
    tool.VERSION = 2
    tried = []
    for name in (tool.__file__, os.path.join(os.path.dirname(tool.__file__), "new.py")):
        try:
            open(name, "a").write("VERSION = 3")
            tried.append(name)
        except OSError:
            pass
    return tried
"""
    assert running.run(code, policy="isolated", more={"environment": path}).value == []
    assert running.run(LOOK, more={"environment": path}).value == 1
    assert os.listdir(Path(path, "tool")) == ["__init__.py"]


def test_a_package_runs_behind_the_wall(running: Service, folder: Path) -> None:
    """What it does when it is imported, even under the name of a library that every execution has loaded, it does as
    nobody and without a way out; the service and the other environments go on."""
    (running.data / "secret").write_text(CANARY)
    source = f"""
import os
SEEN = [os.getuid(), os.getpid(), os.path.exists({str(running.data / "secret")!r})]
try:
    import socket
    socket.socket()
    SEEN.append("network")
except OSError:
    pass
raise ImportError("hostile " + repr(SEEN))
"""
    path = _package(folder / "hostile", source, "pandas")
    answer = running.run("import pandas\ndef main(): return 1", more={"environment": path})
    assert answer.code != "ok"
    assert CANARY not in str(answer.events)
    assert "network" not in str(answer.events)
    good = _package(folder / "good", "VERSION = 7\n")
    assert running.run(LOOK, more={"environment": good}).value == 7
    assert running.run("def main(): return 1").value == 1


def test_more_environments_than_are_kept_ready(running: Service, folder: Path) -> None:
    """The one that was not used for longest makes room."""
    paths = [_package(folder / f"many{n}", f"VERSION = {n}\n") for n in range(3)]
    for n in (0, 1, 2):
        assert running.run(LOOK, more={"environment": paths[n]}).value == n


@pytest.mark.parametrize("path", ["/usr/lib", "FOLDER/../..", "FOLDER/none", "FOLDER/link", "FOLDER/file"])
def test_only_folders_that_are_allowed(path: str, running: Service, folder: Path) -> None:
    """Nothing else of the machine becomes visible."""
    if not (folder / "link").is_symlink():
        (folder / "link").symlink_to("/usr/lib")
        (folder / "file").write_text("")
    answer = running.run(LOOK, more={"environment": path.replace("FOLDER", str(folder))})
    assert answer.status == 400
    assert "environment" in answer.events[0]["message"]
