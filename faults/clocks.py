"""Clocks that are wrong: both of the product's, in one process."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch


def skew(argument: str) -> None:
    """`<seconds>` ahead, or behind with a minus; with `@<seconds>` it steps there so long after the start."""
    seconds, _, after = argument.partition("@")
    steps_at = time.monotonic() + float(after or 0)
    from shared import clock

    for kind in (clock.SystemClock, clock.SimulatedClock):
        now: Callable[[Any], datetime] = kind.now

        def wrong(self: Any, now: Callable[[Any], datetime] = now) -> datetime:
            off = timedelta(seconds=float(seconds)) if time.monotonic() >= steps_at else timedelta()
            return now(self) + off

        patch.object(kind, "now", wrong).start()
