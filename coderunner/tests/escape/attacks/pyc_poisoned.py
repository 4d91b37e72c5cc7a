"""Puts compiled code beside the libraries, so that the next execution loads it in place of theirs.

Stopped by: read-only mounts, other owner, Landlock.
"""

EXPECT = ["ok"]


def main(world):
    import importlib.util
    import os
    import py_compile

    import numpy
    import pandas

    with open("/tmp/evil.py", "w") as file:
        file.write("raise SystemExit")
    planted = []
    for module in (os, numpy, pandas, importlib.util):
        target = importlib.util.cache_from_source(module.__file__)
        try:
            py_compile.compile("/tmp/evil.py", cfile=target)
            planted.append(target)
        except OSError:
            pass
    return "escaped: " + repr(planted) if planted else "stopped"
