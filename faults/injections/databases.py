"""T05: the database server ends at once, or connections break wherever they are in their talk."""

import asyncio
import math
import os
import signal
import time
from random import Random

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.journal import Outcome
from faults.trial import Fault, Injected, Scale

_BACK_SECONDS = 10.0
_LONGEST_PAUSE = 4.0
_LOOK_SECONDS = 0.05
_CUTS = 5
_GIVEN_UP_SECONDS = 120.0


async def _crash_server(made: Installation, scale: Scale) -> Injected:
    random = Random(made.seed)
    findings = []
    slowest = 0.0
    for _ in range(scale.few):
        await asyncio.sleep(random.uniform(1, _LONGEST_PAUSE) / scale.haste)
        # "Immediate" leaves its children time to end; a kill does not.
        os.kill(made.server.running_pid, random.choice([signal.SIGQUIT, signal.SIGKILL]))
        await made.server.stop()
        await asyncio.sleep(random.uniform(0, 1))
        await made.server.start()
        took = await until_filed(made)
        slowest = max(slowest, took)
        if took > _BACK_SECONDS:
            findings.append(Finding("T05", Harm.OTHER, f"nothing filed until {took:.1f} s after"))
    return Injected(scale.few, findings, note=f"filing again {slowest:.1f} s after the server at the latest")


async def until_filed(made: Installation) -> float:
    """Seconds until a filing that was sent after now is acknowledged; infinite where none is in 2 minutes."""
    began = time.monotonic()
    while time.monotonic() < began + _GIVEN_UP_SECONDS:
        for call in made.journal.of(Outcome.OK):
            if call.act == "file" and call.sent_at > began:
                return call.answered_at - began
        await asyncio.sleep(_LOOK_SECONDS)
    return math.inf


async def _cut_connections(made: Installation, scale: Scale) -> Injected:
    random = Random(made.seed)
    times = _CUTS * scale.few
    for _ in range(times):
        await asyncio.sleep(random.uniform(0, 1))
        random.choice(list(made.ways.values())).cut_connections()
    return Injected(times)


SERVER_CRASHES = Fault("T05", "database server crashes", _crash_server)
CONNECTIONS_CUT = Fault("T05b", "connections cut in mid-talk", _cut_connections)
