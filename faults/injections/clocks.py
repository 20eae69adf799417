"""T21: a machine's clock is wrong by an hour or a day, from its start on or by a step, forwards or back.

Whoever issues tokens has a clock too, and so has whoever checks them: by a minute they may differ.
"""

import asyncio
import time
from datetime import datetime, timedelta
from random import Random

import aiohttp

from faults.findings import Finding, Harm
from faults.injections.databases import until_filed
from faults.installation import Installation
from faults.invariants.facts import WRITERS
from faults.trial import Fault, Injected, Scale
from services.console.demo_issuer import DemoGrant, mint
from shared.schemas.lifecycle import Role

_HOUR, _DAY = 3_600, 86_400
_STEPS_AFTER = 2.0
_GOES_ON_SECONDS = 15.0
_SHORTEST_SECONDS = 6.0
_MOST_OFF = timedelta(minutes=1)
# How far the issuer is ahead in seconds, after how many hours its token ends, and whether it is good.
_TOKENS = ((40, 1, True), (90, 1, False), (0, -40 / _HOUR, True), (0, -90 / _HOUR, False))
_UNAUTHENTICATED = 401
_BEFORE = "SELECT count(*) FROM history WHERE occurred_at < $1"
_AFTER = "SELECT count(*) FROM history WHERE occurred_at > $1"


async def _be_wrong(made: Installation, scale: Scale) -> Injected:
    random = Random(made.seed)
    began = made.clock.now() - _MOST_OFF
    past = await _entries(made, _BEFORE, began)
    shifts = [_HOUR, -_HOUR, _DAY, -_DAY]
    random.shuffle(shifts)
    shifts = shifts[: scale.few]
    slowest = 0.0
    for turn, shift in enumerate(shifts):
        machine = [name for name in made.processes.names if name.number == 1 + turn // 2 % made.copies]
        made.processes.change(machine, f"clock:{shift}@{_STEPS_AFTER}" if turn % 2 else f"clock:{shift}")
        await asyncio.sleep(max(_SHORTEST_SECONDS, scale.seconds / len(shifts)))
        slowest = max(slowest, await until_filed(made))
        made.processes.change(machine)
        await made.all_ready()
    past = await _entries(made, _BEFORE, began) - past
    future = await _entries(made, _AFTER, made.clock.now() + _MOST_OFF)
    findings = await _tokens(made)
    if past or future:
        what = f"{past} entries are of a time that had passed, {future} of one that has not come"
        findings.append(Finding("T21", Harm.OTHER, what))
    if slowest > _GOES_ON_SECONDS:
        findings.append(Finding("T21", Harm.OTHER, f"nothing filed for {slowest:.1f} s"))
    # Until nobody sends it anything, a machine that is an hour late takes tokens for tokens of tomorrow.
    disbelieved = len(made.journal.disbelieved)
    made.journal.disbelieved.clear()
    note = f"filed within {slowest:.1f} s; {disbelieved} good tokens refused right after a step"
    return Injected(len(shifts) + len(_TOKENS), findings, note=note)


async def _entries(made: Installation, query: str, moment: datetime) -> int:
    found = 0
    for service in WRITERS:
        async with made.database(service) as database:
            found += await database.fetchval(query, moment)
    return found


async def _tokens(made: Installation) -> list[Finding]:
    findings = []
    async with aiohttp.ClientSession(made.balancer.choose("intake")) as session:
        for ahead, hours, good in _TOKENS:
            grant = DemoGrant(Role.INTAKE_OFFICER)
            token = mint(made.folder, "skewed", grant, hours=hours, now=time.time() + ahead)
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get("/v1/dossiers/H41.SCT-990101-0001", headers=headers) as answer:
                if (answer.status != _UNAUTHENTICATED) is not good:
                    what = (
                        f"a token issued {ahead} s ahead for {hours:.3f} hours was answered {answer.status}"
                    )
                    findings.append(Finding("T21", Harm.OTHER, what))
    return findings


WRONG_CLOCKS = Fault("T21", "clocks that are wrong", _be_wrong, time_jumps=False)
