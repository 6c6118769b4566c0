"""The `rallykeeper` command: a small computer at a stage end loads no more than its gateway needs.

Everything else is in serve.py, whose imports (the web, the documents, the whole service) take three times the
memory of a gateway.
"""

import importlib
import sys

#: What runs on small machines: its own module alone is loaded.
_SMALL = {"gateway": "dashboard.gateway_command"}


def main() -> None:
    """Run the command line: exit status 0 fine, 1 something is wrong, 2 misused."""
    given = sys.argv[1:]
    if not given or given[0] not in _SMALL:
        importlib.import_module("dashboard.serve").main(given)
        return
    try:
        sys.exit(importlib.import_module(_SMALL[given[0]]).main(given[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
