"""Waits for connections from outside.

Stopped by: seccomp (no socket).
"""

EXPECT = ["denied_syscall"]


def main(world):
    import http.server

    http.server.HTTPServer(("0.0.0.0", 0), http.server.BaseHTTPRequestHandler)
    return "escaped: listening"
