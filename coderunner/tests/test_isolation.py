"""Two executions share nothing, libraries with threads and compilers live inside the limits, and nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import wheels
from service import Service, value

# Leaves traces of every kind, gives the other time to do so, too, and then looks for the other's.
TRACES = """
import ctypes, errno, gc, glob, importlib.util, os, random, socket, time, uuid
import numpy as np

# Modules that nothing else imports: first has the one read, second the other.
RARE = {"first": "colorsys", "second": "nturl2path"}

def rare(who):
    return os.path.join(os.path.dirname(os.__file__), RARE[who] + ".py")

def errors(path):
    try:
        os.stat(path)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "found"

def fastest(paths):
    best = [10**12] * len(paths)
    for _ in range(50):
        for place, path in enumerate(paths):
            began = time.perf_counter_ns()
            for _ in range(20):
                os.path.exists(path)
            best[place] = min(best[place], time.perf_counter_ns() - began)
    return best

def main(me, other, tree):
    mine = "trace-" + me
    os.environ["TRACE"] = mine
    keep = [mine + str(n) for n in range(1000)]
    for folder in ("/tmp", "/job", "/job/out", "/dev/shm"):
        open(f"{folder}/{mine}", "w").write(mine)
    memory = os.memfd_create(mine)
    os.write(memory, mine.encode())
    left, right = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        left.recv(1)
        os._exit(0)
    read = os.stat(rare(other)).st_atime_ns
    importlib.import_module(RARE[me])
    time.sleep(0.5)
    theirs = "trace-" + other
    seen = [p for folder in ("/tmp", "/job", "/job/out", "/dev/shm", "/", "/proc", "/run") for p in glob.glob(folder + "/*") if theirs in p]
    seen += [v for v in os.environ.values() if theirs in v]
    seen += [p for p in glob.glob("/environment/packages/*") if "only_" + other in p]
    if importlib.util.find_spec("only_" + other):
        seen.append("package")
    if os.stat(rare(other)).st_atime_ns != read:
        seen.append("a file that was read")
    if ctypes.CDLL(None).inotify_init1(0) >= 0:
        seen.append("a watch on files")
    for name in glob.glob("/proc/[0-9]*/*"):
        if name.endswith(("/cmdline", "/environ", "/comm")) and name.split("/")[2] not in ("1", str(pid)):
            seen.append(name)
    for item in gc.get_objects():
        if isinstance(item, list) and any(isinstance(v, str) and v.startswith(theirs) and v != theirs for v in item[:5]):
            seen.append("memory")
    for n in range(2, 500):
        try:
            os.kill(n, 0)
            seen += [n] if n != pid else []
        except OSError:
            pass
    right.send(b"x")
    os.waitpid(pid, 0)
    return {
        "seen": seen, "pid": os.getpid(), "uid": os.getuid(), "host": os.uname().nodename,
        "random": [random.random(), float(np.random.rand()), str(uuid.uuid4())],
        "names": [errors(tree), errors(tree[:-1] + "?")],
        "times": fastest([tree, tree[:-1] + "?"]),
        "own": importlib.import_module("only_" + me).text,
        "stat": [os.stat("/job").st_dev, os.stat("/tmp").st_dev],
    }
