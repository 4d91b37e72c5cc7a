"""Kills every process there is, by number and by -1.

Stopped by: the pid namespace, in which there is nobody else.
"""

EXPECT = ["ok", "python_error"]


def main(world):
    import os

    hit = []
    for pid in [*range(2, 3000), world["service"]]:
        try:
            os.kill(pid, 9)
            hit.append(pid)
        except OSError:
            pass
    try:
        os.kill(-1, 9)
    except OSError:
        pass
    return "escaped: " + repr(hit) if hit else "stopped"
