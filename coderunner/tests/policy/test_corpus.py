"""Ordinary data scripts: each says what it returns, runs under both policies, and nothing in it is refused."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from service import Service

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.py"))


def _wanted(source: str) -> Any:
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "WANT":
            return ast.literal_eval(statement.value)
    raise AssertionError("the script does not say what it returns")


@pytest.mark.parametrize("policy", ["restricted", "isolated"])
@pytest.mark.parametrize("script", CORPUS, ids=lambda path: path.stem)
def test_ordinary_script_runs(script: Path, policy: str, service: Service) -> None:
    """It returns what it should, whatever the policy."""
    source = script.read_text()
    assert service.run(source, policy=policy).value == _wanted(source)


@pytest.mark.parametrize("script", CORPUS, ids=lambda path: path.stem)
def test_ordinary_script_can_be_saved(script: Path, service: Service) -> None:
    """The editor has nothing to refuse."""
    findings = service.inspect(script.read_text())["findings"]
    assert [f for f in findings if f["severity"] == "error"] == []
