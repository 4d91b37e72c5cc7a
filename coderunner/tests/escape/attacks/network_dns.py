"""Resolves a name.

Stopped by: seccomp (no socket) and a file tree without name servers.
"""

EXPECT = ["denied_syscall", "python_error"]


def main(world):
    import socket

    return "escaped: " + repr(socket.getaddrinfo("example.org", 443))
