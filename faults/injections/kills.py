"""T01: random processes are killed under load, and start again."""

import asyncio
import signal
from random import Random

from faults.installation import Installation
from faults.trial import Fault, Injected, Scale

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 5.0


async def _kill_at_random(made: Installation, scale: Scale) -> Injected:
    random = Random(made.seed)
    hits = 0
    while hits < scale.kills:
        await asyncio.sleep(random.uniform(_SHORTEST_PAUSE, _LONGEST_PAUSE) / scale.haste)
        hits += made.processes.signal(random.choice(made.processes.names), signal.SIGKILL)
    return Injected(hits)


KILLS = Fault("T01", "random processes killed", _kill_at_random)
