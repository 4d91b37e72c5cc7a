"""pyarrow by itself: compute, filters, Parquet in memory."""

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

WANT = {"total": 6, "kept": ["b", "c"], "round": 3}


def main():
    table = pa.table({"n": [1, 2, 3], "t": ["a", "b", "c"]})
    kept = table.filter(pc.field("n") > 1)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return {
        "total": pc.sum(table["n"]).as_py(),
        "kept": kept["t"].to_pylist(),
        "round": pq.read_table(io.BytesIO(buffer.getvalue())).num_rows,
    }
