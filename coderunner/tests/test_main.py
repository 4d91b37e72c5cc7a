"""The contract of main(): what it gets, what it may return, how it fails."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from service import Service, value


def _table(service: Service, table: pa.Table, name: str = "in.parquet") -> dict[str, Any]:
    path = service.data / name
    pq.write_table(table, path)
    return {"kind": "table", "path": str(path)}


def _read(output: dict[str, Any]) -> pa.Table:
    return pq.read_table(output["path"])


def test_table_is_a_data_frame(service: Service) -> None:
    """The types are those that are comfortable to compute with."""
    table = pa.table(
        {
            "whole": pa.array([1, None, 3], pa.int64()),
            "text": ["a", "b", None],
            "price": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("3.25")], pa.decimal128(10, 2)),
            "day": pa.array([datetime.date(2024, 1, n) for n in (1, 2, 3)]),
            "at": pa.array(
                [datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)] * 3, pa.timestamp("us", "UTC")
            ),
            "yes": pa.array([True, None, False]),
        }
    )
    code = """
def main(t):
    t["doubled"] = t["price"] * 2.0
    t["year"] = t["day"].dt.year
    return {"table": t, "types": {c: str(d) for c, d in t.dtypes.items()}}
"""
    answer = service.run(code, {"t": _table(service, table)})
    types = answer.outputs["types"]["value"]
    assert types["whole"] == "Int64"
    assert types["yes"] == "boolean"
    assert types["price"] == "float64"
    assert types["day"].startswith("datetime64")
    output = answer.outputs["table"]
    assert output["table"]["rows"] == 3
    assert {c["name"]: c["type"] for c in output["table"]["columns"]} == {
        "whole": "BIGINT",
        "text": "VARCHAR",
        "price": "DOUBLE",
        "day": "TIMESTAMP",
        "at": "TIMESTAMP WITH TIME ZONE",
        "yes": "BOOLEAN",
        "doubled": "DOUBLE",
        "year": "INTEGER",
    }
    got = _read(output)
    assert got.column("whole").to_pylist() == [1, None, 3]
    assert got.column("doubled").to_pylist() == [3.0, None, 6.5]


def test_table_by_annotation_is_arrow(service: Service) -> None:
    """pyarrow.Table comes as it is, decimals and all."""
    table = pa.table({"d": pa.array([decimal.Decimal("1.5")], pa.decimal128(5, 2))})
    code = "import pyarrow as pa\ndef main(t: pa.Table):\n    assert isinstance(t, pa.Table)\n    return t"
    answer = service.run(code, {"t": _table(service, table)})
    assert answer.outputs["result"]["table"]["columns"] == [{"name": "d", "type": "DECIMAL(5,2)"}]


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("pd.DataFrame({1: [1], 'b': ['x']})", ["1", "b"]),
        ("pd.DataFrame({'k': ['a', 'b'], 'n': [1, 2]}).groupby('k').sum()", ["k", "n"]),
        ("pd.DataFrame({'n': [1, 2]}).describe()", ["index", "n"]),
        ("pd.DataFrame({'n': [1, 2, 3]}).query('n > 1')", ["n"]),
        ("pd.Series([1, 2], name='s')", ["s"]),
        ("pd.DataFrame({'k': [1], 'v': [2], 'w': [3]}).groupby(['k', 'v']).agg({'w': ['min', 'max']})", ["k", "v", "w_min", "w_max"]),
        ("pd.DataFrame({'c': pd.Categorical(['x', None, 'y'])})", ["c"]),
        ("pd.DataFrame({'p': pd.period_range('2024-01', periods=2, freq='M')})", ["p"]),
        ("pd.DataFrame({'d': [dec.Decimal('1.1'), None]})", ["d"]),
        ("pd.DataFrame({'l': [[1, 2], []], 's': [{'a': 1}, None]})", ["l", "s"]),
        ("pd.DataFrame({'empty': [None, None]})", ["empty"]),
        ("pd.DataFrame({'t': pd.to_datetime(['2024-03-10 02:30'], utc=True).tz_convert('Asia/Shanghai')})", ["t"]),
        ("pd.DataFrame({'x': []})", ["x"]),
        ("pa.table({'x': pa.array(['a', 'b']).dictionary_encode()})", ["x"]),
    ],
)  # fmt: skip
def test_returned_tables(service: Service, expression: str, columns: list[str]) -> None:
    """Every sensible table leaves as one that others can read."""
    answer = service.run(f"import decimal as dec, pandas as pd, pyarrow as pa\ndef main(): return {expression}")
    output = answer.outputs["result"]
    assert output["kind"] == "table"
    assert _read(output).column_names == columns
    assert [c["name"] for c in output["table"]["columns"]] == columns


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("pd.DataFrame({'x': [1, 'a']})", ["'x'", "mixes", "int (row 1)", "str (row 2)"]),
        ("pd.DataFrame([[1, 2]], columns=['a', 'A'])", ["more than one column", "'A'"]),
        ("pd.DataFrame({'t': pd.to_timedelta(['1s'])})", ["'t'", "total_seconds"]),
        ("pd.DataFrame({'z': [1j]})", ["'z'", "complex"]),
        ("pd.DataFrame({'o': [object()]})", ["'o'", "object"]),
        ("{'a': [1, 2, {3}]}", ["result['a'][2]", "set"]),
        ("{'a': {'b': float('inf')}}", ["result['a']['b']", "inf"]),
        ("{(1, 2): 3}", ["key (1, 2)", "tuple"]),
        ("[b'x']", ["result[0]", "bytes"]),
        ("object()", ["result is of type object"]),
        ("{'a': [pd.DataFrame()]}", ["result['a'][0]", "table"]),
        ("{'a b': pd.DataFrame({'x': [1]})}", ["'a b'", "word"]),
        ("main", ["type function"]),
        ("pd.DataFrame()", ["result is a table without columns", "pd.DataFrame(columns="]),
        ("pd.DataFrame(index=range(3))", ["result is a table without columns"]),
        ("pa.table({})", ["result is a table without columns"]),
        ("pa.RecordBatch.from_pydict({})", ["result is a table without columns"]),
        ("{'a': 1, 'b': pd.DataFrame()}", ["result['b'] is a table without columns"]),
        ("pl.DataFrame({'x': [1]})", ["type DataFrame", "value.to_arrow()"]),
        ("pl.DataFrame().to_arrow()", ["result is a table without columns"]),
    ],
)
def test_results_that_cannot_be(service: Service, expression: str, words: list[str]) -> None:
    """The error names the place."""
    answer = service.run(f"import pandas as pd, polars as pl, pyarrow as pa\ndef main(): return {expression}")
    assert answer.code == "bad_result"
    assert answer.error is not None
    for word in words:
        assert word in answer.error["message"]


def test_json_values(service: Service) -> None:
    """What has a clear meaning in JSON is converted."""
    code = """
