"""Temporary folders that name their owner, so that what a killed service left can be told from what is in use."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"coderunner-(\d+)-\w+")


def make() -> str:
    """A new private folder of this process."""
    return tempfile.mkdtemp(prefix=f"coderunner-{os.getpid()}-")


def sweep() -> None:
    """Remove the folders of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("coderunner-*"):
        found = _NAME.fullmatch(folder.name)
        if found and not Path("/proc", found[1]).exists():
            shutil.rmtree(folder, ignore_errors=True)
