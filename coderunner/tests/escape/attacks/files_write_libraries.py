"""Changes libraries and the interpreter, so that the next execution runs the change.

Stopped by: read-only mounts, other owner, Landlock.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import sysconfig

    import numpy

    written = []
    for folder in [sysconfig.get_path("stdlib"), os.path.dirname(numpy.__file__), "/usr/lib", "/etc", "/", "/lib"]:
        for path in [os.path.join(folder, "planted.py"), os.path.join(folder, "__init__.py")]:
            try:
                with open(path, "a") as file:
                    file.write("planted = 1\n")
                written.append(path)
            except OSError:
                pass
    return "escaped: " + repr(written) if written else "stopped"
