"""Giving main() its arguments: tables as data frames, files as paths, JSON as it is."""

from __future__ import annotations

import difflib
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from coderunner.runtime import frames
from coderunner.runtime.failures import Failure
from coderunner.runtime.signature import Parameter


def bind(
    wanted: list[Parameter],
    takes_any: bool,
    given: Mapping[str, Any],
    tables: Mapping[str, int],
    job: str,
) -> dict[str, Any]:
    """The arguments by name. Failure names what is missing or not wanted."""
    names = [p.name for p in wanted]
    missing = [p.name for p in wanted if p.required and p.name not in given]
    if missing:
        raise Failure(
            "bad_arguments",
            f"main() wants {_list(missing)}, which the step does not give.",
            "Connect an input or set an argument with that name, or give the parameter a default.",
        )
    extra = [name for name in given if name not in names]
    if extra and not takes_any:
        close = difflib.get_close_matches(extra[0], names, 1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise Failure(
            "bad_arguments",
            f"The step gives {_list(extra)}, which main() has no parameter for.{guess}",
            f"Add it to main({', '.join([*names, extra[0]])}) or remove it from the step.",
        )
    kinds = {p.name: p.kind for p in wanted}
    return {name: _value(name, argument, kinds.get(name, "value"), tables, job) for name, argument in given.items()}


def _list(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _value(name: str, argument: Mapping[str, Any], kind: str, tables: Mapping[str, int], job: str) -> Any:
    if argument["kind"] == "table":
        return _table(name, tables[name], kind == "arrow")
    if argument["kind"] == "file":
        path = f"{job}/in/{name}/{argument['name']}"
        return Path(path) if kind == "file" else path
    value = argument.get("value")
    if kind in ("table", "arrow") and isinstance(value, list):
        # A list of records where a table is wanted.
        try:
            table = pa.Table.from_pylist(value)
        except (pa.ArrowInvalid, pa.ArrowTypeError, AttributeError, TypeError) as error:
            raise Failure("bad_arguments", f"The argument {name!r} is a list that is no table: {error}") from error
        return table if kind == "arrow" else frames.to_frame(table, threads=True)
    return value


def _table(name: str, fd: int, as_arrow: bool) -> Any:
    try:
        size = os.fstat(fd).st_size
        content = mmap.mmap(fd, size, access=mmap.ACCESS_READ)
        table = frames.read_arrow(pa.BufferReader(pa.py_buffer(content)), threads=True)
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise Failure("bad_arguments", f"The table for {name!r} cannot be read as Parquet: {error}") from error
    finally:
        os.close(fd)
    return table if as_arrow else frames.to_frame(table, threads=True)
