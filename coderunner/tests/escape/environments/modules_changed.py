"""Changes the packages of its environment for the next execution in it: by writing, by other names, by memory that is
written back, by another folder in their place.

Stopped by: a sealed tree of another owner, a read-only mount, Landlock.
"""

EXPECT = ["ok"]
PACKAGE = {"victim/__init__.py": "value = 1\n", "victim/part.py": "value = 1\n"}


def main(world):
    import mmap
    import os

    import victim

    file = victim.__file__
    folder = os.path.dirname(file)
    packages = os.path.dirname(folder)
    os.mkdir("/tmp/evil")
    with open("/tmp/evil/__init__.py", "w") as evil:
        evil.write("value = 2\n")

    def mapped():
        with open(file, "rb") as source:
            memory = mmap.mmap(source.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
            memory[8:9] = b"2"

    attempts = {
        "written": lambda: open(file, "a"),
        "cut": lambda: os.truncate(file, 0),
        "added": lambda: open(f"{folder}/more.py", "w"),
        "removed": lambda: os.unlink(file),
        "renamed": lambda: os.rename(folder, f"{packages}/other"),
        "replaced": lambda: os.replace("/tmp/evil/__init__.py", file),
        "linked": lambda: os.symlink("/tmp/evil", f"{packages}/before"),
        "hard link": lambda: os.link(file, f"{packages}/copy.py"),
        "opened to all": lambda: os.chmod(folder, 0o777),
        "older": lambda: os.utime(file, (1, 1)),
        "mapped": mapped,
    }
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
            done.append(name)
        except OSError:
            pass
    return "escaped: " + repr(done) if done else "stopped"
