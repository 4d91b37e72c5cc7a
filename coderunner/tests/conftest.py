"""Fixtures: one service for all tests that do not need one of their own."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from service import Service


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="cr-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A service with all layers."""
    folder = Path(tempfile.mkdtemp(prefix="cr-"))
    running = Service(folder, ["--memory-mib", "512", "--disk-mib", "64"])
    running.start()
    running.wait()
    yield running
    logged = running.stop()
    shutil.rmtree(folder)
    assert "Traceback" not in logged, logged
