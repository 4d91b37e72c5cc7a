"""Where packages come from: the operator's own pip configuration, made usable in the jail."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from coderunner.egress.hosts import Host
from coderunner.sandbox.door import HOST, PORT
from coderunner.sandbox.root import WORKSPACE

_LINE = re.compile(r"(?P<section>[^.]+|:env:)\.(?P<key>[a-z0-9-]+)=(?P<value>'.*'|\".*\")")
_SECTIONS = ("global", "download", "install", ":env:")  # the later one wins, as in pip
_PASSED = ("index-url", "extra-index-url", "trusted-host", "no-index", "timeout", "default-timeout", "retries")
_FILES = {"cert": "ca.pem", "client-cert": "client.pem"}
_ASK_SECONDS = 60.0
# pip's own default: its index, and where that keeps the files.
_DEFAULT = "from pip._internal.models.index import PyPI as p; print(p.simple_url); print(p.file_storage_domain)"


class Unreadable(Exception):
    """pip did not tell its configuration."""


@dataclass(frozen=True)
class Index:
    """The configuration as the builder needs it."""

    environment: dict[str, str] = field(default_factory=dict)
    hosts: tuple[Host, ...] = ()
    folders: dict[str, str] = field(default_factory=dict)  # of the machine, by their names in the jail
    files: dict[str, str] = field(default_factory=dict)  # to copy into the workspace, by name there

    def prepare(self, workspace: str) -> None:
        """Put the files that pip is to read into the workspace."""
        for name, path in self.files.items():
            shutil.copyfile(path, os.path.join(workspace, name))


async def load(more_hosts: tuple[Host, ...] = ()) -> Index:
    """Ask pip for its configuration. More hosts are those that an index sends to for its files."""
    settings: dict[str, str] = {}
    by_section: dict[str, dict[str, str]] = {name: {} for name in _SECTIONS}
    for line in (await _ask("-m", "pip", "config", "list")).splitlines():
        found = _LINE.fullmatch(line.strip())
        if found and found["section"] in by_section:
            by_section[found["section"]][found["key"]] = str(ast.literal_eval(found["value"]))
    for name in _SECTIONS:
        settings |= by_section[name]
    default, storage = (await _ask("-c", _DEFAULT)).split()
    urls = [settings.get("index-url", default), *settings.get("extra-index-url", "").split()]
    links = settings.get("find-links", "").split()
    local = [os.path.realpath(link) for link in links if "://" not in link and os.path.isdir(link)]
    folders = {f"/packages/{number}": path for number, path in enumerate(local)}
    hosts = [] if settings.get("no-index") in ("1", "true", "yes") else [_host(url) for url in urls]
    hosts += [_host(link) for link in links if "://" in link]
    if default in urls:
        hosts.append(Host(storage))
    files = {name: settings[key] for key, name in _FILES.items() if settings.get(key) and os.path.isfile(settings[key])}
    environment = {_variable(key): settings[key] for key in _PASSED if key in settings}
    environment |= {_variable(key): f"{WORKSPACE}/{name}" for key, name in _FILES.items() if name in files}
    environment["PIP_FIND_LINKS"] = " ".join([*(link for link in links if "://" in link), *folders])
    proxy = f"http://{HOST}:{PORT}"
    environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy)
    return Index(environment, (*hosts, *more_hosts), folders, files)


def _variable(key: str) -> str:
    return "PIP_" + key.upper().replace("-", "_")


def _host(url: str) -> Host:
    parts = urlsplit(url)
    port = parts.port or {"http": 80}.get(parts.scheme, 443)
    return Host((parts.hostname or "").lower(), port=port)


async def _ask(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), _ASK_SECONDS)
    except asyncio.TimeoutError:
        process.kill()
        raise Unreadable("pip does not answer") from None
    if process.returncode:
        last = err.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it failed"]
        raise Unreadable(f"pip cannot be asked for its configuration: {last[0][:300]}")
    return out.decode("utf-8", "replace")
