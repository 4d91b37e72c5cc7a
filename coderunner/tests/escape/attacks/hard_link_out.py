"""Makes a hard link to a file outside of its disk and returns it.

Stopped by: another file system, read-only, of another owner.
"""

EXPECT = ["ok"]


def main(world):
    import os
    import sysconfig

    linked = []
    for source in ("/etc/passwd", world["secret"], sysconfig.get_path("stdlib") + "/os.py", "/dev/null"):
        try:
            os.link(source, "/job/out/link")
            linked.append(source)
            os.unlink("/job/out/link")
        except OSError:
            pass
    return "escaped: " + repr(linked) if linked else "stopped"