import datetime, decimal, numpy as np, pandas as pd
def main():
    return {
        "none": pd.NA, "nat": pd.NaT, "nan": float("nan"), "int": np.int32(7), "float": np.float32(0.5),
        "array": np.arange(3), "tuple": (1, 2), "when": datetime.datetime(2024, 1, 2), "day": pd.Timestamp("2024-01-02"),
        "dec": decimal.Decimal("1.10"), "bool": np.bool_(True), 5: "five", "text": "äöü €", "series": pd.Series([1, 2]),
    }
"""
    assert service.run(code).value == {
        "none": None, "nat": None, "nan": None, "int": 7, "float": 0.5, "array": [0, 1, 2], "tuple": [1, 2],
        "when": "2024-01-02T00:00:00", "day": "2024-01-02T00:00:00", "dec": "1.10", "bool": True, "5": "five",
        "text": "äöü €", "series": [1, 2],
    }  # fmt: skip


def test_figures_and_files(service: Service) -> None:
    """A figure becomes a PNG; what lies in /job/out becomes files."""
    code = """
import matplotlib.pyplot as plt, pathlib
def main():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    pathlib.Path("/job/out/notes.md").write_text("# hello")
    pathlib.Path("/job/out/sub").mkdir()
    pathlib.Path("/job/out/sub/2024.csv").write_text("a\\n1\\n")
    return {"plot": axes, "same": pathlib.Path("out/notes.md")}
