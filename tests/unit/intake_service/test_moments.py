"""Every act of intake has one moment: what is judged by and what is written down are the same."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from services.intake_service.application.acts import Asked, DossierAccess, DossierActs
from services.intake_service.domain.dossier import Dossier, Refusal
from services.intake_service.domain.lifecycle import LIFECYCLE
from shared.acts import Acts, Loaded
from shared.events.dossier import ComponentCopy, DossierFacts
from shared.history import HistoryEntry
from shared.legal_clock.duration import Duration
from shared.observability.tracing import current_traceparent, tracing
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Channel, DossierStatus, EventType, PausePolicy, Role
from shared.schemas.reference import Procedure
from tests.support.calendars import CALENDAR, at
from tests.support.small_province import CENTER, PROCEDURES, REQUIRED, TRADE, TREE

PROCEDURE = PROCEDURES[0]
OFFICER = Principal("officer", (Grant(Role.INTAKE_OFFICER, desk=CENTER),))
CITIZEN = Principal("an", (Grant(Role.CITIZEN),))
SUPERVISOR = Principal("head", (Grant(Role.SUPERVISOR, agency=TRADE),))
WHY = {"reason_code": "for_the_test", "reason": "Vì bài kiểm tra"}
THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
START = at("2023-05-15 09:00")


class TickingClock:
    """A minute later whenever it is looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return START + timedelta(minutes=self.looks)


class OneDossier:
    """A store with one dossier in it, which stays as it is."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier
        self.written: list[HistoryEntry] = []
        self.traces: list[str | None] = []

    async def load(self, code: str, claim: Any) -> Loaded[Dossier]:
        return Loaded(self._dossier, None)

    async def load_many(self, codes: Sequence[str]) -> dict[str, Dossier]:
        return dict.fromkeys(codes, self._dossier)

    async def lapsed(self, today: Any, limit: int) -> list[str]:
        return [self._dossier.code]

    async def commit(self, dossier: Dossier, entries: Sequence[HistoryEntry], claim: Any) -> None:
        self.written += entries
        self.traces.append(current_traceparent())


class Everything:
    """All reference data, and every document."""

    calendar, tree = CALENDAR, TREE

    def procedure_on(self, code: str, day: Any) -> Procedure:
        return PROCEDURE

    async def missing(self, digests: Any) -> set[str]:
        return set()


def dossier(status: str = "submitted", **changes: Any) -> Dossier:
    facts = DossierFacts(
        procedure=PROCEDURE.code,
        procedure_version=1,
        case="default",
        field=PROCEDURE.field,
        agency=TRADE,
        desk=CENTER,
        channel=changes.pop("channel", Channel.ONLINE),
        statutory=None,
        committed=Duration.working_days(5),
        pause_policy=PausePolicy.RESUME,
        has_result=True,
    )
    return Dossier(
        code="H41.SCT-230515-0001",
        version=2,
        head_hash="00" * 32,
        status=DossierStatus(status),
        facts=facts,
        required_components=(),
        components=(),
        owner="an",
        representative=None,
        sealed="",
        filed_at=START,
        arrived_at=None,
        answer_due_at=START,
        **changes,
    )


def asked(by: Principal) -> Asked:
    return Asked("H41.SCT-230515-0001", by, 2, None)


REFUSAL = Refusal(
    sequence=2, type=EventType.REFUSED, status_before=DossierStatus.SUBMITTED, by="officer", at=START
)
COPIES = [ComponentCopy(component=REQUIRED[0], digest=None)]
BY_POST = dossier(channel=Channel.POSTAL)
INCOMPLETE = dossier("incomplete", missing=REQUIRED[:1], lapses_on=START.date() - timedelta(days=1))
REFUSED = dossier("not_accepted", refusal=REFUSAL)

Perform = Callable[[DossierActs], Awaitable[Any]]
ACTS: dict[str, tuple[Dossier, Perform]] = {
    "register_arrival": (
        BY_POST, lambda acts: acts.register_arrival(asked(OFFICER), arrived_at=None, picked_up=False)
    ),
    "accept": (dossier(), lambda acts: acts.accept(asked(OFFICER))),
    "accept_all": (dossier(), lambda acts: acts.accept_all([asked(OFFICER), asked(OFFICER)])),
    "request_completion": (
        dossier(), lambda acts: acts.request_completion(asked(OFFICER), missing=[REQUIRED[0]], **WHY)
    ),
    "complete": (INCOMPLETE, lambda acts: acts.complete(asked(CITIZEN), components=COPIES)),
    "refuse": (dossier(), lambda acts: acts.refuse(asked(OFFICER), **WHY)),
    "cancel": (dossier(), lambda acts: acts.cancel(asked(CITIZEN))),
    "undo": (REFUSED, lambda acts: acts.undo(asked(OFFICER))),
    "annul": (REFUSED, lambda acts: acts.annul(asked(SUPERVISOR), **WHY)),
    "lapse_due": (INCOMPLETE, lambda acts: acts.lapse_due()),
}  # fmt: skip


async def done(act: str) -> tuple[TickingClock, OneDossier]:
    """The clock and the store after an act."""
    standing, perform = ACTS[act]
    clock, store, everything = TickingClock(), OneDossier(standing), cast("Any", Everything())
    access = DossierAccess(everything)
    acts = DossierActs(
        acts=Acts(store=store, lifecycle=LIFECYCLE, access=access, entropy=bytes),
        store=cast("Any", store),
        reference=everything,
        contents=everything,
        clock=clock,
        lapse_after_days=30,
        undo_window=timedelta(minutes=30),
    )
    await perform(acts)
    return clock, store


@pytest.mark.parametrize("act", ACTS)
async def test_the_clock_is_read_once(act: str) -> None:
    clock, store = await done(act)
    assert clock.looks == 1
    assert {entry.occurred_at for entry in store.written} == {START + timedelta(minutes=1)}


async def test_a_timer_begins_a_trace_and_a_person_goes_on_with_one() -> None:
    with tracing("theirs", THEIRS):
        assert (await done("accept_all"))[1].traces == [THEIRS, THEIRS]
    (lapsed,) = (await done("lapse_due"))[1].traces
    assert lapsed is not None


def test_every_act_is_tried() -> None:
    assert ACTS.keys() == {name for name in vars(DossierActs) if not name.startswith("_")}
