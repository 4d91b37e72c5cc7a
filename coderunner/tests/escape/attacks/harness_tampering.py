"""Replaces the functions of the harness around it, so that they report what it likes.

Stopped by: it can only lie about itself; the service checks the outcome.
"""

EXPECT = ["bad_result", "python_error", "output_limit"]


def main(world):
    import sys

    results = sys.modules["coderunner.runtime.results"]

    def lie(channel, returned, job):
        for number in range(1000):
            channel.send("output", port=f"p{number}", kind="value", json="1")

    results.send = lie
    return None
