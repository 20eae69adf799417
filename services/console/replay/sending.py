"""Sends what happens at one tick: many callers at once, in lists where officers work in lists."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.replay.client import CALLERS, FILES_A_CALL, Answer, CallFailedError, Client, described
from services.console.replay.journal import Journal
from services.console.replay.papers import Paper
from services.console.replay.requests import Requests
from services.console.replay.tokens import Tokens
from services.console.scenario.lives import Life, Step, Turn
from shared.schemas.lifecycle import Action, Role

_LIST_SIZE = 100
_BEHIND = frozenset({409, 412, 422})

Job = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Act:
    """One step of one life, to be sent."""

    life: Life
    index: int

    @property
    def step(self) -> Step:
        return self.life.steps[self.index]


class Sender:
    """Sends acts and keeps the journal. Raises `CallFailedError` for what the API does not let happen."""

    def __init__(
        self,
        client: Client,
        requests: Requests,
        tokens: Tokens,
        journal: Journal,
        tell: Callable[[int], None],
    ) -> None:
        self._client = client
        self._requests = requests
        self._tokens = tokens
        self._journal = journal
        self._tell = tell

    async def upload(self, turns: Sequence[Turn]) -> None:
        """Store the documents that these turns need and that are not known to be used already."""
        papers = [
            paper
            for life, begin, end in turns
            for index in range(max(begin, self._journal.life(life.number).done), end)
            for paper in self._requests.papers(life, life.steps[index])
        ]
        token = self._tokens.of_role(Role.INTAKE_OFFICER)
        await _all(
            self._upload_job(token, papers[i : i + FILES_A_CALL]) for i in range(0, len(papers), FILES_A_CALL)
        )

    def _upload_job(self, token: str, papers: Sequence[Paper]) -> Job:
        return lambda: self._client.upload("/v1/contents", token, papers)

    async def send(self, turns: Sequence[Turn]) -> None:
        """Everything of one tick: first steps first, then what follows them."""
        wave = 0
        while acts := [Act(life, begin + wave) for life, begin, end in turns if begin + wave < end]:
            pending = [act for act in acts if self._journal.life(act.life.number).done == act.index]
            # Lists are made from the whole wave: sent again after an interruption they are the same.
            lists = self._lists([act for act in acts if self._requests.list_path(act.step)])
            await _all([*self._list_jobs(lists), *self._single_jobs(pending)])
            self._tell(len(pending))
            self._journal.record([act.life.number for act in acts])
            wave += 1

    def _single_jobs(self, pending: Iterable[Act]) -> Iterator[Job]:
        for act in pending:
            if not self._requests.list_path(act.step):
                yield self._single_job(act)

    def _single_job(self, act: Act) -> Job:
        return lambda: self._one(act)

    def _list_jobs(self, lists: Iterable[Sequence[Act]]) -> Iterator[Job]:
        for acts in lists:
            if any(self._journal.life(act.life.number).done == act.index for act in acts):
                yield self._list_job(acts)

    def _list_job(self, acts: Sequence[Act]) -> Job:
        return lambda: self._many(acts)

    def _lists(self, acts: Iterable[Act]) -> Iterator[Sequence[Act]]:
        groups: dict[tuple[Any, ...], list[Act]] = {}
        for act in acts:
            key = (act.step.action, self._requests.actor(act.life, act.step))
            groups.setdefault(key, []).append(act)
        for group in groups.values():
            yield from (group[i : i + _LIST_SIZE] for i in range(0, len(group), _LIST_SIZE))

    async def _one(self, act: Act) -> None:
        progress = self._journal.life(act.life.number)
        answer = await self._sent(act)
        if answer.status in _BEHIND and act.step.action is not Action.FILE:
            if await self._happened(act):
                return
            answer = await self._sent(act)
        if answer.status not in {200, 201}:
            raise CallFailedError(f"life {act.life.number}, {act.step.action}: {described(answer)}")
        progress.code = answer.document["code"]
        self._done(act, answer.document["version"])

    async def _sent(self, act: Act) -> Answer:
        progress = self._journal.life(act.life.number)
        return await self._client.send(
            "POST",
            self._requests.path(act.life, act.step, progress.code),
            self._tokens.of(self._requests.actor(act.life, act.step)),
            self._requests.body(act.life, act.step),
            key=self._requests.key(act.life, act.index),
            version=progress.version or None,
        )

    async def _many(self, acts: Sequence[Act]) -> None:
        first = acts[0]
        pending = [act for act in acts if self._journal.life(act.life.number).done == act.index]
        path = self._requests.list_path(first.step)
        assert path is not None  # noqa: S101 - it was chosen for that
        items = [self._item(act) for act in pending]
        token = self._tokens.of(self._requests.actor(first.life, first.step))
        answer = await self._client.send("POST", path, token, {"items": items})
        if answer.status != 200:
            raise CallFailedError(f"{path}: {described(answer)}")
        for act, item in zip(pending, answer.document["items"], strict=True):
            if item["status"] == 200:
                self._done(act, item["answer"]["version"])
            # Somebody else, a timer or a newer calendar, was there meanwhile: look, then singly.
            elif not await self._happened(act):
                await self._one(act)

    def _item(self, act: Act) -> dict[str, Any]:
        progress = self._journal.life(act.life.number)
        body = self._requests.body(act.life, act.step) or {}
        return {"code": progress.code, "version": progress.version, **body}

    async def _happened(self, act: Act) -> bool:
        """Look where the dossier stands: whether the step was done before, and else its present version."""
        progress = self._journal.life(act.life.number)
        place = "dossiers" if self._before_acceptance(act) else "cases"
        token = self._tokens.of_role(Role.ADMINISTRATOR)
        path = f"/v1/{place}/{progress.code}/history"
        answer = await self._client.get(path, token, after=str(progress.version), limit="200")
        if answer.status != 200:
            raise CallFailedError(f"{path}: {described(answer)}")
        for entry in answer.document["items"]:
            progress.version = entry["sequence"]
            if entry["action"] == act.step.action:
                self._done(act, entry["sequence"])
                return True
        return False

    def _before_acceptance(self, act: Act) -> bool:
        accepted = {Action.ACCEPT}
        return all(step.action not in accepted for step in act.life.steps[: act.index]) and (
            act.life.steps[0].note != "accepted"
        )

    def _done(self, act: Act, version: int) -> None:
        progress = self._journal.life(act.life.number)
        progress.version = version
        progress.done = act.index + 1


async def _all(jobs: Iterable[Job]) -> None:
    """Do all of it, so many callers at a time."""
    waiting = iter(jobs)

    async def caller() -> None:
        for job in waiting:
            await job()

    async with asyncio.TaskGroup() as callers:
        for _ in range(CALLERS):
            callers.create_task(caller())
