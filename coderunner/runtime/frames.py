"""Between data frames and Arrow tables: sensible where the meaning is clear, a clear error where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from coderunner.runtime.failures import Failure

_NULLABLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}

_SQL_TYPES: dict[Any, str] = {
    pa.null(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.float16(): "FLOAT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.date64(): "DATE",
}


def read_arrow(path_or_buffer: Any, threads: bool) -> pa.Table:
    """Read Parquet as it is."""
    return pq.ParquetFile(path_or_buffer, pre_buffer=False).read(use_threads=threads)


def to_frame(table: pa.Table, threads: bool) -> pd.DataFrame:
    """A data frame that is comfortable to compute with: decimals become floats, dates become datetime64, and whole
    numbers or booleans with nulls keep their type."""
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.float64()))
    nullable = [f.name for i, f in enumerate(table.schema) if f.type in _NULLABLE and table.column(i).null_count]
    frame = table.to_pandas(use_threads=threads, date_as_object=False, ignore_metadata=True)
    for name in nullable:
        frame[name] = table.column(name).to_pandas(types_mapper=_NULLABLE.get)
    return frame


def is_table(value: Any) -> bool:
    """Whether a value leaves main() as a table."""
    return isinstance(value, pd.DataFrame | pd.Series | pa.Table | pa.RecordBatch)


def to_arrow(value: Any, where: str) -> pa.Table:
    """The table that a returned value means; where names it in errors."""
    if isinstance(value, pa.RecordBatch):
        value = pa.Table.from_batches([value])
    if isinstance(value, pd.Series):
        value = value.to_frame(name=value.name if value.name is not None else "value")
    if isinstance(value, pd.DataFrame):
        value = _from_pandas(value, where)
    if value.num_columns == 0:
        raise Failure(
            "bad_result",
            f"{where} is a table without columns. A table without columns cannot be handed on; name the columns, "
            "for example pd.DataFrame(columns=['id', 'name']), or return [].",
        )
    _check_names([str(name) for name in value.column_names], where)
    return _storable(value, where)


def sql_type(kind: pa.DataType) -> str:
    """The SQL type of a column as a reader of the Parquet file sees it."""
    known = _SQL_TYPES.get(kind)
    if known:
        return known
    types = pa.types
    if types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})" if kind.precision <= 38 else "DOUBLE"
    if types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else "TIMESTAMP"
    if types.is_time(kind):
        return "TIME"
    if (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    ):
        return "BLOB"
    if types.is_struct(kind):
        inner = ", ".join(f'"{f.name}" {sql_type(f.type)}'.replace("\n", " ") for f in kind)
        return f"STRUCT({inner})"
    if types.is_map(kind):
        return f"MAP({sql_type(kind.key_type)}, {sql_type(kind.item_type)})"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return sql_type(kind.value_type) + "[]"
    return "VARCHAR"


def _from_pandas(frame: pd.DataFrame, where: str) -> pa.Table:
    frame = _with_index(frame)
    frame.columns = pd.Index([_column_name(name) for name in frame.columns], dtype=object)
    _check_names(list(frame.columns), where)
    columns = []
    for name in frame.columns:
        columns.append(_column(frame[name], str(name), where))
    return pa.table(dict(zip(frame.columns, columns, strict=True)))


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep an index that says something: one with a name, or one that is not just row numbers."""
    index = frame.index
    named = any(name is not None for name in index.names)
    if named or isinstance(index, pd.MultiIndex) or not pd.api.types.is_integer_dtype(index.dtype):
        if len(index) == 0 and not named:
            return frame.copy(deep=False)
        names = [name for name in index.names if name is not None and name in frame.columns]
        return frame.reset_index(drop=bool(names) and len(names) == index.nlevels, allow_duplicates=True)
    return frame.copy(deep=False)


def _column_name(name: Any) -> str:
    if isinstance(name, tuple):
        return "_".join(str(part) for part in name if str(part) != "")
    return str(name)


def _check_names(names: list[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name == "":
            raise Failure("bad_result", f"{where} has a column without a name. Name it before returning.")
        # The engines that read the table do not tell case apart.
        if name.lower() in seen:
            raise Failure(
                "bad_result",
                f"{where} has more than one column named {name!r}. Rename one of them before returning.",
            )
        seen.add(name.lower())


def _column(series: pd.Series, name: str, where: str) -> pa.Array:
    place = f"{where}, column {name!r}"
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        series = series.astype(dtype.categories.dtype if not series.hasnans else object)
    elif isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        series = series.astype(str).where(series.notna(), None)
    elif pd.api.types.is_complex_dtype(dtype):
        raise Failure("bad_result", f"{place} holds complex numbers, which no table can. Split it into two columns.")
    elif isinstance(dtype, pd.SparseDtype):
        series = series.sparse.to_dense()
    try:
        return pa.Array.from_pandas(series)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
        ValueError,
        TypeError,
    ) as error:
        raise Failure("bad_result", _mixed(series, place, error)) from error


def _mixed(series: pd.Series, place: str, error: Exception) -> str:
    kinds: dict[str, int] = {}
    for row, value in enumerate(series):
        if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
            continue
        kinds.setdefault(type(value).__name__, row)
        if len(kinds) == 4:
            break
    if len(kinds) > 1:
        examples = ", ".join(f"{kind} (row {row + 1})" for kind, row in kinds.items())
        return f"{place} mixes types: {examples}. Make it one type, for example with .astype(str)."
    only = next(iter(kinds), "nothing")
    return f"{place} holds {only} values that no table can hold ({error}). Turn them into texts or numbers."


def _storable(table: pa.Table, where: str) -> pa.Table:
    """Bring types that Parquet's readers do not share to ones that they do."""
    for index, field in enumerate(table.schema):
        place, column, kind = f"{where}, column {field.name!r}", table.column(index), field.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
        elif pa.types.is_null(kind):
            column = column.cast(pa.string())
        elif pa.types.is_duration(kind):
            raise Failure(
                "bad_result",
                f"{place} holds spans of time, which a table cannot. Turn them into numbers: .dt.total_seconds().",
            )
        elif pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
        elif isinstance(kind, pa.BaseExtensionType):
            column = column.cast(kind.storage_type)
        elif kind == pa.float16():
            column = column.cast(pa.float32())
        else:
            continue
        table = table.set_column(index, field.name, column)
    return table.replace_schema_metadata(None)
