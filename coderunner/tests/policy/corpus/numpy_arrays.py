"""Slices, masks, broadcasting, linear algebra, random numbers."""

import numpy as np

WANT = {"mask": [4, 5], "solve": [2.0, 3.0], "corner": [[0, 1], [3, 4]], "shape": [3, 3], "mean": True}


def main():
    a = np.arange(9).reshape(3, 3)
    x = np.linalg.solve(np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([9.0, 8.0]))
    rng = np.random.default_rng(7)
    b = a.copy()
    b[1:, 1:] *= 10
    b[0] += 1
    return {
        "mask": a[(a > 3) & (a < 6)].tolist(),
        "solve": x.round(6).tolist(),
        "corner": a[:2, :2].tolist(),
        "shape": list((a @ b).shape),
        "mean": bool(abs(rng.normal(size=10_000).mean()) < 0.1),
    }
