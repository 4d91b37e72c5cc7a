"""A figure with two axes; its file is a PNG."""

import io

import matplotlib.pyplot as plt
import numpy as np

WANT = "PNG"


def main():
    figure, axes = plt.subplots(1, 2, figsize=(6, 3))
    x = np.linspace(0, 1, 20)
    axes[0].plot(x, x**2, label="square")
    axes[0].legend()
    axes[1].bar(["a", "b"], [1, 2])
    axes[1].set_title("bars")
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()[1:4].decode()
