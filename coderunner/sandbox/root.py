"""The file tree that jailed code sees: interpreter and libraries read-only, a few devices, an empty /job and /tmp."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from coderunner.sandbox import linux
from coderunner.sandbox.outfit import Outfit

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/fonts")
# Public certificates, for those that may speak to the outside through the proxy.
_CERTIFICATES = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ETC = {
    "passwd": "sandbox:x:1000:1000:sandbox:/job:/usr/sbin/nologin\n",
    "group": "sandbox:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}

# Where the packages of an environment and the sources of this service are in the tree of such an environment.
PACKAGES = "/environment/packages"
SERVICE = "/environment/service"
# Where an environment is built, and where the builder finds the wheels that its tenant uploaded.
WORKSPACE = "/build"
WHEELS = "/wheels"

READABLE = ["/"]
_WRITABLE = ["/job", "/tmp", "/dev"]


def writable(outfit: Outfit) -> list[str]:
    """Where jailed code may write."""
    return [*_WRITABLE, WORKSPACE] if outfit.workspace else _WRITABLE


def build(root: str, outfit: Outfit) -> None:
    """Lay the tree out at root, an existing folder, in the caller's own mount namespace."""
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("root", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    for folder in ("job", "tmp", "etc", "dev"):
        os.mkdir(f"{root}/{folder}")
    for name, text in _ETC.items():
        Path(root, "etc", name).write_text(text)
    for name in _DEVICES:
        Path(root, "dev", name).touch()
        linux.mount(f"/dev/{name}", f"{root}/dev/{name}", None, linux.MS_BIND)
    os.symlink("/tmp", f"{root}/dev/shm")
    certificates = _CERTIFICATES if outfit.egress else ()
    for path in (*_SYSTEM, *certificates, *interpreter_paths()):
        _show(root, path, path)
    for name, path in outfit.show:
        _show(root, path, name)
    # Under names of our own: the machine's could lie below /tmp, which is the execution's here. The cells of an
    # environment import late, so they need this service's sources, too.
    if outfit.packages:
        _show(root, outfit.packages, PACKAGES)
    if outfit.late:
        _show(root, own_package(), f"{SERVICE}/coderunner")
    if outfit.workspace:
        os.mkdir(f"{root}{WORKSPACE}")
        linux.mount(outfit.workspace, f"{root}{WORKSPACE}", None, linux.MS_BIND)
        safe = linux.MS_NOSUID | linux.MS_NODEV | (0 if outfit.programs else linux.MS_NOEXEC)
        linux.mount("none", f"{root}{WORKSPACE}", None, linux.MS_REMOUNT | linux.MS_BIND | safe)
    linux.mount(
        "none", root, None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    )


def own_package() -> str:
    """The folder of this package."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@functools.cache
def interpreter_paths() -> list[str]:
    """Where this interpreter's own modules, its libraries and the environment's packages are."""
    wanted = {os.path.join(prefix, "lib") for prefix in (sys.base_prefix, sys.prefix, sys.exec_prefix)}
    wanted |= {os.path.join(prefix, "lib64") for prefix in (sys.base_prefix, sys.prefix)}
    for entry in sys.path:
        if os.path.basename(entry) in ("site-packages", "dist-packages", "lib-dynload"):
            wanted.add(entry)
    covered = [os.path.join(p, "") for p in _SYSTEM]
    kept: list[str] = []
    for path in sorted(wanted):
        inside = any(os.path.join(path, "").startswith(c) for c in covered)
        if not inside and os.path.isdir(path):
            kept.append(path)
            covered.append(os.path.join(path, ""))
    return kept


def _show(root: str, path: str, name: str) -> None:
    """Make a folder or file of the machine visible under that name, as a symbolic link where the system has one."""
    target = root + name
    if os.path.lexists(target) or not os.path.exists(path):
        return
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if os.path.islink(path) and os.path.dirname(path) == "/":
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.mkdir(target)
    else:
        Path(target).touch()
    linux.bind_read_only(os.path.realpath(path), target)


def enter(root: str, disk_mib: int, owner: int) -> None:
    """Give this process its own disk in memory at /job and /tmp and make root its root. The caller has its own mount
    namespace; owner is who may write."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    options = f"size={disk_mib}m,nr_inodes=16384,mode=700,uid={owner},gid={owner}"
    linux.mount("job", f"{root}/job", "tmpfs", flags, options)
    for name in ("in", "out", "tmp"):
        os.mkdir(f"{root}/job/{name}", 0o700)
        os.chown(f"{root}/job/{name}", owner, owner)
    # A virtual environment that lies below the machine's /tmp must not vanish behind the execution's own.
    for path in interpreter_paths():
        if path.startswith("/tmp/"):
            place = Path(f"{root}/job{path}")
            for folder in (*reversed(place.parents), place):
                if not folder.exists():
                    folder.mkdir()
                    folder.chmod(0o755)
            linux.bind_read_only(root + path, str(place))
    linux.mount(f"{root}/job/tmp", f"{root}/tmp", None, linux.MS_BIND | linux.MS_REC)
