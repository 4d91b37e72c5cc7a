"""Looks for secrets in the environment and the command line that it has from the service.

Stopped by: the zygote is started with a clean environment. The test plants a secret in the service's own.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import sys

    harmless = ("OPENBLAS", "OMP", "MKL", "ARROW", "JE_", "LD_", "LC_", "PYTHONHASH")
    known = {"HOME", "TMPDIR", "LANG", "TZ", "PATH", "MPLCONFIGDIR"}
    odd = [name for name in os.environ if name not in known and not name.startswith(harmless)]
    print(dict(os.environ), sys.orig_argv, sys.argv)
    return "escaped: " + repr(odd) if odd else "stopped"
