"""Inflates a few kilobytes in memory to gigabytes.

Stopped by: the limit of memory.
"""

EXPECT = ["memory_limit"]


def main(world):
    import zlib

    packed = zlib.compress(bytes(64 << 20), 1)
    hold = [zlib.decompress(packed) for _ in range(64)]
    return f"escaped: {len(hold)}"
