"""Lives through a plan in business time: tick by tick, each when everything before it has come to rest."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from services.console.replay.client import CallFailedError, Client, described
from services.console.replay.journal import Journal
from services.console.replay.quiescence import Quiescence
from services.console.replay.sending import Sender
from services.console.replay.tokens import Tokens
from services.console.scenario.lives import Plan, Turn
from services.console.scenario.timeline import CalendarEdit
from shared.clock import VIETNAM, SimulatedClock, local_time
from shared.schemas.lifecycle import Role

_EDITED = "calendar edited"
_LIVED_UNTIL = "lived until"
_FINISHED = "finished"


class Driver:
    """Moves the business clock and has everything sent. It goes on where the journal says it stopped."""

    def __init__(
        self,
        *,
        client: Client,
        sender: Sender,
        tokens: Tokens,
        clock: SimulatedClock,
        quiescence: Quiescence,
        journal: Journal,
        show_day: Callable[[date], None],
    ) -> None:
        self._client = client
        self._sender = sender
        self._tokens = tokens
        self._clock = clock
        self._quiescence = quiescence
        self._journal = journal
        self._show_day = show_day

    @property
    def finished(self) -> bool:
        """Whether everything was lived before."""
        return self._journal.note(_FINISHED) is not None

    async def live(self, plan: Plan, last_day: date) -> None:
        """Everything up to the end of `last_day`; then business time goes on from the next morning."""
        lived_until = self._lived_until()
        ticks = [tick for tick in plan.ticks() if tick[0] > lived_until]
        if edited := self._journal.note(_EDITED):
            self._quiescence.expect_calendar(int(edited))
        for number, (moment, turns) in enumerate(ticks):
            if number == 0:
                await self._sender.upload(turns)
                await self._quiescence.wait()
            self._move(moment)
            if plan.edit is not None and plan.edit.at == moment:
                await self._edit_calendar(plan.edit)
            await self._sender.send(turns)
            following = ticks[number + 1][1] if number + 1 < len(ticks) else ()
            await self._rest(following)
            self._journal.write_note(_LIVED_UNTIL, moment.isoformat())
        self._move(local_time(last_day + timedelta(days=1), 7, 30))
        await self._quiescence.wait_for_watermarks()
        self._journal.write_note(_FINISHED, "yes")
        self._clock.run_on()

    async def _rest(self, following: Sequence[Turn]) -> None:
        """Documents of the next tick may be stored meanwhile: no business time is in them."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._quiescence.wait())
            both.create_task(self._sender.upload(following))

    def _lived_until(self) -> datetime:
        noted = self._journal.note(_LIVED_UNTIL)
        return datetime.fromisoformat(noted) if noted else datetime.min.replace(tzinfo=UTC)

    def _move(self, moment: datetime) -> None:
        self._clock.set(moment)
        self._show_day(moment.astimezone(VIETNAM).date())

    async def _edit_calendar(self, edit: CalendarEdit) -> None:
        if self._journal.note(_EDITED):
            return
        token = self._tokens.of_role(Role.ADMINISTRATOR)
        day = edit.day
        year = await self._client.get(f"/v1/calendar/{day.date.year}")
        version = int(year.document["version"])
        if all(known["date"] != day.date.isoformat() for known in year.document["days"]):
            body = {"kind": day.kind, "name": day.name}
            path = f"/v1/calendar/days/{day.date}"
            answer = await self._client.send("PUT", path, token, body, version=version)
            if answer.status != 200:
                raise CallFailedError(f"the calendar cannot be edited: {described(answer)}")
            version = int(answer.document["version"])
        self._quiescence.expect_calendar(version)
        await self._quiescence.wait()
        self._journal.write_note(_EDITED, str(version))