"""
    outputs = service.run(code).outputs
    assert set(outputs) == {"plot", "same", "file_2024"}
    assert Path(outputs["plot"]["path"]).read_bytes().startswith(b"\x89PNG")
    assert outputs["plot"]["media_type"] == "image/png"
    assert (outputs["same"]["name"], Path(outputs["same"]["path"]).read_text()) == ("notes.md", "# hello")


def test_one_written_file_is_the_result(service: Service) -> None:
    """When main() returns nothing."""
    outputs = service.run("def main():\n    open('/job/out/x.txt', 'w').write('x')").outputs
    assert outputs["result"]["name"] == "x.txt"
    assert service.run("def main(): pass").value is None


def test_file_argument(service: Service) -> None:
    """A file comes as a path that ends in its name, whatever that is."""
    path = service.data / "blob"
    path.write_text("hello")
    code = "import pathlib\ndef main(f, g: 'file'):\n    assert isinstance(g, pathlib.Path)\n    return [f, g.name, g.read_text()]"
    file = {"kind": "file", "path": str(path), "name": "../ein Bericht.txt"}
    assert service.run(code, {"f": file, "g": file}).value == ["/job/in/f/ein Bericht.txt", "ein Bericht.txt", "hello"]


@pytest.mark.parametrize(
    ("code", "args", "error", "words"),
    [
        ("def main(a, b): pass", {"a": 1}, "bad_arguments", ["'b'"]),
        ("def main(orders): pass", {"orders": 1, "order": 2}, "bad_arguments", ["'order'", "'orders'?"]),
        ("x = 1", {}, "no_main", ["main()"]),
        ("def main(): pass\nmain = 3", {}, "no_main", ["not a function"]),
        ("def main():\n    return (1", {}, "syntax_error", ["Line 2"]),
        ("def main():\n\tx = 1\n        y = 2", {}, "syntax_error", ["Line 3"]),
        ("def main(): import nowhere", {}, "python_error", ["Line 1", "nowhere"]),
        ("def main(): raise SystemExit(3)", {}, "python_error", ["sys.exit(3)"]),
        ("import os\ndef main(): os._exit(7)", {}, "python_error", ["status 7"]),
        ("import ctypes\ndef main(): ctypes.string_at(0)", {}, "python_error", ["SIGSEGV"]),
        ("import os\ndef main(): os.abort()", {}, "python_error", ["crashed"]),
        ("import pandas as pd\ndef main():\n    return pd.DataFrame()['x']", {}, "python_error", ["Line 3", "KeyError: 'x'"]),
        ("(" * 500 + ")" * 500, {}, "syntax_error", []),
        ("def main(): return " + "-" * 100_000 + "1", {}, "syntax_error", []),
        ("def main():\n    def f(): f()\n    f()", {}, "python_error", ["RecursionError"]),
    ],
)  # fmt: skip
def test_failures(service: Service, code: str, args: dict[str, Any], error: str, words: list[str]) -> None:
    """Each has its code and says where and what."""
    answer = service.run(code, {name: value(content) for name, content in args.items()}, policy="isolated")
    assert answer.code == error
    assert answer.error is not None
    for word in words:
        assert word in answer.error["message"]
    assert "coderunner" not in str(answer.error)


def test_traceback_is_the_users(service: Service) -> None:
    """It holds the user's frames and lines and none of ours or of libraries."""
    code = "def inner(x):\n    return 1 / x\n\ndef main():\n    try:\n        inner(0)\n    except ZeroDivisionError as e:\n        raise ValueError('bad') from e"
    error = service.run(code).error
    assert error is not None
    assert error["line"] == 8
    assert error["traceback"].splitlines() == [
        "Traceback (most recent call last):",
        "  line 8, in main",
        "    raise ValueError('bad') from e",
        "ValueError: bad",
        "caused by ZeroDivisionError: division by zero",
    ]


def test_logs_are_in_order(service: Service) -> None:
    """Print, logging, warnings and standard error, each with its level."""
    code = """
import logging, sys, warnings
def main():
    print("one", "two", end="")
    print(" three")
    logging.getLogger("x").info("info %d", 4)
    print("oops", file=sys.stderr)
    logging.error("bad")
    warnings.warn("careful")
    print("no end", end="")
"""
    logs = service.run(code).logs
    assert logs[:4] == [("info", "one two three"), ("info", "info 4"), ("warn", "oops"), ("error", "bad")]
    assert logs[4][0] == "warn"
    assert "careful" in logs[4][1]
    assert logs[-1] == ("info", "no end")


@pytest.mark.parametrize(
    "signature",
    ["a, /, b", "a, *, b", "a, **rest", "*args, a, b", "a: int, b: 'list[int]' = None"],
)
def test_kinds_of_parameters(service: Service, signature: str) -> None:
    """All kinds of parameters are given by name."""
    code = f"def main({signature}):\n    return a + (b if 'b' in locals() else rest['b'])"
    assert service.run(code, {"a": value(1), "b": value(2)}, policy="isolated").value == 3


