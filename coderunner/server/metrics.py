"""Figures for Prometheus, in its text format."""

from __future__ import annotations

from collections import Counter

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """Counts executions."""

    def __init__(self) -> None:
        self.running = 0
        self.waiting = 0
        self._outcomes: Counter[str] = Counter()
        self._denied: Counter[str] = Counter()
        self._buckets = [0] * len(_BUCKETS)
        self._seconds = 0.0

    def ended(self, outcome: str, wall_ms: float, denied: dict[str, int]) -> None:
        """Note one execution's end."""
        seconds = wall_ms / 1000
        self._outcomes[outcome] += 1
        self._denied.update(denied)
        self._seconds += seconds
        for index, bound in enumerate(_BUCKETS):
            if seconds <= bound:
                self._buckets[index] += 1

    def render(self) -> str:
        """All figures as text."""
        total = sum(self._outcomes.values())
        lines = [
            "# HELP coderunner_executions_running Executions running now.",
            "# TYPE coderunner_executions_running gauge",
            f"coderunner_executions_running {self.running}",
            "# HELP coderunner_executions_waiting Executions waiting for a slot.",
            "# TYPE coderunner_executions_waiting gauge",
            f"coderunner_executions_waiting {self.waiting}",
            "# HELP coderunner_executions_total Executions by outcome.",
            "# TYPE coderunner_executions_total counter",
            *(f'coderunner_executions_total{{outcome="{name}"}} {n}' for name, n in sorted(self._outcomes.items())),
            "# HELP coderunner_denied_syscalls_total System calls that the filter stopped.",
            "# TYPE coderunner_denied_syscalls_total counter",
            *(f'coderunner_denied_syscalls_total{{syscall="{name}"}} {n}' for name, n in sorted(self._denied.items())),
            "# HELP coderunner_execution_seconds Wall time of executions.",
            "# TYPE coderunner_execution_seconds histogram",
            *(
                f'coderunner_execution_seconds_bucket{{le="{b:g}"}} {n}'
                for b, n in zip(_BUCKETS, self._buckets, strict=True)
            ),
            f'coderunner_execution_seconds_bucket{{le="+Inf"}} {total}',
            f"coderunner_execution_seconds_sum {self._seconds:.6f}",
            f"coderunner_execution_seconds_count {total}",
        ]
        return "\n".join(lines) + "\n"
