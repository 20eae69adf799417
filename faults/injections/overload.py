"""T22: ten times as many callers file as the system can serve, and none of them waits.

What it can serve is measured right before and right after, by callers who wait for their answers. During the
flood everybody else calls as always.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from pydantic_core import to_json

from faults.calls import Request
from faults.findings import Finding, Harm
from faults.flood import Answer, Order
from faults.injections.databases import until_filed
from faults.installation import Installation
from faults.journal import Call, Outcome
from faults.load import UNTIL_CLEAR_SECONDS
from faults.trial import Fault, Injected, Scale

_TIMES_AS_MANY = 10
_SERVED = 32
_CALLING = 1_200
_SHARE = 0.8
# Nobody asks twice at once: who cannot be served has to hear of it for the others to come at all.
_ANSWERED_TIMES = 3
_BACK_SECONDS = 60.0
_MOST_MORE_BYTES = 150 << 20
_PATH = "/v1/dossiers"
_CREATED = 201
_COME_AGAIN = frozenset({429, 503})
_SHORTEST_SECONDS = 4.0
_LOOK_SECONDS = 0.2


async def _overload(made: Installation, scale: Scale) -> Injected:
    token, body = await made.load.filing_at_the_counter()
    seconds = max(_SHORTEST_SECONDS, scale.seconds)
    callers = _Callers(made, token, body, seconds)
    before = _memory(made)
    calm = [await callers.call("before", _SERVED)]
    peak = asyncio.create_task(_peak(made))
    stormy = await callers.call("flood", _CALLING, rate=_TIMES_AS_MANY * _served(calm[0]) / seconds)
    took = await until_filed(made)
    peak.cancel()
    calm.append(await callers.call("after", _SERVED))
    await callers.insist()
    most, then = sum(map(_served, calm)) / len(calm), _served(stormy)
    more = await peak - before
    findings = []
    # In the short form others may use the machine meanwhile: a few seconds are no measure.
    if scale.haste == 1 and then < _SHARE * most:
        findings.append(
            Finding("T22", Harm.OTHER, f"{then} filings were served in the flood, {most:.0f} else")
        )
    if len(stormy) < _ANSWERED_TIMES * then:
        what = f"{len(stormy)} could ask while {then} were served: the others waited and were told nothing"
        findings.append(Finding("T22", Harm.OTHER, what))
    if took > _BACK_SECONDS:
        findings.append(Finding("T22", Harm.OTHER, f"nothing filed until {took:.1f} s after"))
    if more > _MOST_MORE_BYTES:
        findings.append(Finding("T22", Harm.OTHER, f"API processes grew by {more >> 20} MB"))
    note = (
        f"{len(stormy) / seconds:.0f} filings a second asked for, {then / seconds:.0f} served;"
        f" {most / seconds:.0f} without the flood; API processes grew by {more >> 20} MB"
    )
    return Injected(len(stormy), findings, note=note)


class _Callers:
    """Send the same filing under a new key each time, and note in the journal what came of it."""

    def __init__(self, made: Installation, token: str, body: Any, seconds: float) -> None:
        self._made = made
        self._token = token
        self._body = body
        self._seconds = seconds
        self._unclear: list[Call] = []

    async def call(self, name: str, connections: int, rate: float | None = None) -> Sequence[Answer]:
        body = to_json(self._body)
        head = (
            f"POST {_PATH} HTTP/1.1\r\nHost: flood\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Idempotency-Key: {key}\r\n\r\n"
        )
        prefix = f"faults-{name}-{time.monotonic_ns()}"
        order = Order(
            self._made.processes.addresses["intake"],
            head,
            body.decode(),
            prefix,
            connections,
            self._seconds,
            rate,
        )
        given, told = (self._made.folder.path / f"{prefix}.{kind}" for kind in ("order", "answers"))
        given.write_text(json.dumps(asdict(order)))
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "faults.flood", given, told)
        assert await process.wait() == 0  # noqa: S101 - our own program
        answers = [Answer(**json.loads(line)) for line in told.read_text().splitlines()]
        for each in answers:
            self._note(each)
        return answers

    async def insist(self) -> None:
        """Whatever had no answer is asked again under its key."""
        for call in self._unclear:
            request = Request(call, _PATH, self._token, self._body)
            await self._made.callers.insist(request, patience_seconds=UNTIL_CLEAR_SECONDS)

    def _note(self, answer: Answer) -> None:
        call = Call(answer.key, "file", f"POST {_PATH}", life=0, attempts=1, status=answer.status)
        call.sent_at, call.answered_at = answer.sent_at, answer.answered_at
        journal = self._made.journal
        if answer.status == _CREATED:
            call.outcome = Outcome.OK
            call.code, call.version = answer.document["code"], answer.document["version"]
        elif answer.status:
            # Who is told to come again is told that nothing was done.
            call.outcome = Outcome.FAIL
            if answer.status not in _COME_AGAIN or not answer.retry_after:
                journal.undeclared.append(f"{call.route}: {answer.status} in a flood")
        else:
            self._unclear.append(call)
        journal.calls[call.key] = call


def _served(answers: Sequence[Answer]) -> int:
    return sum(answer.status == _CREATED for answer in answers)


def _memory(made: Installation) -> int:
    return sum(made.processes.resident_bytes(name) for name in made.processes.of("api", "intake"))


async def _peak(made: Installation) -> int:
    peak = 0
    with suppress(asyncio.CancelledError):
        while True:
            peak = max(peak, _memory(made))
            await asyncio.sleep(_LOOK_SECONDS)
    return peak


OVERLOAD = Fault("T22", "ten times as many callers", _overload, time_jumps=False)
