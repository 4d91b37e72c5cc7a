"""Reads files of the machine: accounts, homes, the data folder.

Stopped by: the mount namespace, in which they are not.
"""

EXPECT = ["ok"]


def main(world):
    import os

    found = []
    for path in [
        "/etc/shadow",
        "/root/.ssh",
        "/root/.bashrc",
        "/home",
        "/var",
        "/proc/1/environ",
        "/sys",
        world["secret"],
    ]:
        if os.path.exists(path):
            found.append(path)
    if "root:" in open("/etc/passwd").read():
        found.append("/etc/passwd")
    return "escaped: " + repr(found) if found else "stopped"
