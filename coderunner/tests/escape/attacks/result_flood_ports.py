"""Returns ten thousand outputs.

Stopped by: the limit of outputs.
"""

EXPECT = ["output_limit", "bad_result"]


def main(world):
    import pandas as pd

    return {f"p{n}": pd.DataFrame({"a": [n]}) for n in range(200)}
