"""Holds the folder of its environment open, opens files in it again by their descriptors, and goes up from there to the
environments of others.

Stopped by: a read-only mount that descriptors belong to as well, a root that .. does not lead out of, Landlock.
"""

EXPECT = ["ok"]
PACKAGE = {"victim/__init__.py": "value = 1\n", "victim/part.py": "value = 1\n"}


def main(world):
    import os

    import victim

    folder = os.open(os.path.dirname(os.path.dirname(victim.__file__)), os.O_RDONLY | os.O_DIRECTORY)
    file = os.open("victim/part.py", os.O_RDONLY, dir_fd=folder)
    reached = []
    for name, attempt in {
        "by the folder": lambda: os.open("victim/part.py", os.O_WRONLY, dir_fd=folder),
        "a new file": lambda: os.open("evil.py", os.O_WRONLY | os.O_CREAT, dir_fd=folder),
        "opened again": lambda: os.open(f"/proc/self/fd/{file}", os.O_RDWR),
        "cut": lambda: os.truncate(file, 0),
        "opened to all": lambda: os.fchmod(folder, 0o777),
    }.items():
        try:
            attempt()
            reached.append(name)
        except OSError:
            pass
    # Beside the packages lies what runs main(), and nothing else.
    above = os.listdir(os.open("..", os.O_RDONLY, dir_fd=folder))
    reached += [name for name in above if name not in ("packages", "service")]
    try:
        os.open("../../../.." + world["secret"], os.O_RDONLY, dir_fd=folder)
        reached.append("the secret")
    except OSError:
        pass
    return "escaped: " + repr(reached) if reached else "stopped"
