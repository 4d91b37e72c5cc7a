"""What every execution has in memory from its first moment."""

from __future__ import annotations


def load(charts: bool) -> None:
    """Import the libraries and run through them once, so that what they load late is loaded, too."""
    import asyncio  # noqa: F401
    import io
    import logging.config  # noqa: F401
    import random  # noqa: F401

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.parquet as pq

    from coderunner.runtime import inspecting, logs, runner, warming  # noqa: F401

    logs.prepare()

    pa.set_cpu_count(1)
    pa.set_io_thread_count(2)
    frame = pd.DataFrame({"n": np.arange(4), "t": list("abab"), "d": pd.date_range("2024-01-01", periods=4)})
    frame.groupby("t")["n"].sum()
    frame.merge(frame, on="t")
    frame.describe()
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1), buffer)
    # Without reading ahead no thread is started, and a zygote must not have any.
    source = pa.BufferReader(buffer.getvalue())
    pq.ParquetFile(source, pre_buffer=False).read(use_threads=False).to_pandas(use_threads=False)
    warming.run()
    if charts:
        _load_charts()
    runner.settle()


def _load_charts() -> None:
    import matplotlib

    matplotlib.use("agg")
    import io

    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2], [1, 2])
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close("all")
