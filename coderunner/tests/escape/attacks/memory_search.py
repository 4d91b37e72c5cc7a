"""Searches its own heap, byte by byte, for secrets that the zygote or an earlier execution left in memory.

Stopped by: the zygote is started with a clean environment and is never told code, arguments or secrets.
"""

EXPECT = ["ok", "python_error"]


def main(world):
    import ctypes

    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    libc.sbrk.argtypes = [ctypes.c_long]
    top = libc.sbrk(0)
    needle = b"canary" + b"-5f1d7c"
    heap = ctypes.string_at(top - (8 << 20), 8 << 20)
    return "escaped: found" if needle in heap else "stopped"
