"""Who jailed code is: nobody. An unprivileged pair of ids in a user namespace of its own, with no capability."""

from __future__ import annotations

import os

from coderunner.sandbox import linux

JAILED_ID = 1000


def map_ids(proc: int, inside: int, outside_uid: int, outside_gid: int) -> None:
    """Name this process's ids in the user namespace that it has just made. Proc is an open /proc."""
    # A process that has changed its ids may not write its own maps until it is dumpable again.
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {outside_uid} 1"),
        ("gid_map", f"{inside} {outside_gid} 1"),
    ):
        fd = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)


def become(owner: int) -> None:
    """Turn into the unprivileged owner for good. Needs CAP_SETUID and CAP_SETGID."""
    os.setgroups([])
    os.setresgid(owner, owner, owner)
    os.setresuid(owner, owner, owner)
