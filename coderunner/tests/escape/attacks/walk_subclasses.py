"""Walks from a tuple over object to every class and looks for one that starts programs.

Stopped by: seccomp (no execve), whatever class is found; the policy restricted refuses the walk.
"""

EXPECT = ["ok"]


def main(world):
    for kind in ().__class__.__mro__[-1].__subclasses__():
        if kind.__name__ in ("Popen", "_wrap_close"):
            scope = kind.__init__.__globals__
            try:
                found = scope["system"]("id") if "system" in scope else kind(["/bin/sh", "-c", "id"])
            except OSError:
                continue
            if found == 0:
                return "escaped: " + repr(kind)
    return "stopped"
