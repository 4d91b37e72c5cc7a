"""Plants what Python runs by itself when it starts: sitecustomize, usercustomize, and lines in .pth files, in every folder
of its environment and of the interpreter.

Stopped by: a sealed tree of another owner, read-only mounts, Landlock. Besides, no .pth file of an environment is read.
"""

EXPECT = ["ok"]
PACKAGE = {"victim/__init__.py": "value = 1\n", "victim/part.py": "value = 1\n"}


def main(world):
    import os
    import site
    import sys

    import victim

    packages = os.path.dirname(os.path.dirname(victim.__file__))
    planted = []
    for folder in {packages, os.path.dirname(packages), *sys.path, *site.getsitepackages(), site.getusersitepackages()}:
        if folder.startswith(("/tmp", "/job")):
            continue
        for name in ("sitecustomize.py", "usercustomize.py", "evil.pth", "victim.pth", "distutils-precedence.pth"):
            try:
                with open(os.path.join(folder or "/", name), "w") as file:
                    file.write("import os; os._exit(1)\n")
                planted.append(os.path.join(folder, name))
            except OSError:
                pass
    return "escaped: " + repr(planted) if planted else "stopped"
