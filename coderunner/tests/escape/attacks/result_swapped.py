"""Returns a table and goes on changing its file while the service takes it out.

Stopped by: files are taken once the whole tree is dead.
"""

EXPECT = ["ok"]


def main(world):
    import glob
    import os
    import threading

    import pandas as pd

    def swap():
        while True:
            for path in glob.glob("/job/.results/*"):
                try:
                    with open(path, "r+b") as file:
                        file.truncate(0)
                        file.write(b"/etc/shadow")
                except OSError:
                    pass

    threading.Thread(target=swap, daemon=True).start()
    return pd.DataFrame({"n": range(1000)})
