"""Opens its descriptors anew by their paths, to get rights that they were not given with.

Stopped by: there is no /proc, so a descriptor has no path.
"""

EXPECT = ["ok"]


def main(world):
    import os

    opened = []
    for pattern in ("/proc/self/fd/{}", "/dev/fd/{}", "/proc/thread-self/fd/{}", "/proc/1/fd/{}"):
        for fd in range(64):
            try:
                os.close(os.open(pattern.format(fd), os.O_RDWR))
                opened.append(fd)
            except OSError:
                pass
    for path in ("/dev/stdin", "/dev/stdout", "/proc/self/exe", "/proc/self/root", "/proc/self/cwd"):
        if os.path.lexists(path):
            opened.append(path)
    return "escaped: " + repr(opened) if opened else "stopped"
