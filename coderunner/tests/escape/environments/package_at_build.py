"""A package that has to be built, and whose build runs code: programs, too, and one that stays behind.

Stopped by: builds run in the jail as nobody, with no way out but to the package index, and end with all that they
started. Nothing of them is kept but the packages. WORLD stands for what there is to reach.
"""

EXPECT = ["ok"]
BACKEND = """
import os, socket, subprocess, time, zipfile
reached = []

def attempt(name, action):
    try:
        action()
        reached.append(name)
    except BaseException:
        pass

def unix(path):
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(path)

attempt("secret", lambda: open(WORLD["secret"]).read())
attempt("secret by a program", lambda: subprocess.run(["/bin/cat", WORLD["secret"]], check=True))
attempt("network", lambda: socket.create_connection(("127.0.0.1", WORLD["port"]), 1))
attempt("metadata", lambda: socket.create_connection(("169.254.169.254", 80), 1))
attempt("socket", lambda: unix(WORLD["socket"]))
attempt("abstract socket", lambda: unix(chr(0) + WORLD["abstract"]))
attempt("service", lambda: os.kill(WORLD["service"], 0))
attempt("libraries", lambda: open(os.path.join(os.path.dirname(os.__file__), "planted.py"), "w"))
attempt("site packages", lambda: open(os.path.join(os.path.dirname(zipfile.__file__), "site-packages", "evil.pth"), "w"))

def build_wheel(folder, *_):
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 64)
        time.sleep(3600)
    name, info = "built-1-py3-none-any.whl", "built-1.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("victim.py", f"value = 1\\nreached = {reached!r}\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "victim.py,,\\n")
    return name
"""


def main(world):
    import victim

    return "escaped: " + repr(victim.reached) if victim.reached else "stopped"
