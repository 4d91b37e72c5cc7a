"""Loads a pickle that starts a program when it is read, by pandas and by itself.

Stopped by: a pickle can do no more than code: seccomp (no execve). The service itself unpickles nothing.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import pickle

    import pandas as pd

    class Evil:
        def __reduce__(self):
            return (os.execv, ("/bin/sh", ["sh", "-c", "id"]))

    with open("/job/evil.pkl", "wb") as file:
        pickle.dump(Evil(), file)
    for load in (lambda: pd.read_pickle("/job/evil.pkl"), lambda: pickle.load(open("/job/evil.pkl", "rb"))):
        try:
            load()
            return "escaped: executed"
        except OSError:
            pass
    return "stopped"