def test_ordinary_python_works(service: Service) -> None:
    """The filter and the limits leave room for what people do."""
    code = """
import asyncio, collections, concurrent.futures, dataclasses, multiprocessing, re, sqlite3, statistics, tempfile, threading
import uuid, zlib, zoneinfo, datetime, locale, platform, secrets, queue, json, csv, io, hashlib, shutil, glob, getpass
import numpy as np

@dataclasses.dataclass
class Point:
    x: int

async def later():
    await asyncio.sleep(0.01)
    return 1

async def main():
    found = {}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found["threads"] = sum(pool.map(lambda n: n * n, range(10)))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found["processes"] = sum(pool.map(abs, range(-5, 0)))
    found["async"] = sum(await asyncio.gather(later(), later()))
    with tempfile.NamedTemporaryFile("w+") as f:
        f.write("x"); f.flush()
        found["temporary"] = open(f.name).read()
    db = sqlite3.connect("/tmp/x.db"); db.execute("create table t(a)"); db.execute("insert into t values (3)")
    found["sqlite"] = db.execute("select a from t").fetchone()[0]
    found["zone"] = str(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
    a = np.random.rand(300, 300)
    found["linear"] = bool(np.allclose(a @ np.linalg.inv(a), np.eye(300), atol=1e-4))
    found["user"] = getpass.getuser()
    found["host"] = platform.node()
    found["home"] = str(__import__("pathlib").Path.home())
    return found
"""
    assert service.run(code, policy="isolated").value == {
        "threads": 285, "processes": 15, "async": 2, "temporary": "x", "sqlite": 3, "zone": "2:00:00", "linear": True,
        "user": "sandbox", "host": "sandbox", "home": "/job",
    }  # fmt: skip


def test_randomness_is_not_shared(service: Service) -> None:
    """Executions are copies of one process, but not of its random numbers."""
    code = "import random, numpy as np, uuid, os\ndef main(): return [random.random(), float(np.random.rand()), str(uuid.uuid4())]"
    first, second = service.run(code).value, service.run(code).value
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_big_tables(service: Service) -> None:
    """Half a million rows in and out."""
    rows = 500_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"n": np.arange(rows), "x": rng.random(rows), "t": rng.choice(["a", "b", "c"], rows)})
    argument = _table(service, pa.Table.from_pandas(frame, preserve_index=False))
    answer = service.run("def main(t):\n    t['y'] = t.x * 2\n    return t", {"t": argument}, memory_mib=1024)
    assert answer.outputs["result"]["table"]["rows"] == rows
    assert np.allclose(_read(answer.outputs["result"]).column("y").to_numpy(), frame.x * 2)


def test_inspect(service: Service) -> None:
    """The signature as JSON Schema, and findings with places."""
    code = """
import os
from typing import Literal, Optional
def main(orders: "table", least: float = 10, mode: Literal["a", "b"] = "a", tags: list[str] = [], n: Optional[int] = None):
    unused = 1
    return ordrs
"""
    found = service.inspect(code)
    assert found["tables"] == ["orders"]
    assert found["params"]["required"] == ["orders"]
    properties = found["params"]["properties"]
    assert properties["orders"]["x-kind"] == "table"
    assert properties["least"] == {"title": "least", "type": "number", "default": 10}
    assert properties["mode"]["enum"] == ["a", "b"]
    assert properties["tags"]["items"] == {"type": "string"}
    assert properties["n"]["type"] == "integer"
    assert [(f["severity"], f["code"], f["line"]) for f in found["findings"]] == [
        ("warning", "unused_import", 2),
        ("warning", "unused_variable", 5),
        ("error", "undefined_name", 6),
    ]


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("def main(:\n  pass", ("syntax_error", 1, 10)),
        ("x = 1", ("no_main", 1, 1)),
        ("def main():\n    pass", ("no_return", 1, 1)),
        ("(" * 1000, ("syntax_error", 1, 1000)),
        ("def main(): return " + "-" * 200_000 + "1", ("syntax_error", 1, 1)),
        ("", ("no_main", 1, 1)),
    ],
)
def test_inspect_what_is_wrong(service: Service, code: str, finding: tuple[str, int, int]) -> None:
    """Code that cannot run is still answered."""
    first = service.inspect(code)["findings"][0]
    assert first["code"] == finding[0]
    assert first["line"] == finding[1]
