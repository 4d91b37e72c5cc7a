"""`python -m coderunner`: run the service."""

from __future__ import annotations

import sys

from coderunner.server.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
