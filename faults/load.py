"""The load: citizens file, clerks and partners act on what was filed, all at once and for as long as told."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from faults.calls import Callers, Request
from faults.journal import Call, Journal, Outcome
from faults.lives import FILED_AT_COUNTER, Life, LifeSource, Step
from services.console.demo_issuer import DemoGrant, mint
from services.console.replay.tokens import Tokens
from services.console.run_folder import RunFolder
from shared.schemas.lifecycle import Role

_BACKLOG = 400
"""So many unfinished lives; above it nobody files until the clerks have caught up."""
UNTIL_CLEAR_SECONDS = 90.0
# Processing has not heard of the dossier yet: nothing is wrong, and the same request may work later.
_TOO_EARLY = 404
_TOO_EARLY_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Pace:
    """How many call at once, and how long each thinks between two calls."""

    citizens: int = 6
    clerks: int = 10
    pause_seconds: float = 0.1


class Load:
    """What everybody does, in whatever condition the system is."""

    def __init__(
        self, callers: Callers, journal: Journal, folder: RunFolder, source: LifeSource, pace: Pace
    ) -> None:
        self._callers = callers
        self._journal = journal
        self._tokens = Tokens(folder)
        self._rival = mint_rival(folder)
        self._source = source
        self._pace = pace
        self._waiting: deque[Life] = deque()
        self._stop = asyncio.Event()
        self.surprises: list[str] = []
        """Answers that contradict what callers were told before."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everybody calls meanwhile. In the end every call has a clear outcome, or is given up as unknown."""
        self._stop.clear()
        lanes = [self._citizen() for _ in range(self._pace.citizens)]
        lanes += [self._clerk() for _ in range(self._pace.clerks)]
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(lane)
            yield
            self._stop.set()

    async def filing_at_the_counter(self) -> tuple[str, Any]:
        """A token and a body, which files and accepts as often as it is sent; its documents are there."""
        life = next(life for life in self._source if life.next_step is FILED_AT_COUNTER)
        await self._upload(life)
        return self._tokens.of(FILED_AT_COUNTER.actor(life)), FILED_AT_COUNTER.body(life)

    async def _citizen(self) -> None:
        while not self._stop.is_set():
            if len(self._waiting) < _BACKLOG:
                life = next(self._source)
                await self._upload(life)
                await self._take(life)
            await asyncio.sleep(self._pace.pause_seconds)

    async def _clerk(self) -> None:
        while not self._stop.is_set():
            now = asyncio.get_running_loop().time()
            if self._waiting and self._waiting[0].not_before <= now:
                await self._take(self._waiting.popleft())
            else:
                self._waiting.rotate(-1)
            await asyncio.sleep(self._pace.pause_seconds)

    async def _upload(self, life: Life) -> None:
        call = Call(
            key=f"faults-{life.number}-upload",
            act="upload",
            route="POST /v1/contents",
            life=life.number,
            document=life.digest,
        )
        request = Request(
            call, "/v1/contents", self._tokens.of_role(Role.INTAKE_OFFICER), papers=tuple(life.papers)
        )
        await self._callers.insist(request, patience_seconds=UNTIL_CLEAR_SECONDS)

    async def _take(self, life: Life) -> None:
        """The next step of a life, and back into the queue with it unless it is over."""
        step = life.next_step
        if step is None:
            return
        asking = [self._ask(life, step), *([self._ask(life, step, rival=True)] if step.rivals else [])]
        calls = await asyncio.gather(*asking)
        if any(call.status == _TOO_EARLY for call in calls) and all(
            call.outcome is Outcome.FAIL for call in calls
        ):
            life.not_before = asyncio.get_running_loop().time() + _TOO_EARLY_SECONDS
        elif self._judge(life, step, calls):
            life.done += 1
        else:
            return
        self._waiting.append(life)

    async def _ask(self, life: Life, step: Step, *, rival: bool = False) -> Call:
        path = step.path(life)
        key = f"faults-{life.number}-{life.done}" + ("-rival" if rival else "")
        call = self._journal.calls.get(key) or Call(
            key=key,
            act=step.act,
            route=f"POST {path}",
            life=life.number,
            document=life.digest if step.act == "file" else None,
        )
        token = self._rival if rival else self._tokens.of(step.actor(life))
        request = Request(call, path, token, step.body(life), life.version or None)
        return await self._callers.insist(request, patience_seconds=UNTIL_CLEAR_SECONDS)

    def _judge(self, life: Life, step: Step, calls: Sequence[Call]) -> bool:
        """Whether the life goes on. Takes the new version over."""
        done = [call for call in calls if call.outcome is Outcome.OK]
        if any(call.outcome is Outcome.UNKNOWN for call in calls):
            return False
        if done:
            life.code, life.version = done[0].code, done[0].version
        expected = 0 if step.wrong else 1
        if len(done) != expected and not step.may_fail:
            told = ", ".join(f"{call.key}: {call.outcome} {call.status}" for call in calls)
            self.surprises.append(f"{life.code or life.number} {step.act}: {told}")
            return False
        return len(done) == expected


def mint_rival(folder: RunFolder) -> str:
    """A token of somebody who may do what every case officer may."""
    return mint(folder, "rival", DemoGrant(Role.CASE_OFFICER))
