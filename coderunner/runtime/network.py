"""Telling libraries of the proxy, where the environment may reach some hosts."""

from __future__ import annotations

import os

from coderunner.sandbox.door import HOST, PORT

_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def use_proxy() -> None:
    """Set what HTTP libraries look at: the proxy, and the machine's certificates."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = f"http://{HOST}:{PORT}"
    if os.path.exists(_BUNDLE):
        os.environ.update({"SSL_CERT_FILE": _BUNDLE, "REQUESTS_CA_BUNDLE": _BUNDLE})
