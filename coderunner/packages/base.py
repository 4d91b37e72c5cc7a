"""What every environment builds on: this interpreter with the packages that it comes with."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
import sysconfig
from functools import cache

from packaging.utils import canonicalize_name

# The service's own machinery, which is nothing that code should build on.
_HIDDEN = frozenset({"pip", "setuptools", "wheel", "tornado", "pyflakes"})


@cache
def packages() -> dict[str, str]:
    """Version by name of all packages of the interpreter."""
    found: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(canonicalize_name(name), distribution.version)
    return dict(sorted(found.items()))


@cache
def modules() -> frozenset[str]:
    """What can be imported from the top of the interpreter's packages, and from its library."""
    found = set(importlib.metadata.packages_distributions())
    return frozenset(name for name in found | sys.stdlib_module_names if name.isidentifier())


def offered() -> list[dict[str, str]]:
    """The packages that code may count on."""
    return [{"name": name, "version": version} for name, version in packages().items() if name not in _HIDDEN]


def python() -> str:
    """The interpreter's version, for people."""
    return platform.python_version()


def platform_name() -> str:
    """System and machine: linux-x86_64."""
    return sysconfig.get_platform()


@cache
def fingerprint() -> str:
    """Short hash of the interpreter's kind and all its packages: what is built on one base is not used on another."""
    lines = [sys.implementation.cache_tag or "", sysconfig.get_platform()]
    lines += [f"{name}=={version}" for name, version in packages().items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
