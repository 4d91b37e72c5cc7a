"""What main() returned, made into outputs: JSON values, tables and files, each under its port."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import mimetypes
import os
import re
import stat
import uuid
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from coderunner.runtime import frames
from coderunner.runtime.channel import Channel
from coderunner.runtime.failures import Failure

_RESULT = "result"
_MAX_DEPTH = 100
_MAX_PORTS = 50


def send(channel: Channel, returned: Any, job: str) -> None:
    """Send everything that main() returned and wrote."""
    written = _written(f"{job}/out")
    ports = _ports(returned, written)
    if len(ports) + len(written) > _MAX_PORTS:
        raise Failure("output_limit", f"main() gives {len(ports) + len(written)} outputs; {_MAX_PORTS} are allowed.")
    store = _Store(channel, job)
    for port, value in ports.items():
        where = "result" if port == _RESULT else f"result[{port!r}]"
        store.put(port, value, where)
    taken = set(ports)
    for path in written:
        if path in store.sent:
            continue
        port = _free_port(path, taken)
        taken.add(port)
        store.file(port, path)


def _ports(returned: Any, written: list[str]) -> dict[str, Any]:
    if isinstance(returned, dict) and any(_is_content(value) for value in returned.values()):
        for name in returned:
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
                raise Failure(
                    "bad_result",
                    f"main() returned a dict of outputs with the key {name!r:.80}. A key names an output: use a word.",
                )
        return returned
    if returned is None and written:
        return {_RESULT: PurePath(written[0])} if len(written) == 1 else {}
    return {_RESULT: returned}


def _is_content(value: Any) -> bool:
    table = frames.is_table(value) and not isinstance(value, pd.Series)
    return table or _figure(value) is not None or isinstance(value, PurePath)


def _figure(value: Any) -> Any:
    """The matplotlib figure that a value is or belongs to."""
    for kind in type(value).__mro__:
        if kind.__module__ == "matplotlib.figure" and kind.__name__ == "Figure":
            return value
        if kind.__module__ == "matplotlib.axes._base" and kind.__name__ == "_AxesBase":
            return value.figure
    return None


def _written(folder: str) -> list[str]:
    """The files in the folder for results; a symbolic link or anything else that is no file is refused."""
    found = []
    for base, folders, names in os.walk(folder):
        for name in sorted(names + [f for f in folders if os.path.islink(os.path.join(base, f))]):
            path = os.path.join(base, name)
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise Failure("bad_result", f"{path} is not a regular file. Write the content itself there.")
            found.append(path)
        folders.sort()
    return sorted(found)


def _free_port(path: str, taken: set[str]) -> str:
    stem = re.sub(r"\W+", "_", PurePath(path).stem, flags=re.ASCII).strip("_")[:50] or "file"
    port = stem if not stem[0].isdigit() else f"file_{stem}"
    number = 2
    while port in taken:
        port, number = f"{stem}_{number}", number + 1
    return port


class _Store:
    """Writes outputs to the disk of the execution and sends them."""

    def __init__(self, channel: Channel, job: str) -> None:
        self._channel = channel
        self._folder = f"{job}/.results"
        self._job = job
        self._count = 0
        self.sent: set[str] = set()
        os.makedirs(self._folder, exist_ok=True)

    def put(self, port: str, value: Any, where: str) -> None:
        figure = _figure(value)
        if frames.is_table(value):
            self._table(port, frames.to_arrow(value, where))
        elif figure is not None:
            path = self._new()
            figure.savefig(path, format="png", dpi=144, bbox_inches="tight")
            self._send_file(port, path, f"{port}.png", "image/png")
        elif isinstance(value, PurePath):
            self._returned_file(port, str(value), where)
        else:
            self._channel.send_json(to_json(value, where), self._new(), port=port)

    def file(self, port: str, path: str) -> None:
        self.sent.add(path)
        media = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self._send_file(port, path, os.path.basename(path), media)

    def _returned_file(self, port: str, path: str, where: str) -> None:
        path = os.path.normpath(os.path.join(self._job, path))
        try:
            regular = stat.S_ISREG(os.lstat(path).st_mode)
        except OSError as error:
            raise Failure(
                "bad_result", f"{where} is the path {path!r}, which cannot be read: {error.strerror}."
            ) from None
        if not regular:
            raise Failure("bad_result", f"{where} is the path {path!r}, which is not a regular file.")
        self.file(port, path)

    def _table(self, port: str, table: pa.Table) -> None:
        path = self._new()
        pq.write_table(table, path, compression="snappy")
        columns = [{"name": f.name, "type": frames.sql_type(f.type)} for f in table.schema]
        described = {"rows": table.num_rows, "columns": columns}
        self._channel.send_file(path, kind="table", port=port, table=described)

    def _send_file(self, port: str, path: str, name: str, media_type: str) -> None:
        self._channel.send_file(path, kind="file", port=port, name=name, media_type=media_type)

    def _new(self) -> str:
        self._count += 1
        return f"{self._folder}/{self._count}"


def to_json(value: Any, where: str, depth: int = 0) -> Any:
    """The value as JSON has it; Failure names the part that cannot be."""
    if value is None or isinstance(value, str | bool) or value is pd.NA or value is pd.NaT:
        return None if value is pd.NA or value is pd.NaT else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | np.floating):
        return _number(float(value), where)
    if depth > _MAX_DEPTH:
        raise Failure("bad_result", f"{where} is nested deeper than {_MAX_DEPTH} levels, or contains itself.")
    if isinstance(value, Mapping):
        return {_key(k, where): to_json(v, f"{where}[{k!r}]", depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(v, f"{where}[{i}]", depth + 1) for i, v in enumerate(value)]
    return _special(value, where, depth)


def _number(value: float, where: str) -> float | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise Failure("bad_result", f"{where} is {value}, which JSON has no number for. Return None or a text instead.")
    return value


def _key(key: Any, where: str) -> str:
    if isinstance(key, str):
        return str(key)
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        return str(int(key))
    kind = type(key).__name__
    raise Failure(
        "bad_result", f"{where} has the key {key!r:.100} of type {kind}; JSON has only texts as keys. Use str(key)."
    )


def _special(value: Any, where: str, depth: int) -> Any:
    if isinstance(value, np.generic):
        return to_json(value.item(), where, depth + 1)
    if isinstance(value, np.ndarray | pd.Index):
        return to_json(value.tolist(), where, depth + 1)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, pd.DataFrame | pa.Table):
        raise Failure("bad_result", f"{where} is a table inside other data. Return tables as the values of one dict.")
    if isinstance(value, pd.Series):
        return to_json(value.tolist(), where, depth + 1)
    if isinstance(value, bytes):
        hint = base64.b64encode(value[:6]).decode()
        raise Failure(
            "bad_result",
            f"{where} is bytes, which JSON cannot hold. Return a text such as base64 ({hint}…), or a file.",
        )
    kind = type(value).__name__
    if isinstance(value, set | frozenset):
        advice = "Return a list: sorted(value)."
    elif hasattr(value, "to_arrow"):  # polars, ibis and their like
        advice = "Return it as a table: value.to_arrow()."
    else:
        advice = "Return plain values, lists and dicts."
    raise Failure("bad_result", f"{where} is of type {kind}, which JSON cannot hold. {advice}")
