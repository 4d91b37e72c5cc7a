"""fillna, where, masks, nullable types, string methods."""

import numpy as np
import pandas as pd

WANT = {"filled": [1.0, 2.0, 3.0], "upper": ["A", "", "C"], "flags": [True, False, True], "nulls": 1}


def main():
    frame = pd.DataFrame({"n": [1.0, np.nan, 3.0], "t": ["a", None, "c"]})
    nulls = int(frame["n"].isna().sum())
    frame["n"] = frame["n"].interpolate()
    frame.loc[frame["t"].isna(), "t"] = ""
    frame["odd"] = np.where(frame["n"] % 2 == 1, True, False)
    return {
        "filled": frame.n.tolist(),
        "upper": frame.t.str.upper().tolist(),
        "flags": frame.odd.tolist(),
        "nulls": nulls,
    }
