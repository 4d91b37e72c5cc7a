"""Looks through every open descriptor for one that leads out.

Stopped by: all but the result channel are closed before user code.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import stat

    found = []
    for fd in range(3, 4096):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        found.append((fd, stat.S_IFMT(mode)))
    sockets = [fd for fd, kind in found if kind == stat.S_IFSOCK]
    return "stopped" if len(found) == 1 and len(sockets) == 1 else "escaped: " + repr(found)
