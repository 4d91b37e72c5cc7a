"""Loads a page by urllib, and a file of the machine by the same way.

Stopped by: seccomp (no socket), and the mount namespace.
"""

EXPECT = ["python_error", "denied_syscall"]


def main(world):
    import urllib.error
    import urllib.request

    try:
        return "escaped: " + urllib.request.urlopen("file://" + world["secret"]).read().decode()
    except urllib.error.URLError:
        pass
    return "escaped: " + urllib.request.urlopen(f"http://127.0.0.1:{world['port']}/", timeout=1).read().decode()
