"""Types into the terminal that the server was started from.

Stopped by: a session without a terminal; seccomp allows no such ioctl.
"""

EXPECT = ["python_error", "ok"]


def main(world):
    import fcntl

    for fd in range(3):
        try:
            fcntl.ioctl(fd, 0x5412, b"x")
            return "escaped: typed"
        except OSError:
            pass
    return "stopped"
