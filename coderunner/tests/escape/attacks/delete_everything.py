"""Deletes every file that it can reach.

Stopped by: all but its own disk is read-only; the next execution has a new one.
"""

EXPECT = ["ok", "python_error", "bad_result"]


def main(world):
    import os
    import shutil

    for folder in ("/usr", "/usr/lib", "/lib", "/etc", "/dev", os.path.dirname(os.__file__), "/"):
        for entry in list(os.scandir(folder))[:100]:
            try:
                os.rmdir(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
            except OSError:
                pass
    for folder in ("/job", "/tmp"):
        shutil.rmtree(folder, ignore_errors=True)
    return "stopped" if os.path.exists(os.__file__) and os.path.exists("/etc/passwd") else "escaped: deleted"
