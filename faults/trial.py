"""One fault, from the load that it hits to the invariants that must hold afterwards."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.invariants.all import check_all
from faults.rest import at_rest

_WARM_UP_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0
# Business time runs faster than the clock on the wall, so that days end and timers come due under load.
_TICK_SECONDS = 2.0
_TICK = timedelta(hours=2)
# The longest that anything waits for the window of an undo.
_LAST_TIMERS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    copies: int
    """Processes of each kind for each service."""
    kills: int
    """Random kills, and other faults that are repeated."""
    crashes: int
    """At each crash point."""
    seconds: float
    """How long what lasts is let last."""
    haste: float
    """By how much pauses between repeated faults are shorter than in real life."""


FULL = Scale(copies=2, kills=100, crashes=50, seconds=60, haste=1)
SHORT = Scale(copies=1, kills=5, crashes=5, seconds=5, haste=5)


@dataclass(frozen=True, slots=True)
class Injected:
    """What was done, and what was found wrong while it was."""

    times: int
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure."""

    name: str
    title: str
    inject: Callable[[Installation, Scale], Awaitable[Injected]]


@dataclass(frozen=True, slots=True)
class Row:
    """What came of it."""

    name: str
    title: str
    injections: int
    operations: int
    recovery_seconds: float
    """From the end of the last injection until everything acknowledged had taken effect everywhere."""
    seconds: float
    findings: Sequence[Finding] = field(default=())

    def count(self, harm: Harm) -> int:
        """Findings of a kind."""
        return sum(finding.harm is harm for finding in self.findings)


async def trial(fault: Fault, made: Installation, scale: Scale) -> Row:
    """Hit the system under load, let it come to rest, and look."""
    began = time.monotonic()
    before = len(made.journal.calls)
    async with _time_passing(made), made.load.running():
        await asyncio.sleep(_WARM_UP_SECONDS)
        injected = await fault.inject(made, scale)
        ended = time.monotonic()
        await made.all_ready()
    made.pass_time(_LAST_TIMERS)
    findings = list(injected.findings)
    if not await at_rest(made.environment, made.clock, patience_seconds=_PATIENCE_SECONDS):
        findings.append(Finding("I2", Harm.OTHER, "events or timers do not come to rest"))
    recovered = time.monotonic()
    findings += await check_all(made)
    return Row(
        fault.name,
        fault.title,
        injected.times,
        len(made.journal.calls) - before,
        recovered - ended,
        time.monotonic() - began,
        findings,
    )


@contextlib.asynccontextmanager
async def _time_passing(made: Installation) -> AsyncIterator[None]:
    async def pass_on() -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            made.pass_time(_TICK)

    passing = asyncio.create_task(pass_on())
    try:
        yield
    finally:
        passing.cancel()
