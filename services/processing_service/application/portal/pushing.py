"""Tells the national portal what became of each dossier: everything, in order, as often as it takes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import SystemRandom
from typing import Any

from services.processing_service.application.people import people_of
from services.processing_service.application.portal.names import NamesOf
from services.processing_service.application.portal.ports import (
    Answer,
    Due,
    Portal,
    PortalAwayError,
    PortalUnclearError,
    Problem,
    Queue,
    Verdict,
)
from services.processing_service.domain.portal_document import (
    MissingValuesError,
    Names,
    document,
    progress_row,
    row_key,
)
from shared.errors import UnavailableError
from shared.sealing import Sealer

_BATCH = 50
_NOT_HERE_YET = timedelta(seconds=2)
_LOOK_AGAIN = timedelta(hours=1)
_LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Telling:
    due: Due
    document: Mapping[str, Any]
    rows: Sequence[Mapping[str, str]]

    @property
    def code(self) -> str:
        return self.due.record.code


class PushToPortal:
    """The timer that tells the portal.

    A dossier is one worker's at a time. What the portal confirmed is never sent again; where nobody knows
    whether it has something, it is looked up first. Whoever stops in the middle leaves a claim that ends.
    """

    def __init__(
        self, *, queue: Queue, portal: Portal, names: NamesOf, sealer: Sealer, public_url: str
    ) -> None:
        """`public_url` is the address of our API from outside, from which the portal fetches documents."""
        self._queue = queue
        self._portal = portal
        self._names = names
        self._sealer = sealer
        self._public_url = public_url.rstrip("/")
        self._random = SystemRandom()

    async def __call__(self) -> int:
        """How many dossiers were taken up; call again until none. None while the portal is away."""
        if await self._portal.is_away():
            return 0
        claim = uuid.uuid4().hex
        taken = await self._queue.claim(claim, _BATCH)
        try:
            ready = await self._ready(claim, taken)
            for update in (False, True):
                await self._send(claim, [each for each in ready if each.due.known is update], update=update)
        except (PortalAwayError, PortalUnclearError, UnavailableError):
            # What may have had an effect is settled where it was tried: here only names were asked for, or
            # no agencies have come yet.
            await self._queue.give_back(claim)
            return 0
        return len(taken)

    async def _ready(self, claim: str, taken: Sequence[Due]) -> list[_Telling]:
        """What can be told; the others are put aside or come back later."""
        names = await self._names([due.record for due in taken]) if taken else {}
        await self._later(claim, [due for due in taken if due.record.code not in names], _NOT_HERE_YET)
        ready, problems = [], {}
        for due in taken:
            code = due.record.code
            if code not in names:
                continue
            try:
                told = self._document(due, names[code])
            except MissingValuesError as missing:
                problems[code] = Problem("missing", tuple(missing.fields))
            else:
                rows = [progress_row(code, step, self._names.agency(step.agency)) for step in due.steps]
                ready.append(_Telling(due, told, rows))
        await self._queue.put_aside(claim, problems, _LOOK_AGAIN)
        return [each for telling in ready if (each := await self._cleared(claim, telling))]

    def _document(self, due: Due, names: Names) -> Mapping[str, Any]:
        record = due.record
        people = people_of(due.sealed, record.code, self._sealer)
        contents = f"{self._public_url}/v1/cases/{record.code}/documents"
        return document(record, people.applicant or {}, people.owner, names, contents)

    async def _cleared(self, claim: str, telling: _Telling) -> _Telling | None:
        """What is left to be told when the last attempt may have had an effect."""
        if not telling.due.unclear:
            return telling
        try:
            shown = await self._portal.look_up(telling.code)
        except PortalUnclearError:
            await self._later(claim, [telling.due], unclear=True)
            return None
        there = shown.rows if shown else frozenset()
        return replace(
            telling,
            due=replace(telling.due, known=shown is not None),
            rows=[row for row in telling.rows if row_key(row) not in there],
        )

    async def _send(
        self, claim: str, part: Sequence[_Telling], *, update: bool, contradicted: bool = False
    ) -> None:
        if not part:
            return
        attempt = max(each.due.attempts for each in part)
        try:
            answers = await self._portal.send(
                [each.document for each in part], update=update, attempt=attempt
            )
        except PortalUnclearError:
            await self._later(claim, [each.due for each in part], unclear=True)
            return
        by_verdict = _by_verdict(part, answers)
        await self._send_rows(claim, by_verdict[Verdict.DONE])
        contrary = by_verdict[Verdict.NOT_THERE if update else Verdict.ALREADY_THERE]
        if contradicted:
            await self._later(claim, [each.due for each in contrary])
        else:
            await self._send(claim, contrary, update=not update, contradicted=True)
        refused = by_verdict[Verdict.REFUSED]
        if len(part) > 1 and len(refused) == len(part):
            # One bad dossier may have spoiled the call for all.
            middle = len(part) // 2
            for half in (part[:middle], part[middle:]):
                await self._send(claim, half, update=update, contradicted=contradicted)
        else:
            await self._put_aside(claim, refused, answers)

    async def _send_rows(self, claim: str, part: Sequence[_Telling]) -> None:
        """The dossiers are there; now what happened to them, and then they are done."""
        rows = [row for each in part for row in each.rows]
        answers: dict[str, Answer] = {}
        try:
            for start in range(0, len(rows), _BATCH):
                chunk = rows[start : start + _BATCH]
                answers |= await self._portal.send_rows(chunk, attempt=max(e.due.attempts for e in part))
        except (PortalAwayError, PortalUnclearError):
            await self._later(claim, [each.due for each in part], unclear=True)
            return
        refused = [each for each in part if each.code in answers and not _is_done(answers[each.code])]
        await self._put_aside(claim, refused, answers)
        confirmed = {each.code: each.due.sequence for each in part if each not in refused}
        await self._queue.confirm(claim, confirmed)

    async def _put_aside(self, claim: str, part: Sequence[_Telling], answers: Mapping[str, Answer]) -> None:
        problems = {each.code: Problem("refused", (answers[each.code].code,)) for each in part}
        await self._queue.put_aside(claim, problems, _LOOK_AGAIN)

    async def _later(
        self, claim: str, part: Sequence[Due], after: timedelta | None = None, *, unclear: bool = False
    ) -> None:
        pauses = {due.record.code: after or self._pause(due.attempts) for due in part}
        await self._queue.postpone(claim, pauses, unclear=unclear)

    def _pause(self, attempts: int) -> timedelta:
        """Twice as long each time, and of random length so that nobody marches in step."""
        longest = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(attempts, 20))
        return timedelta(seconds=self._random.uniform(longest / 2, longest))


def _by_verdict(part: Sequence[_Telling], answers: Mapping[str, Answer]) -> Mapping[Verdict, list[_Telling]]:
    found: dict[Verdict, list[_Telling]] = {verdict: [] for verdict in Verdict}
    for each in part:
        found[answers[each.code].verdict].append(each)
    return found


def _is_done(answer: Answer) -> bool:
    return answer.verdict is Verdict.DONE
