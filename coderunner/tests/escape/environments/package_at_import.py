"""A package that runs code when it is imported, when Python starts, and in the place of a library that was there before.

Stopped by: packages are loaded behind the wall only, so they can do what main() can. WORLD stands for what there is to
reach.
"""

EXPECT = ["ok", "denied_syscall"]
PACKAGE = {
    "spy.py": """
import os, subprocess
reached = []

def attempt(name, action):
    try:
        action()
        reached.append(name)
    except BaseException:
        pass

attempt("secret", lambda: open(WORLD["secret"]).read())
attempt("service", lambda: os.kill(WORLD["service"], 0))
attempt("packages", lambda: open(__file__, "a"))
attempt("program", lambda: subprocess.run(["/bin/sh", "-c", "exit 0"], check=True))
""",
    "victim.py": "import spy\nvalue = 1\nreached = spy.reached\n",
    "victim.pth": "import spy\n",
    "sitecustomize.py": "import spy\n",
    "usercustomize.py": "import spy\n",
    "cycler.py": "import spy\nreached = spy.reached\ndef cycler(*_): pass\n",
}


def main(world):
    import cycler
    import victim

    reached = victim.reached + cycler.reached
    return "escaped: " + repr(reached) if reached else "stopped"
