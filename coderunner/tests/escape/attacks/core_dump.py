"""Makes itself dumpable and crashes, so that its memory is written to a file of the machine.

Stopped by: core files have the size 0, and what is dumpable is decided from outside.
"""

EXPECT = ["python_error"]


def main(world):
    import ctypes
    import os
    import resource

    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        pass
    os.abort()