"""


def test_two_tenants_share_nothing(short_folder: Path) -> None:
    """At the same time, each in an environment of its own: neither files, nor processes, memory, names, variables or random
    numbers. Nor does a name tell, by its answer or by its time, whether another tenant has something of that name."""
    started = threading.Barrier(2)
    locks: dict[str, Any] = {}

    def build(service: Service, tenant: str, package: str) -> dict[str, Any]:
        given = [{"name": path.name, "path": str(path)} for path in (service.data / tenant).glob(f"{package}-*")]
        body = {"tenant": tenant, "requirements": [package], "wheels": given}
        _, text = service.post("/api/coderunner/v1/environments/builds", body)
        last: dict[str, Any] = json.loads(text.splitlines()[-1])
        return last

    def one(me: str, other: str) -> Any:
        started.wait()
        (tree,) = (p for p in environments.glob(f"{other}/{locks[other]['digest']}-*") if p.is_dir())
        arguments = {"me": value(me), "other": value(other), "tree": value(str(tree))}
        more = {"secrets": {"OWN": "trace-" + me}, "environment": {"tenant": me, "lock": locks[me]["lock"]}}
        return service.run(TRACES, arguments, policy="isolated", more=more).value

    environments = short_folder / "environments"
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    with Service(short_folder, ["--environment-dir", str(environments)], environment=nowhere) as service:
        for tenant in ("first", "second"):
            folder = service.data / tenant
            folder.mkdir()
            wheels.wheel(folder, f"only_{tenant}", "1", {f"only_{tenant}.py": f"text = 'trace-{tenant}'\n"})
        service.wait()
        asked = [("first", "only_first"), ("second", "only_second"), ("second", "only_first"), ("second", "only_third")]
        with ThreadPoolExecutor(4) as pool:
            built = list(pool.map(lambda each: build(service, *each), asked))
        locks["first"], locks["second"], theirs, nobodys = built
        assert locks["first"]["event"] == locks["second"]["event"] == "result", locks
        assert theirs["code"] == "resolution_failed"
        assert theirs["message"].replace("first", "third") == nobodys["message"]
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(one, ["first", "second"], ["second", "first"])
    for me, found in {"first": first, "second": second}.items():
        assert found["seen"] == []
        assert found["own"] == "trace-" + me
        assert found["names"] == ["ENOENT", "ENOENT"]
        there, nowhere_near = found["times"]
        assert 0.5 < there / nowhere_near < 2, found["times"]
        assert (found["pid"], found["uid"], found["host"]) == (1, 1000, "sandbox")
    assert all(a != b for a, b in zip(first["random"], second["random"], strict=True))


LIBRARIES = {
    "BLAS with threads": "import numpy as np\ndef main():\n    a = np.random.rand(800, 800)\n    return bool(np.isfinite(a @ a).all())",
    "linear algebra": "import numpy as np\ndef main(): return np.linalg.svd(np.random.rand(200, 200))[1].shape == (200,)",
    "pandas": "import pandas as pd\ndef main(): return len(pd.DataFrame({'a': range(10**6)}).groupby(lambda n: n % 7).sum()) == 7",
    "pyarrow with threads": "import pyarrow as pa, pyarrow.compute as pc\ndef main():\n    t = pa.table({'a': range(10**6)})\n    return t.group_by('a').aggregate([('a', 'count')]).num_rows == 10**6",
    "polars": "import polars as pl\ndef main():\n    t = pl.DataFrame({'k': [n % 7 for n in range(10**5)], 'v': range(10**5)}).lazy()\n    return t.group_by('k').agg(pl.col('v').sum()).collect()['v'].sum() == sum(range(10**5))",
    "duckdb": "import duckdb, pandas as pd\ndef main():\n    t = pd.DataFrame({'k': [n % 7 for n in range(10**5)]})\n    return duckdb.connect().execute('SELECT count(*) FROM (SELECT k, count(*) FROM t GROUP BY k)').fetchone() == (7,)",
    "duckdb on disk": "import duckdb\ndef main():\n    with duckdb.connect('/job/x.db') as base:\n        base.execute('CREATE TABLE t AS SELECT * FROM range(100000) r(n)')\n    with duckdb.connect('/job/x.db', read_only=True) as base: return base.execute('SELECT sum(n) FROM t').fetchone()[0] == 4999950000",
    "scipy": "import numpy as np\nfrom scipy import optimize, sparse\nfrom scipy.sparse import linalg\ndef main():\n    best = optimize.minimize(optimize.rosen, [1.3, 0.7, 0.8])\n    x = linalg.spsolve(sparse.eye(1000, format='csc') * 2, np.ones(1000))\n    return bool(np.allclose(best.x, 1, atol=1e-3) and np.allclose(x, 0.5))",
    "sklearn with threads": "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\ndef main():\n    x = np.random.RandomState(1).rand(300, 4)\n    y = x[:, 0] > 0.5\n    return bool(RandomForestClassifier(20, n_jobs=2, random_state=1).fit(x, y).score(x, y) > 0.95)",
    "threads in C": "import zlib\nfrom concurrent.futures import ThreadPoolExecutor\ndef main():\n    with ThreadPoolExecutor(8) as pool: return len(list(pool.map(lambda n: zlib.compress(bytes(10**6)), range(16)))) == 16",
    "a just-in-time compiler": "import ctypes, mmap\ndef main():\n    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n    code.write(bytes.fromhex('b82a000000c3') if __import__('os').uname().machine == 'x86_64' else bytes.fromhex('40058052c0035fd6'))\n    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))() == 42",
}  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_live_inside_the_limits(library: str, service: Service) -> None:
    """What starts threads, maps much memory, or makes machine code."""
    answer = service.run(LIBRARIES[library], policy="isolated", memory_mib=512, timeout_seconds=60)
    assert answer.code == "ok", answer.events
    assert answer.value is True


def _holdings(service: Service) -> dict[str, Any]:
    assert service.until_idle() == []
    assert service.process is not None
    pid = service.process.pid
    below = service.processes()
    zygote = below[1]
    return {
        "processes": len(below),
        "files": len(os.listdir(f"/proc/{pid}/fd")),
        "zygote's files": len(os.listdir(f"/proc/{zygote}/fd")),
        "mounts": len(Path(f"/proc/{zygote}/mountinfo").read_text().splitlines()),
        "folders": len(list(Path("/tmp").glob(f"coderunner-{pid}-*"))),
        "memory": [_rss(pid), _rss(zygote)],
    }


def _rss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmRSS"))


def test_nothing_is_left_of_many(short_folder: Path) -> None:
    """Of hundreds of executions, of which some fail, run into limits or are refused, no process, file, mount or memory
    stays. The benchmark does the same with ten thousand."""
    kinds = [
        ("def main(): return 1", "ok"),
        ("def main(): print('x' * 1000); return {'a': [1] * 100}", "ok"),
        ("import pandas as pd\ndef main(): return pd.DataFrame({'a': [1]})", "ok"),
        ("def main(): raise ValueError", "python_error"),
        ("import os\ndef main(): os._exit(3)", "python_error"),
        ("import socket\ndef main(): socket.socket()", "denied_syscall"),
        ("import os\ndef main():\n    if os.fork() == 0: os._exit(0)\n    return 1", "ok"),
        ("def main(: pass", "syntax_error"),
    ]

    def one(number: int) -> None:
        code, expected = kinds[number % len(kinds)]
        assert service.run(code, policy="isolated").code == expected

    with Service(short_folder, ["--pool", "2"]) as service, ThreadPoolExecutor(2) as pool:
        service.wait()
        list(pool.map(one, range(40)))
        before = _holdings(service)
        list(pool.map(one, range(200)))
        after = _holdings(service)
    grown = [b - a for a, b in zip(before.pop("memory"), after.pop("memory"), strict=True)]
    # A seat more than before has five files of its own: two groups, two counts and its place.
    assert after["files"] - before.pop("files") <= 20
    after.pop("files")
    assert after == before
    assert max(grown) < 8


def test_a_virtual_environment_below_tmp_is_seen(short_folder: Path) -> None:
    """The machine's /tmp is hidden behind the execution's own; what the interpreter needs of it is not."""
    assert short_folder.is_relative_to("/tmp")
    place = short_folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    packages = next(place.glob("lib/python*/site-packages"))
    packages.joinpath("marker.py").write_text("where = __file__\n")
    packages.joinpath("more.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")))
    code = "import glob, marker\ndef main(): return [marker.where, sorted(glob.glob('/tmp/*'))]"
    with Service(short_folder, python=str(place / "bin/python")) as service:
        service.wait()
        assert service.run(code, policy="isolated").value == [str(packages / "marker.py"), [str(short_folder)]]
