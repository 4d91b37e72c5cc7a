"""The memory of a process tree by looking, for machines where no control group can be made."""

from __future__ import annotations

from pathlib import Path


def tree_bytes(root: int, inherited: int) -> int:
    """What the processes below and with root have of their own. Inherited is what each shares with the zygote."""
    total = 0
    below = [root]
    while below:
        pid = below.pop()
        total += max(0, own_bytes(pid) - inherited)
        below.extend(_children(pid))
    return total


def own_bytes(pid: int) -> int:
    """Resident memory of one process that no file backs; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = 0
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in ("RssAnon", "RssShmem"):
            found += int(rest.split()[0]) << 10
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children.extend(int(child) for child in path.read_text().split())
        except OSError:
            continue  # the thread has ended
    return children
