"""What the policy "restricted" refuses: while the code is saved, with the line and what to write instead, and, where only
running shows it, with an error of its own."""

from __future__ import annotations

import pytest
from service import Service

# RestrictedPython's own tests are the reference for what must not pass; beside it, what this policy adds.
SAVED = [
    # names
    ("_total = 1", 1, ["_total", "Call it total"]),
    ("def _helper(): pass", 1, ["_helper", "Call it helper"]),
    ("class _Row: pass", 1, ["_Row", "Call it Row"]),
    ("def f(_x): pass", 1, ["_x"]),
    ("def f(*_args): pass", 1, ["_args"]),
    ("def f(**_kw): pass", 1, ["_kw"]),
    ("def f(*, _only): pass", 1, ["_only"]),
    ("def f(_first, /): pass", 1, ["_first"]),
    ("f = lambda _x: 1", 1, ["_x"]),
    ("import json as _j", 1, ["_j"]),
    ("from json import loads as _l", 1, ["_l"]),
    ("for _i in []: pass", 1, ["_i", "Call it i"]),
    ("with open('x') as _f: pass", 1, ["_f"]),
    ("try: pass\nexcept KeyError as _e: pass", 2, ["_e"]),
    ("x = [_y for _y in []]", 1, ["_y"]),
    ("(_w := 1)", 1, ["_w"]),
    ("def f():\n    global _g", 2, ["_g"]),
    ("a__roles__ = 1", 1, ["__roles__"]),
    ("_getattr_ = getattr", 1, ["_getattr_"]),
    ("def _write_(x): return x", 1, ["_write_"]),
    ("__builtins__", 1, ["__builtins__", "belongs to Python"]),
    ("__import__('os')", 1, ["__import__"]),
    ("builtins = 1", 1, ["builtins", "reserved"]),
    ("class A:\n    __slots__ = ()", 2, ["__slots__"]),
    ("def __init__(x): pass", 1, ["__init__"]),
    ("class A:\n    def __getattribute__(self, n): pass", 2, ["__getattribute__"]),
    ("class A:\n    def __reduce__(self): pass", 2, ["__reduce__"]),
    ("class A:\n    def __del__(self): pass", 2, ["__del__"]),
    ("class A:\n    def __init_subclass__(cls): pass", 2, ["__init_subclass__"]),
    ("match 1:\n    case _x: pass", 2, ["_x"]),
    ("match []:\n    case [*_rest]: pass", 2, ["_rest"]),
    ("match {}:\n    case {**_rest}: pass", 2, ["_rest"]),
    # attributes
    ("x = ().__class__", 1, ["__class__", "Use type(x)"]),
    ("x = ''.__class__.__mro__", 1, ["__mro__"]),
    ("x = object.__subclasses__()", 1, ["__subclasses__"]),
    ("def f(o): o._cache = 1", 1, ["_cache", "Call it cache"]),
    ("def f(o): del o._cache", 1, ["_cache"]),
    ("def f(o): o._n += 1", 1, ["_n"]),
    ("def f(o): o.__dict__['x'] = 1", 1, ["__dict__"]),
    ("def f(g): return g.gi_frame", 1, ["gi_frame"]),
    ("def f(e): return e.tb_frame.f_back", 1, ["f_back"]),
    ("def f(g): return g.f_globals", 1, ["f_globals"]),
    ("def f(g): return g.cr_frame", 1, ["cr_frame"]),
    ("def f(g): return g.co_code", 1, ["co_code"]),
    ("def f(): return f.__globals__", 1, ["__globals__"]),
    ("def f(): return f.__code__", 1, ["__code__"]),
    ("x = f'{().__class__}'", 1, ["__class__"]),
    ("match 1:\n    case object(__class__=c): pass", 2, ["__class__"]),
    ("match 1:\n    case object(gi_frame=c): pass", 2, ["gi_frame"]),
    ("@().__class__\ndef f(): pass", 1, ["__class__"]),
    ("def f(x: ().__class__): pass", 1, ["__class__"]),
    ("x: ().__class__ = 1", 1, ["__class__"]),
    ("from __future__ import annotations\ndef f(x: ().__class__): pass", 2, ["__class__"]),
    ("class A:\n    def f(self): return super().__class__", 2, ["__class__"]),
    # builtins
    ("eval('1')", 1, ["eval()", "json.loads"]),
    ("exec('x = 1')", 1, ["exec()"]),
    ("e = eval", 1, ["eval()"]),
    ("compile('1', 'x', 'eval')", 1, ["compile()"]),
    ("globals()", 1, ["globals()", "a dict of your own"]),
    ("x = locals()", 1, ["locals()"]),
    ("vars(x)", 1, ["vars()"]),
    ("x = input()", 1, ["input()", "parameter"]),
    ("breakpoint()", 1, ["breakpoint"]),
    # statements
    ("def f():\n    n = 0\n    def g():\n        nonlocal n", 4, ["nonlocal", "count['n'] += 1"]),
    ("async def f(): pass", 1, ["async def", "concurrent.futures"]),
    ("class A(metaclass=type): pass", 1, ["metaclass=", "decorator"]),
    ("try: pass\nexcept* KeyError: pass", 1, ["except*"]),
    # imports
    ("import ctypes", 1, ["ctypes", "numpy"]),
    ("import subprocess", 1, ["subprocess", "library"]),
    ("import socket", 1, ["socket", "network"]),
    ("import importlib", 1, ["importlib"]),
    ("import builtins", 1, ["builtins"]),
    ("import pickle", 1, ["pickle", "json"]),
    ("import gc", 1, ["gc"]),
    ("import inspect", 1, ["inspect"]),
    ("import asyncio", 1, ["asyncio", "concurrent.futures"]),
    ("import multiprocessing", 1, ["multiprocessing", "ThreadPoolExecutor"]),
    ("import http.client", 1, ["http.client"]),
    ("import urllib.request", 1, ["urllib.request", "urllib.parse"]),
    ("import _ctypes", 1, ["_ctypes"]),
    ("import numpy._core", 1, ["numpy._core"]),
    ("import coderunner.sandbox", 1, ["coderunner"]),
    ("import RestrictedPython", 1, ["RestrictedPython"]),
    ("import numpy.ctypeslib", 1, ["numpy.ctypeslib"]),
    ("from os import system", 1, ["os.system", "programs"]),
    ("from os import chmod", 1, ["os.chmod", "pathlib"]),
    ("from sys import modules", 1, ["sys.modules"]),
    ("import os\nos.system('id')", 2, ["os.system"]),
    ("import os as o\no.fork()", 2, ["os.fork", "processes"]),
    ("import sys\nsys.modules['os']", 2, ["sys.modules"]),
    ("import io\nio.FileIO(3)", 2, ["io.FileIO"]),
    ("from string import Formatter", 1, ["string.Formatter", "f-strings"]),
    ("from json import *", 1, ["import *", "from json import a, b"]),
    ("from . import x", 1, ["package"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line", "words"), SAVED, ids=[code for code, _, _ in SAVED])
def test_refused_when_saved(code: str, line: int, words: list[str], service: Service) -> None:
    """The finding has the line and says what to do; the code does not run, and the error is the same."""
    source = f"{code}\ndef main(): return 'ran'\n"
    found = [f for f in service.inspect(source)["findings"] if f["code"] == "policy_violation"]
    assert found, "nothing was refused"
    assert found[0]["line"] == line
    for word in words:
        assert word in found[0]["message"]
    answer = service.run(source)
    assert answer.error is not None
    assert (answer.code, answer.error["line"]) == ("policy_violation", line)
    assert found[0]["message"] in answer.error["message"]


RUNNING = [
    ("return getattr(1, '__class__')", "__class__"),
    ("return getattr(1, '_' + 'x', None)", "_x"),
    ("return '{0.__class__}'.format(1)", "__class__"),
    ("return '{x.__class__}'.format_map({'x': 1})", "__class__"),
    ("return str.format('{0.__class__}', 1)", "__class__"),
    ("return getattr('{0.__class__}', 'format')(1)", "__class__"),
    ("class S(str): pass\n    return S('{0.__class__}').format(1)", "__class__"),
    ("setattr(main, '__code__', 1)", "__code__"),
    ("delattr(main, '__code' + '__')", "__code__"),
    ("import operator\n    return operator.attrgetter('a.__class__')(1)", "__class__"),
    ("from operator import methodcaller\n    return methodcaller('__reduce__')(1)", "__reduce__"),
    ("import pandas as pd\n    return pd.io.common.os.system('id')", "os.system"),
    ("import json\n    return json.codecs.builtins.open", "builtins"),
    ("import dataclasses\n    return dataclasses.sys.modules", "sys.modules"),
    ("import glob\n    return glob.os.fork()", "os.fork"),
    ("import json\n    json.loads = 1", "cannot be changed"),
    ("import json\n    setattr(json, 'loads', 1)", "cannot be changed"),
    ("return type('A', (), {})", "one argument"),
    ("import types\n    return types.FunctionType(1, 2)", "compare"),
    ("return open(3)", "descriptor"),
    ("return open('x', opener=print)", "descriptor"),
    ("import os\n    match os:\n        case object(system=s): return s('id')", "pattern"),
    ("import json\n    match json:\n        case object(codecs=c): return c", "pattern"),
    ("class A(type): pass", "inherit from type"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "word"), RUNNING, ids=[body for body, _ in RUNNING])
def test_refused_when_run(body: str, word: str, service: Service) -> None:
    """What only running shows is an error of its own, in the user's line."""
    answer = service.run(f"def main():\n    {body}\n")
    assert answer.error is not None
    assert answer.code == "policy_violation"
    assert word in answer.error["message"]
    assert answer.error["line"] > 1
    assert "isolated" in answer.error["hint"]


@pytest.mark.parametrize(
    "code",
    [
        "def main(input, vars=1): return input + vars",
        "def main(**more): return sum(more.values())",
        "printed = 1\ndef main(a=1): return printed",
        "def main(a=0):\n    print('x')\n    return __name__",
        "def main(a=0): return [type(a).__name__, main.__doc__, a is not None and isinstance(type(a), type)]",
        "import os\ndef main(a=0): return os.environ.get('HOME'), os.path.join('a', 'b'), os.getcwd()",
        "import sys\ndef main(a=0):\n    if a < 0: sys.exit(1)\n    return sys.maxsize > 0",
        "def main(a=0): return hasattr(a, '__class__'), hasattr(a, 'real')",
    ],
)  # fmt: skip
def test_not_refused(code: str, service: Service) -> None:
    """Names that only look like something else."""
    answer = service.run(code, {name: {"kind": "value", "value": 1} for name in ("input",) if "(input" in code})
    assert answer.code == "ok", answer.events


def test_isolated_has_no_rules(service: Service) -> None:
    """The same code passes where an administrator allows it."""
    code = "import ctypes\nasync def main(): return ().__class__.__name__"
    assert service.inspect(code, "isolated")["findings"][0]["code"] == "unused_import"
    assert service.run(code, policy="isolated").value == "tuple"
