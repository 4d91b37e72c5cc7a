"""Puts compiled code into the cache beside the packages of its environment, whose sources nobody compares it with, and has
the interpreter write some itself.

Stopped by: a sealed tree of another owner, a read-only mount, Landlock.
"""

EXPECT = ["ok"]
PACKAGE = {"victim/__init__.py": "value = 1\n", "victim/part.py": "value = 1\n"}


def main(world):
    import importlib.util
    import os
    import py_compile
    import sys

    import victim

    with open("/tmp/evil.py", "w") as file:
        file.write("value = 2\n")
    folder = os.path.dirname(victim.__file__)
    planted = []
    for name in ("__init__.py", "part.py", "new.py"):
        target = importlib.util.cache_from_source(os.path.join(folder, name))
        compiled = py_compile.compile(
            "/tmp/evil.py", cfile="/tmp/evil.pyc", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
        for plant in (
            lambda: py_compile.compile("/tmp/evil.py", cfile=target),
            lambda: os.replace(compiled, target),
            lambda: os.symlink("/tmp/evil.pyc", target + "c"),
            lambda: os.unlink(target),
        ):
            try:
                plant()
                planted.append(target)
            except OSError:
                pass
    sys.dont_write_bytecode = False
    before = sorted(os.listdir(os.path.join(folder, "__pycache__")))
    importlib.import_module("victim.part")
    if sorted(os.listdir(os.path.join(folder, "__pycache__"))) != before:
        planted.append("by the interpreter")
    return "escaped: " + repr(planted) if planted else "stopped"
