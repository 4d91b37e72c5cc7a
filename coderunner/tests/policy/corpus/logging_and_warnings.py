"""Loggers by name, levels, exceptions in logs, warnings."""

import logging
import sys
import warnings

WANT = "done"

log = logging.getLogger(__name__)


def main():
    log.info("rows: %d", 3)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning, stacklevel=1)
    print("to stderr", file=sys.stderr, flush=True)
    print(*["a", "b"], sep="-", end="\n")
    return "done" if len(caught) == 1 else "lost"


if __name__ == "__main__":
    main()
