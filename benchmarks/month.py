"""The whole month, lived by the command that anybody would use."""

import asyncio
import resource
import subprocess
import sys
import time

from benchmarks.rows import Row, bound_row

_GOAL_SECONDS = 180


async def measure() -> list[Row]:
    """Wall time from nothing to the verdict. Raises `subprocess.CalledProcessError` for a wrong figure."""
    before = _processor_seconds()
    began = time.monotonic()
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.console.main", "month"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.monotonic() - began
    behind = f"{_processor_seconds() - before:.0f} s of processor, all parts together"
    return [bound_row("the month, start and stop included", seconds, "s", behind, at_most=_GOAL_SECONDS)]


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
