"""Runs `rallykeeper gateway` on a machine whose clock goes at another pace, and is set while it runs.

    python -m tests.chaos.set_gateway CLOCK GATEWAY-ARGUMENTS

CLOCK is a JSON file `[wall_us, shown_us, rate, ahead_us]`, read anew each time: the machine's clock showed
`shown` at `wall` and has gone at `rate` since; somebody has set it `ahead`. Its count since the machine was
switched on goes at the same rate, and nobody sets that.
"""

import json
import sys
from pathlib import Path

from dashboard import gateway_command
from timing.clock import SystemClock
from timing.core.instant import Duration, Instant


class MachineClock(SystemClock):
    """The clock of such a machine."""

    table: Path

    def now(self) -> Instant:
        wall, shown, rate, ahead = json.loads(self.table.read_text(encoding="utf-8"))
        return int(shown + (super().now() - wall) * rate + ahead)

    def elapsed(self) -> Duration:
        return int(super().elapsed() * json.loads(self.table.read_text(encoding="utf-8"))[2])


def main() -> int:
    MachineClock.table = Path(sys.argv[1])
    vars(gateway_command)["SystemClock"] = MachineClock
    return gateway_command.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
