"""The kernel's calls that Python does not wrap, made directly, each failing with an OSError that names it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from coderunner.sandbox.syscalls import NUMBERS

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
# NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off, NO_CAP_AMBIENT_RAISE, and the lock of each.
SECBITS_LOCKED = 0b11101111

CAP_SYS_ADMIN = 21

_AT_RECURSIVE = 0x8000
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_CAPABILITY_VERSION_3 = 0x20080522
_NO_ARGUMENTS = (0,) * 6

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
# Everything goes as a long, pointers, too: converting by hand what few calls need is faster than for all by type.
_syscall.argtypes = (ctypes.c_long,) * 7
_raw_fork = ctypes.PyDLL(None).fork


def syscall(name: str, *args: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make the named call; integers go as longs, bytes as pointers."""
    kept = [ctypes.create_string_buffer(a) if isinstance(a, bytes) else a for a in args]
    longs = [a if isinstance(a, int) else ctypes.addressof(a) if a is not None else 0 for a in kept]
    result: int = _syscall(NUMBERS[name], *longs, *_NO_ARGUMENTS[len(longs) :])
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by flags for new ones."""
    syscall("unshare", flags)


def setns(fd: int, flags: int) -> None:
    """Enter the namespace that fd refers to."""
    syscall("setns", fd, flags)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount, bind or remount."""
    syscall(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        flags,
        options.encode() if options else None,
    )


def bind_read_only(source: str, target: str) -> None:
    """Bind a file or folder so that it can be read and nothing else."""
    mount(source, target, None, MS_BIND | MS_REC)
    attributes = struct.pack("=QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    syscall(
        "mount_setattr", -100, target.encode(), _AT_RECURSIVE, ctypes.create_string_buffer(attributes), len(attributes)
    )


def enter_root(path: str) -> None:
    """Make path the root of this mount namespace and let go of the old one."""
    os.chdir(path)
    syscall("pivot_root", b".", b".")
    syscall("umount2", b".", MNT_DETACH)
    os.chdir("/")


def fork() -> int:
    """Fork a process of one thread. os.fork() lets every library put itself right in the child, which touches hundreds
    of pages; a process of one thread that holds no lock has nothing to put right but what it does itself."""
    pid: int = _raw_fork()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "fork failed")
    return pid


def prctl(option: int, *args: int) -> int:
    """Call prctl with its unused arguments zero, as it wants them."""
    return syscall("prctl", option, *(args + (0,) * (4 - len(args))))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent goes."""
    prctl(PR_SET_PDEATHSIG, 9)


def capabilities() -> int:
    """The effective capabilities as a bit set."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    data = ctypes.create_string_buffer(24)
    syscall("capget", header, data)
    low, _, _, high, _, _ = struct.unpack("=6I", data.raw[:24])
    return int(low | high << 32)


def has_capability(number: int) -> bool:
    """Whether one capability is in effect."""
    return bool(capabilities() >> number & 1)


def drop_capabilities() -> None:
    """Give up every capability for ever: effective, permitted, inheritable, ambient and bounding."""
    call, number = NUMBERS["prctl"], 0
    while _syscall(call, PR_CAPBSET_DROP, number, 0, 0, 0, 0) == 0:
        number += 1
    code = ctypes.get_errno()
    if code != 22:  # one past the last that this kernel knows
        raise OSError(code, f"prctl: {os.strerror(code)}")
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    prctl(PR_SET_SECUREBITS, SECBITS_LOCKED)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    syscall("capset", header, ctypes.create_string_buffer(24))


def open_plain(path: str) -> int:
    """Open an existing regular file for reading, refusing a symbolic link anywhere in its path."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    how = struct.pack("=QQQ", flags, 0, _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    return syscall("openat2", -100, path.encode(), ctypes.create_string_buffer(how), len(how))


def close_all_except(keep: Iterable[int]) -> None:
    """Close every descriptor that is not in keep."""
    low = 0
    for fd in sorted(set(keep)):
        if fd > low:
            syscall("close_range", low, fd - 1, 0)
        low = fd + 1
    syscall("close_range", low, 0x7FFFFFFF, 0)
