"""T20: a disk is full: that of the logs, that of the documents, that of the databases, one after another."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from itertools import islice

from faults.findings import Finding, Harm
from faults.injections.databases import until_filed
from faults.installation import Installation
from faults.journal import Call, Outcome
from faults.trial import Fault, Injected, Scale
from services.console.postgres_account import PostgresStartError

_BACK_SECONDS = 30.0
_LOOK_SECONDS = 0.2
# Long enough for a write-ahead log that is full to end the server.
_SHORTEST_SECONDS = 4.0
_MOST_SHOWN = 3


async def _fill_disks(made: Installation, scale: Scale) -> Injected:
    findings = []
    times = []
    for part, disk in made.disks.items():
        async with _kept_running(made) if part == "databases" else contextlib.nullcontext():
            await asyncio.sleep(1)
            with disk.full():
                began = time.monotonic()
                await asyncio.sleep(max(_SHORTEST_SECONDS, scale.seconds))
                calls = [call for call in made.journal.calls.values() if call.sent_at > began]
                findings += _MEANWHILE[part](calls)
            took = await until_filed(made)
        times.append(f"{part} {took:.1f} s")
        if took > _BACK_SECONDS:
            findings.append(Finding("T20", Harm.OTHER, f"nothing filed until {took:.1f} s after: {part}"))
    return Injected(len(times), findings, note=f"filing again after {', '.join(times)}")


def _logs_full(calls: Sequence[Call]) -> list[Finding]:
    failed = islice((call for call in calls if call.failures), _MOST_SHOWN)
    return [Finding("T20", Harm.OTHER, f"{call.route} failed: {call.failures}") for call in failed]


def _documents_full(calls: Sequence[Call]) -> list[Finding]:
    """Nothing can be stored, and whoever stores nothing goes on."""
    stored = [call for call in calls if call.act == "upload" and call.outcome is Outcome.OK]
    done = [call for call in calls if call.act not in {"upload", "file"} and call.outcome is Outcome.OK]
    return [
        *(
            Finding("T20", Harm.OTHER, f"{call.key} was stored on a full disk")
            for call in stored[:_MOST_SHOWN]
        ),
        *([] if done else [Finding("T20", Harm.OTHER, "no act went on while no document could be stored")]),
    ]


def _databases_full(calls: Sequence[Call]) -> list[Finding]:
    failed = [call for call in calls if call.failures]
    return [] if failed else [Finding("T20", Harm.OTHER, "nobody noticed that the databases' disk was full")]


_MEANWHILE = {"logs": _logs_full, "documents": _documents_full, "databases": _databases_full}


@contextlib.asynccontextmanager
async def _kept_running(made: Installation) -> AsyncIterator[None]:
    """Whoever started the server starts it again whenever it ends, as an orchestrator does."""

    async def keep() -> None:
        while True:
            if made.server.ended:
                await made.server.stop()
                with contextlib.suppress(PostgresStartError):
                    await made.server.start()
            await asyncio.sleep(_LOOK_SECONDS)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()


FULL_DISKS = Fault("T20", "full disks", _fill_disks, time_jumps=False, small_disks=True)
