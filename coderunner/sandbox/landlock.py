"""Landlock: a second wall around the file tree, which holds even where a mount was made wrongly."""

from __future__ import annotations

import ctypes
import os
import struct

from coderunner.sandbox import linux

_READ = 1 << 2 | 1 << 3  # read a file, list a folder
_EXECUTE = 1 << 0
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_DEVICES = 1 << 6 | 1 << 11  # make a character or block device
_NETWORK = 0b11  # bind and connect TCP
_CONNECT = 0b10
_SCOPES = 0b11  # abstract sockets, signals


def abi() -> int:
    """The version that the kernel has; 0 when it has none."""
    try:
        return linux.syscall("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def restrict(version: int, readable: list[str], writable: list[str], ports: list[int]) -> None:
    """Allow reading below readable, everything but devices below writable, connecting to ports, and nothing else."""
    handled = _ALL_BY_ABI.get(version, _ALL_BY_ABI[5])
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _NETWORK)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    ruleset = linux.syscall("landlock_create_ruleset", ctypes.create_string_buffer(attributes), len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, (_READ | _EXECUTE) & handled)
        for path in writable:
            _allow(ruleset, path, handled & ~_DEVICES & ~_EXECUTE)
        for port in ports if version >= 4 else []:
            rule = struct.pack("=QQ", _CONNECT, port)
            linux.syscall("landlock_add_rule", ruleset, 2, ctypes.create_string_buffer(rule), 0)
        linux.syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", access, fd)
        linux.syscall("landlock_add_rule", ruleset, 1, ctypes.create_string_buffer(rule), 0)
    finally:
        os.close(fd)
