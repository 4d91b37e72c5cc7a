"""Changes the libraries in memory, and what Python does at its start and end, for the next execution.

Stopped by: each execution is a process of its own; the zygote never runs user code.
"""

EXPECT = ["ok"]


def main(world):
    import atexit
    import builtins
    import os
    import sys

    import pandas as pd

    pd.DataFrame.sum = lambda *_, **__: "owned"
    pd.Series.sum = pd.DataFrame.sum
    builtins.len = lambda _: 0
    os.environ["PYTHONSTARTUP"] = os.environ["LD_PRELOAD"] = os.environ["PYTHONPATH"] = "/tmp/evil"
    sys.path.insert(0, "/tmp")
    sys.modules["json"] = None
    sys.addaudithook(lambda *_: None)
    atexit.register(os._exit, 3)
    for name in ("sitecustomize.py", "usercustomize.py"):
        with open("/tmp/" + name, "w") as file:
            file.write("import os; os._exit(1)")
    return "stopped"
