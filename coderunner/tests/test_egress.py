"""Egress: named hosts through the proxy, and nothing else by any other way."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from coderunner.egress import policy as policies
from coderunner.egress.addresses import public
from coderunner.egress.hosts import BadHost, Host, parse
from service import CANARY, Answer, Service, value

ATTACKS = Path(__file__).parent / "escape" / "attacks"
# The operator lets environments reach this address, and none else that is not public.
ALLOWED, OTHER = "127.0.0.2", "127.0.0.1"


@pytest.mark.parametrize(
    ("entry", "name", "port", "allowed"),
    [
        ("api.example.org", "api.example.org", 443, True),
        ("API.Example.org", "api.example.org", 80, True),
        ("api.example.org", "api.example.org", 5432, False),
        ("api.example.org", "example.org", 443, False),
        ("api.example.org", "evil-api.example.org", 443, False),
        ("*.example.org", "a.b.example.org", 443, True),
        ("*.example.org", "example.org", 443, False),
        ("*.example.org", "evilexample.org", 443, False),
        ("db.example.org:5432", "db.example.org", 5432, True),
        ("db.example.org:5432", "db.example.org", 443, False),
        ("10.1.2.3:8080", "10.1.2.3", 8080, True),
        ("[2001:db8::1]:443", "2001:db8::1", 443, True),
    ],
)
def test_list(entry: str, name: str, port: int, allowed: bool) -> None:
    """What an entry means."""
    assert parse(entry).allows(name, port) is allowed


@pytest.mark.parametrize(
    "entry", ["", "*", "*.", "http://x.org", "a b", "x.org:0", "x.org:99999", "x.org:http", "x/y", "-x.org"]
)
def test_entries_that_are_none(entry: str) -> None:
    """They say what one looks like."""
    with pytest.raises(BadHost, match=r"api\.example\.org|port"):
        parse(entry)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "100.64.0.1",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "64:ff9b:1::1",
        "::7f00:1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Loopback, private, link-local and metadata, however they are written."""
    assert not public(ipaddress.ip_address(address))


