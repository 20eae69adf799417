"""T16: the statistics are wrong and made anew, again and again, while everything goes on and is read.

Some rebuilds are killed in the middle. No reader may ever see nothing, a mixture or a step back.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import aiohttp

from faults.findings import Finding, Harm
from faults.installation import Installation
from faults.trial import Fault, Injected, Scale
from services.console.demo_issuer import DemoGrant, mint
from shared.clock import local_date
from shared.schemas.lifecycle import Role

# Every report goes on adding up, and tells the wrong channel: by what is counted, or by the sums alone.
_SWAPPED = "SET received_counter = received_online, received_online = received_counter"
_WRONG_SUMS = f"LOCK TABLE cumulative IN EXCLUSIVE MODE; UPDATE cumulative {_SWAPPED};"
_WRONG_COUNTS = f"""
LOCK TABLE delta IN EXCLUSIVE MODE; UPDATE delta {_SWAPPED} WHERE received > 0; {_WRONG_SUMS}
"""
_COMMAND = ("-m", "services.console.main", "projection", "rebuild", "--format", "json")
_SUMS = {
    "total": ("resolved", "closed_without_result", "in_progress"),
    "received": ("received_counter", "received_online", "received_postal"),
}
_COME_AGAIN = 503
_PAUSE_SECONDS = 0.05
_LONGEST_SECONDS = 120.0
_LONG = timedelta(days=60)


async def _rebuild(made: Installation, scale: Scale) -> Injected:
    random = Random(made.seed)
    findings = []
    took = 1.0
    killed = 0
    async with _reader(made) as reader:
        for turn in range(scale.few):
            async with made.database("stats") as database:
                await database.execute(random.choice((_WRONG_COUNTS, _WRONG_SUMS)))
            if turn % 2:
                killed += await _kill_after(made, random.uniform(0, took))
            began = time.monotonic()
            status, told, errors = await _run(made)
            took = time.monotonic() - began
            if status != 0 or not json.loads(told)["applied"]:
                findings.append(Finding("T16", Harm.OTHER, f"a rebuild ended with {status}: {told} {errors}"))
    note = (
        f"{killed} killed in the middle, the last took {took:.1f} s; {reader.answers} reports read meanwhile"
    )
    return Injected(scale.few + killed, [*findings, *reader.findings], note=note)


async def _kill_after(made: Installation, seconds: float) -> bool:
    """Whether it was still under way."""
    process = await _start(made)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.communicate(), seconds)
        return False
    process.kill()
    await process.communicate()
    return True


async def _run(made: Installation) -> tuple[int | None, str, str]:
    process = await _start(made)
    told, errors = await asyncio.wait_for(process.communicate(), _LONGEST_SECONDS)
    return process.returncode, told.decode() or "{}", errors.decode()


async def _start(made: Installation) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, *_COMMAND, env=made.environment, stdout=pipe, stderr=pipe
    )


@dataclass(slots=True)
class _Reader:
    """What somebody sees who asks for the same report all the time."""

    answers: int = 0
    findings: list[Finding] = field(default_factory=list)
    _received: int = 0

    def look(self, report: Mapping[str, Any]) -> None:
        self.answers += 1
        self.findings += (Finding("T16", Harm.OTHER, what) for what in self._wrong(report))
        self._received = report["received"]

    def _wrong(self, report: Mapping[str, Any]) -> Iterator[str]:
        if not report["publishable"]:
            yield f"a report contradicts itself: {report['problems']}"
        for whole, parts in _SUMS.items():
            if report[whole] != sum(report[part] for part in parts):
                yield f"{whole} is not the sum of {', '.join(parts)}"
            if report[whole] != sum(row[whole] for row in report["rows"]):
                yield f"{whole} is not the sum of the agencies'"
        if report["received"] < self._received:
            yield f"received steps back from {self._received} to {report['received']}"


@contextlib.asynccontextmanager
async def _reader(made: Installation) -> AsyncIterator[_Reader]:
    reader = _Reader()
    today = local_date(made.clock.now())
    query = {"from": str(today - _LONG), "to": str(today + _LONG), "by": "agency"}
    token = mint(made.folder, "reader", DemoGrant(Role.STATISTICS_READER))

    async def read() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            while True:
                address = made.balancer.choose("stats")
                async with session.get(f"{address}/v1/reports", params=query) as answer:
                    if answer.status != _COME_AGAIN:
                        answer.raise_for_status()
                        reader.look(json.loads(await answer.read()))
                await asyncio.sleep(_PAUSE_SECONDS)

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(read())
        yield reader
        reading.cancel()


REBUILDS = Fault("T16", "statistics made anew under load", _rebuild)
