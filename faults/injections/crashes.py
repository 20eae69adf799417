"""T02: processes end at the places where it hurts most: between a step and the one that makes it safe."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.plans import Crash
from faults.processes import Name
from faults.trial import Fault, Injected, Scale

_WRITERS = ("intake", "processing")
_LATEST_PASS = 12
_LOOK_SECONDS = 0.2
# To start anew and to get to the point again, with everybody else doing the same.
_SECONDS_A_CRASH = 15.0

_POINTS = ("before-commit", "after-commit", "after-produce", "inside-effect", "after-effect")


def crash_at(*points: str) -> Callable[[Installation, Scale], Awaitable[Injected]]:
    """Crashes at these points, all mixed, as many at each as the scale says."""

    async def inject(made: Installation, scale: Scale) -> Injected:
        return await _crash(made, _plans(made, points, scale.crashes))

    return inject


async def _crash(made: Installation, plans: Mapping[Name, list[Crash]]) -> Injected:
    already = sum(made.processes.plan_file(name).crashed() for name in plans)
    for name, crashes in plans.items():
        made.processes.plan_crashes(name, crashes)
    planned = sum(map(len, plans.values()))
    deadline = time.monotonic() + _SECONDS_A_CRASH * max(map(len, plans.values()))
    crashed = 0
    while crashed < planned and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_SECONDS)
        crashed = sum(made.processes.plan_file(name).crashed() for name in plans) - already
    missing = [Finding("T02", Harm.OTHER, f"{crashed} of {planned} crashes happened")]
    return Injected(crashed, missing if crashed < planned else ())


def _plans(made: Installation, points: Sequence[str], times: int) -> Mapping[Name, list[Crash]]:
    """Each point so many times, shared out among the processes that pass it, in an order of chance."""
    random = Random(made.seed)
    plans: dict[Name, list[Crash]] = defaultdict(list)
    for point in points:
        passing = _passing(made, point)
        for turn in range(times):
            crash = Crash(point, random.randint(1, _LATEST_PASS))
            plans[passing[turn % len(passing)]].append(crash)
    for crashes in plans.values():
        random.shuffle(crashes)
    return plans


def _passing(made: Installation, point: str) -> list[Name]:
    """Whose code has the point."""
    processes = made.processes
    if point in {"before-commit", "after-commit"}:
        return [name for service in _WRITERS for name in processes.of("api", service)]
    if point == "after-produce":
        return [name for service in _WRITERS for name in processes.of("worker", service)]
    return list(processes.of("worker"))


CRASHES = Fault("T02", "crash points", crash_at(*_POINTS))
