"""Going once through what any work does, in a jail that waits. A fork shares its pages with the zygote until it touches
them; what is touched here is not paid for when somebody waits."""

from __future__ import annotations

import ast

from coderunner import policy
from coderunner.runtime import failures, results, signature

_CODE = """
import pandas as pd
def main(n: int = 4) -> dict:
    frame = pd.DataFrame({"k": ["a", "b"] * (n // 2), "x": range(n), "y": [1.5] * n})
    frame["z"] = frame["x"] * frame["y"] + frame.x
    return {"total": float(frame["z"].sum()), "rows": len(frame), "text": f"{frame.shape}"}
"""


def run() -> None:
    """Warm this process. It leaves nothing behind but warm pages."""
    rules = policy.by_name(policy.DEFAULT)
    tree = ast.parse(_CODE, failures.FILE)
    signature.parameters(signature.find_main(tree))
    namespace = rules.globals()
    exec(rules.compile(tree, failures.FILE), namespace)  # noqa: S102 - our own code
    results.to_json(namespace["main"](), "result")
