"""A log shows that a replay lives, and is not filled by it."""

import io
from datetime import date

from rich.console import Console

from services.console.replay.progress import Lines

FIRST, SECOND = date(2023, 5, 15), date(2023, 5, 16)


def test_days_and_long_days_get_lines_but_not_too_many() -> None:
    out, now = io.StringIO(), [100.0]
    lines = Lines(Console(file=out, width=200), steps=2_000, done=10, clock=lambda: now[0])
    lines.step(5)
    lines.day(FIRST)
    now[0] += 4.9
    lines.step(1_000)
    lines.day(SECOND)
    now[0] += 0.2
    lines.step(1)
    now[0] += 5
    lines.day(SECOND)
    assert out.getvalue().splitlines() == [
        "Mon 15 May 2023: 15 of 2,000 steps, 0 s",
        "Tue 16 May 2023: 1,016 of 2,000 steps, 5 s",
        "Tue 16 May 2023: 1,016 of 2,000 steps, 10 s",
    ]
