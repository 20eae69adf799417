"""One fault, from the load that it hits to the invariants that must hold afterwards."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.invariants.all import check_all
from faults.rest import at_rest

_WARM_UP_SECONDS = 1.0
_PATIENCE_SECONDS = 120.0
# Business time runs faster than the clock on the wall: days end and timers come due under load.
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
    """By how much pauses are shorter than in real life."""

    @property
    def few(self) -> int:
        """How often what takes long each time."""
        return max(2, self.kills // 10)


FULL = Scale(copies=2, kills=100, crashes=50, seconds=60, haste=1)
SHORT = Scale(copies=2, kills=5, crashes=5, seconds=2, haste=5)


@dataclass(frozen=True, slots=True)
class Injected:
    """What was done, and what was found wrong while it was."""

    times: int
    findings: Sequence[Finding] = ()
    note: str = ""
    """What was measured meanwhile."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure."""

    name: str
    title: str
    inject: Callable[[Installation, Scale], Awaitable[Injected]]
    time_jumps: bool = True
    """Not where no call may fail: who decided before a jump is told to come again."""
    needs_kafka: bool = False
    small_disks: bool = False
    """It needs file systems that can be filled."""
    after_load: bool = False
    """It hits a system at rest, with what the load has left in it."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of it."""

    name: str
    title: str
    log: str
    """What keeps the event log."""
    injections: int
    operations: int
    recovery_seconds: float
    """From the end of the last injection until everything acknowledged had taken effect everywhere."""
    seconds: float
    findings: Sequence[Finding] = ()
    note: str = ""

    def count(self, harm: Harm) -> int:
        """Findings of a kind."""
        return sum(finding.harm is harm for finding in self.findings)


async def trial(fault: Fault, made: Installation, scale: Scale) -> Row:
    """Hit the system under load, let it come to rest, and look."""
    began = time.monotonic()
    before = len(made.journal.calls)
    injected = Injected(0)
    findings: list[Finding] = []
    passing = _time_passing(made) if fault.time_jumps else contextlib.nullcontext()
    async with passing, made.load.running():
        await asyncio.sleep(scale.seconds if fault.after_load else _WARM_UP_SECONDS)
        if not fault.after_load:
            injected = await fault.inject(made, scale)
        ended = time.monotonic()
        await made.all_ready()
    findings += await _come_to_rest(made)
    if fault.after_load:
        injected = await fault.inject(made, scale)
        ended = time.monotonic()
        findings += await _come_to_rest(made)
    recovered = time.monotonic()
    return Row(
        name=fault.name,
        title=fault.title,
        log=made.log.kind,
        injections=injected.times,
        operations=len(made.journal.calls) - before,
        recovery_seconds=recovered - ended,
        seconds=time.monotonic() - began,
        findings=[*findings, *injected.findings, *await check_all(made)],
        note=injected.note,
    )


async def _come_to_rest(made: Installation) -> list[Finding]:
    made.pass_time(_LAST_TIMERS)
    if await at_rest(made.environment, made.clock, patience_seconds=_PATIENCE_SECONDS):
        return []
    return [Finding("I2", Harm.OTHER, "events or timers do not come to rest")]


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