def test_addresses_that_are_public() -> None:
    """The rest."""
    for address in ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"):
        assert public(ipaddress.ip_address(address))


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.command} {self.path} {self.headers['Host']} {self.headers.get('Proxy-Connection')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(len(body)).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _server(address: str, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer((address, 0), _Page)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def outlet() -> Iterator[Service]:
    """A service whose operator has opened one address that is not public."""
    with (
        tempfile.TemporaryDirectory(prefix="cr-") as folder,
        Service(Path(folder), ["--egress-network", f"{ALLOWED}/32", "--memory-mib", "512"]) as service,
    ):
        service.wait()
        yield service
    assert "Traceback" not in service.log, service.log


def _go(
    service: Service, code: str, hosts: list[str], args: dict[str, Any] | None = None, policy: str = "isolated"
) -> Answer:
    return service.run(
        code, {k: value(v) for k, v in (args or {}).items()}, policy=policy, more={"egress": hosts}, timeout_seconds=20
    )


def test_allowed_host(outlet: Service) -> None:
    """By the libraries that people use; what passed is counted."""
    code = """
import requests, urllib.request
def main(url):
    return [requests.get(url + "/a?b=c").text, urllib.request.urlopen(url).read().decode(),
            requests.post(url, data=b"x" * 3_000_000).text]
"""
    with _server(ALLOWED) as port:
        answer = _go(outlet, code, [f"{ALLOWED}:{port}"], {"url": f"http://{ALLOWED}:{port}"})
        assert answer.value == [f"GET /a?b=c {ALLOWED}:{port} None", f"GET / {ALLOWED}:{port} None", "3000000"]
        usage = answer.events[-1]["network"]
        assert usage["hosts"][ALLOWED]["sent"] >= 3_000_000
        assert usage["refused"] == {}


def test_encrypted(outlet: Service, tmp_path: Path) -> None:
    """TLS goes from the code to the host itself: the proxy sees nothing of it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={ALLOWED}",
         "-addext", f"subjectAltName=IP:{ALLOWED}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    code = """
import requests
def main(url, certificate):
    open("ca.pem", "w").write(certificate)
    return requests.get(url, verify="ca.pem").text
"""
    with _server(ALLOWED, context) as port:
        arguments = {"url": f"https://{ALLOWED}:{port}/", "certificate": certificate.read_text()}
        assert _go(outlet, code, [f"{ALLOWED}:{port}"], arguments).value.startswith("GET /")


FETCH = """
import requests
def main(url):
    answer = requests.get(url, allow_redirects=False)
    return [answer.status_code, answer.text]
"""


def test_libraries_under_the_language_policy(outlet: Service) -> None:
    """requests works there, too, although sockets are not for use by the code itself."""
    with _server(ALLOWED) as port:
        answer = _go(outlet, FETCH, [f"{ALLOWED}:{port}"], {"url": f"http://{ALLOWED}:{port}"}, "restricted")
        assert answer.value[0] == 200


def test_what_is_not_on_the_list(outlet: Service) -> None:
    """It is refused by name, told in the answer and in the log, and never looked up."""
    with _server(ALLOWED) as port:
        for url in (f"http://{ALLOWED}:{port}/", "http://metadata.invalid/", "http://x.invalid:22/"):
            answer = _go(outlet, FETCH, ["api.example.org"], {"url": url})
            assert answer.value[0] == 403
            assert "not among the hosts" in answer.value[1]
            assert any(level == "warn" and "not among the hosts" in text for level, text in answer.logs)
            assert sum(answer.events[-1]["network"]["refused"].values()) == 1
        tunnel = _go(outlet, FETCH, ["api.example.org"], {"url": f"https://{ALLOWED}:{port}/"})
        assert tunnel.code == "python_error"
        assert "403" in (tunnel.error or {})["message"]
        assert f"{ALLOWED}:{port} is not among the hosts" in (tunnel.error or {})["hint"]


@pytest.mark.parametrize(
    "host", [OTHER, "localhost", "169.254.169.254", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "127.0.0.3"]
)
def test_what_is_not_public(outlet: Service, host: str) -> None:
    """It is refused although it is on the list: a name may resolve to anything."""
    with _server(OTHER) as port:
        answer = _go(outlet, FETCH, [f"{host}:{port}"], {"url": f"http://{host}:{port}/"})
        assert answer.value[0] == 403
        assert "not on the public internet" in answer.value[1] or "cannot be found" in answer.value[1]


def test_nothing_past_the_proxy(outlet: Service) -> None:
    """Not even to the host that the list has: there is no route and no other kind of socket."""
    code = """
import os, socket
def main(port, world):
    tried = {}
    def attempt(name, action):
        try:
            action()
            tried[name] = "escaped"
        except OSError as error:
            tried[name] = type(error).__name__
    attempt("direct", lambda: socket.create_connection(("ALLOWED", port), 2))
    attempt("loopback", lambda: socket.create_connection(("127.0.0.1", port), 2))
    attempt("v6", lambda: socket.create_connection(("::1", port), 2))
    attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    attempt("packet", lambda: socket.socket(17, socket.SOCK_RAW))
    attempt("netlink", lambda: socket.socket(16, socket.SOCK_RAW))
    attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
    attempt("unix", lambda: socket.socket(socket.AF_UNIX))
    attempt("multipath", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))
    attempt("dns", lambda: socket.getaddrinfo("api.example.org", 80))
    attempt("bind", lambda: socket.socket().bind(("127.0.0.1", 9999)))
    attempt("listen", lambda: socket.socket().listen())
    return tried
""".replace("ALLOWED", ALLOWED)
    with _server(ALLOWED) as port:
        answer = _go(outlet, code, [f"{ALLOWED}:{port}"], {"port": port, "world": {}})
        assert "escaped" not in answer.value.values(), answer.value


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"CONNECT\r\n\r\n",
        b"CONNECT :443 HTTP/1.1\r\n\r\n",
        b"CONNECT a:b:c HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://x/ HTTP/1.1\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\n\r\n",
        b"GET http://x:99999/ HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"\x16\x03\x01\x00\xff" + b"\0" * 64,
        b"A" * 100_000,
        b"GET http://x/ HTTP/1.1\r\n" + b"a: b\r\n" * 20_000,
    ],
    ids=range(12),
)
def test_what_is_no_request(outlet: Service, sent: bytes) -> None:
    """The proxy answers or closes, and the next request is served."""
    code = """
import base64, socket
def main(sent):
    with socket.create_connection(("127.0.0.1", 3128), 5) as end:
        try:
            end.sendall(base64.b64decode(sent))
            end.shutdown(socket.SHUT_WR)
            return end.recv(1000).decode("latin-1")
        except OSError:
            return ""
"""
    import base64

    answer = _go(outlet, code, ["x"], {"sent": base64.b64encode(sent).decode()})
    assert answer.value == "" or answer.value.startswith(("HTTP/1.1 403", "HTTP/1.1 502")), answer.value
    assert outlet.run("def main(): return 1").value == 1


# To have a socket at all is what egress gives; where it leads is what the other attacks try.
_GIVEN = {"network_every_family"}
_ATTACKS = sorted(
    path.stem
    for path in ATTACKS.glob("*.py")
    if path.stem.startswith(("network", "raw", "inherited", "signals", "proc", "files")) and path.stem not in _GIVEN
)


@pytest.mark.parametrize("attack", _ATTACKS)
def test_attacks_with_egress(outlet: Service, attack: str) -> None:
    """The hole in the wall is no larger than the proxy: what fails without it fails with it."""
    tcp = socket.create_server((OTHER, 0))
    name = f"coderunner-egress-{attack}"
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0{name}")
    abstract.listen()
    secret = outlet.data / "secret"
    secret.write_text(CANARY)
    assert outlet.process is not None
    world = {
        "secret": str(secret), "port": tcp.getsockname()[1], "abstract": name, "datagrams": name,
        "socket": outlet.socket, "service": outlet.process.pid,
    }  # fmt: skip
    try:
        answer = _go(outlet, (ATTACKS / f"{attack}.py").read_text(), ["api.example.org"], {"world": world})
    finally:
        tcp.close()
        abstract.close()
    told = json.dumps(answer.events)
    assert answer.code != "ok" or "escaped" not in told, told
    assert CANARY not in told


def test_name_servers_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not waited for without end, and nothing else waits with them."""
    over = threading.Event()
    monkeypatch.setattr(policies, "_LOOKUP_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait())

    async def ask() -> None:
        with pytest.raises(policies.Refused, match=r"example.com cannot be found: no name server answers"):
            await policies.Policy((Host("example.com"),)).resolve("example.com", 443)
        assert await asyncio.get_running_loop().run_in_executor(None, lambda: 1) == 1

    try:
        asyncio.run(ask())
    finally:
        over.set()


def test_without_egress_there_is_no_proxy(outlet: Service) -> None:
    """The list of another execution opens nothing for this one."""
    assert outlet.run(FETCH, {"url": value("http://api.example.org/")}, "isolated").code in (
        "python_error",
        "denied_syscall",
    )


def test_bad_list(outlet: Service) -> None:
    """It is refused before anything runs."""
    answer = _go(outlet, "def main(): return 1", ["http://x.org"])
    assert (answer.status, answer.code) == (400, "bad_host")
