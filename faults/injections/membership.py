"""T12, T13: workers come and go, and some fall asleep and wake up believing that nothing has changed."""

import asyncio
import signal
import time
from collections.abc import Sequence
from random import Random

from faults.installation import Installation
from faults.processes import Name
from faults.trial import Fault, Injected, Scale
from shared.log.port import MEMBER_TIMEOUT_SECONDS
from shared.variables import SERVICES

_TIMES_LONGER = 5
_STORM_SECONDS = 2.0
_BLOCKED_SECONDS = 15.0
# Long enough for its partitions to go to somebody else.
_ASLEEP_SECONDS = MEMBER_TIMEOUT_SECONDS + 10


async def _storm(made: Installation, scale: Scale) -> Injected:
    """One worker of each service sleeps; of the others somebody leaves or joins every 2 s."""
    random = Random(made.seed)
    workers = [made.processes.of("worker", service) for service in SERVICES]
    sleepers = [each[0] for each in workers]
    restless = [name for each in workers for name in each[1:]]
    asleep = asyncio.create_task(_sleep(made, sleepers, _ASLEEP_SECONDS / scale.haste))
    end = time.monotonic() + _TIMES_LONGER * scale.seconds
    changes = 0
    while time.monotonic() < end:
        await asyncio.sleep(_STORM_SECONDS / scale.haste)
        name = random.choice(restless)
        if made.processes.held(name):
            made.processes.release(name)
        else:
            made.processes.hold(name, signal.SIGTERM)
        changes += 1
    for name in restless:
        made.processes.release(name)
    await asleep
    return Injected(changes + len(sleepers))


async def _block(made: Installation, scale: Scale) -> Injected:
    """A process that does nothing for 15 s, as one with a handler that never gives up the loop."""
    random = Random(made.seed)
    for _ in range(scale.few):
        await _sleep(made, [random.choice(made.processes.names)], _BLOCKED_SECONDS / scale.haste)
    return Injected(scale.few)


async def _sleep(made: Installation, names: Sequence[Name], seconds: float) -> None:
    for name in names:
        made.processes.signal(name, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for name in names:
        made.processes.signal(name, signal.SIGCONT)


MEMBERSHIP_STORM = Fault("T12", "workers join, leave and sleep", _storm)
BLOCKED_LOOP = Fault("T13", "blocked processes", _block)
