"""Installs a package, whose set-up would run code, from the net and from its own disk.

Stopped by: no network, no programs, and folders of packages that cannot be written.
"""

EXPECT = ["ok"]


def main(world):
    import contextlib
    import io
    import os
    import site
    import sys

    os.makedirs("/tmp/evil", exist_ok=True)
    with open("/tmp/evil/setup.py", "w") as file:
        file.write("raise SystemExit('set-up ran')")
    done = []
    try:
        from pip._internal.cli.main import main as pip
    except ImportError:
        pip = None
    for arguments in (["install", "--no-index", "/tmp/evil"], ["install", "--ignore-installed", "requests"]):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                if pip and pip([*arguments, "--disable-pip-version-check", "--retries", "0"]) == 0:
                    done.append(arguments)
            except BaseException:
                pass
    for folder in {*sys.path, *site.getsitepackages()}:
        try:
            open(os.path.join(folder, "evil.pth"), "w").close()
            if not folder.startswith(("/tmp", "/job")):
                done.append(folder)
        except OSError:
            pass
    return "escaped: " + repr(done) if done else "stopped"
