"""Variables and secrets of an execution: given on request, and shown in no log and no error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from service import Service

SECRET = 's3cr3t/Pa"ss word+é'
KEY = "-----BEGIN KEY-----\nMIIabcdefgh\nijklmnopqr==\n-----END KEY-----\n"


def test_variables_are_those_of_the_request(service: Service) -> None:
    """And of no other execution."""
    code = "import os\ndef main(): return [os.environ.get('MODE'), os.environ.get('TOKEN'), len(os.environ['TOKEN'])]"
    more = {"env": {"MODE": "test"}, "secrets": {"TOKEN": SECRET}}
    assert service.run(code, more=more).value == ["test", SECRET, len(SECRET)]
    code = "import os\ndef main(): return [name in os.environ for name in ('MODE', 'TOKEN')]"
    assert service.run(code).value == [False, False]


@pytest.mark.parametrize(
    "statement",
    [
        "print(t)",
        "print('a', t, 'b', end='')",
        "print(repr(t))",
        "import json; print(json.dumps({'t': t}))",
        "import json; print(json.dumps({'t': t}, ensure_ascii=False))",
        "from urllib.parse import quote; print('https://x?t=' + quote(t, safe=''))",
        "print('x' * 8185 + t)",
        "print('x' * 8185, end=''); print(t)",
        "print(('x' * 9000 + t) * 3)",
        "import sys; sys.stderr.write(t + '\\n')",
        "import logging; logging.error('cannot log in with %s', t)",
        "import warnings; warnings.warn(t)",
        "raise ValueError('no such user ' + t)",
        "assert False, t",
        "try:\n        raise KeyError(t)\n    except KeyError as e:\n        raise RuntimeError('outer') from e",
        "return {t: {1, 2}}",
        "print(os.environ)",
    ],
)
def test_secrets_are_not_shown(statement: str, service: Service) -> None:
    """Neither in logs, nor in messages, nor in tracebacks."""
    code = f"import os\ndef main():\n    t = os.environ['TOKEN']\n    {statement}\n"
    answer = service.run(code, more={"secrets": {"TOKEN": SECRET}})
    told = json.dumps(answer.events, ensure_ascii=False)
    assert "***" in told
    for form in ("s3cr3t", "ss word", "ss%20word"):
        assert form not in told


@pytest.mark.parametrize(
    "statement",
    [
        "os.write(1, t)",
        "os.write(2, b'x' * 8190 + t)",
        "os.write(1, b'x' * 8190); os.write(1, t)",
        "os.write(1, t + b'\\n')",
    ],
)
def test_secrets_written_past_python_are_not_shown(statement: str, service: Service) -> None:
    """The service looks, too."""
    code = f"import os\ndef main():\n    t = os.environ['TOKEN'].encode()\n    {statement}\n"
    told = json.dumps(
        service.run(code, policy="isolated", more={"secrets": {"TOKEN": SECRET}}).events, ensure_ascii=False
    )
    assert "***" in told
    assert "s3cr3t" not in told
    assert "ss word" not in told


def test_each_line_of_a_secret_is_hidden(service: Service) -> None:
    """A key in several lines is printed line by line."""
    code = "import os\ndef main():\n    for line in os.environ['KEY'].splitlines(): print(line)"
    answer = service.run(code, more={"secrets": {"KEY": KEY}})
    assert [text for _, text in answer.logs] == ["***"] * 4


def test_a_secret_may_be_returned(service: Service) -> None:
    """What main() returns is data: where that goes is for the flow to say."""
    code = "import os\ndef main(): return os.environ['TOKEN']"
    assert service.run(code, more={"secrets": {"TOKEN": "abc"}}).value == "abc"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"env": []}, "env must be an object"),
        ({"env": {"a b": "x"}}, "'a b'"),
        ({"env": {"A": 1}}, "env.A"),
        ({"secrets": {"A": "hid\0den"}}, "secrets.A"),
        ({"secrets": {"A": ["hidden"]}}, "secrets.A"),
        ({"env": {"A": "1"}, "secrets": {"A": "hidden"}}, "'A'"),
        ({"policy": "none"}, "isolated, restricted"),
        ({"environment": "/usr"}, "environment"),
        ({"environment": 3}, "environment"),
    ],
)
def test_bad_fields(more: dict[str, Any], word: str, service: Service) -> None:
    """Each names what to change, and never shows a secret."""
    answer = service.run("def main(): pass", more=more)
    assert answer.status == 400
    assert word in answer.events[0]["message"]
    assert "hid" not in answer.events[0]["message"].replace("hidden by", "")
