"""Cases are opened from intake's acceptances, once."""

import asyncio

import pytest

from services.processing_service.adapters.store import SqlCaseStore
from services.processing_service.application import intents
from services.processing_service.application.acts import Asked
from shared.events.envelope import Envelope, UnreadableEventError
from shared.principal import Grant, Principal
from shared.schemas.lifecycle import Role
from shared.sealing import Sealer
from tests.integration.processing_service.conftest import Service
from tests.support.acceptances import AGENCY, SEALING_KEY, accepted_event, code_of
from tests.support.calendars import at

NOW = at("2023-05-15 09:00")
CODE = code_of(1, NOW)


async def take_in(service: Service, *events: Envelope) -> None:
    cases, _ = service.container.reactions
    async with service.container.engine.begin() as connection:
        await cases.apply(connection, events)


async def test_an_acceptance_opens_a_case_with_what_it_hands_over(service: Service) -> None:
    event = accepted_event(CODE, accepted_at=NOW, owner="an", representative="binh", sequence=4)
    await take_in(service, event)
    case = (await SqlCaseStore(service.container.engine).load(CODE, None)).dossier
    assert case is not None
    assert (case.version, case.head_hash, case.status) == (4, event.chain, "accepted")
    assert (case.owner, case.representative, case.accepted_at) == ("an", "binh", NOW)
    assert str(case.due_on) == "2023-05-22"
    assert (case.calendar_version, case.facts.agency) == (1, AGENCY)
    opening = await SqlCaseStore(service.container.engine).opening(CODE)
    assert [copy.component for copy in opening.components] == ["don"]
    assert opening.sealed == event.data["sealed"]


async def test_a_case_that_has_moved_on_is_not_opened_again(service: Service) -> None:
    event = accepted_event(CODE, accepted_at=NOW)
    await take_in(service, event, event)
    officer = Principal("chi", (Grant(Role.CASE_OFFICER, AGENCY),))
    await service.container.use_cases.acts.perform(Asked(CODE, officer, 2, None), intents.start())
    await take_in(service, event)
    rows = await service.rows("SELECT status, version FROM case_file")
    assert [tuple(row) for row in rows] == [("processing", 3)]


async def test_what_is_not_an_acceptance_is_left_alone(service: Service) -> None:
    event = accepted_event(CODE, accepted_at=NOW)
    filed = event.model_copy(update={"type": "vn.motcua.dossier.filed.v1", "sequence": 1})
    unknown = event.model_copy(update={"type": "vn.motcua.dossier.blessed.v1"})
    await take_in(service, filed, unknown)
    assert await service.rows("SELECT 1 FROM case_file") == []


async def test_an_acceptance_waits_for_its_calendar(service: Service) -> None:
    cases, _ = service.container.reactions
    event = accepted_event(CODE, accepted_at=NOW)
    later = event.model_copy(update={"data": {**event.data, "calendar_version": 7}})
    assert cases.lacks(event) is None
    assert cases.lacks(later) == "calendar/7"


async def test_a_seal_that_is_not_of_the_dossier_is_unreadable(service: Service) -> None:
    event = accepted_event(CODE, accepted_at=NOW)
    forged = Sealer.derived(SEALING_KEY).seal(b"{}", code=code_of(2, NOW), year=2023)
    with pytest.raises(UnreadableEventError):
        await take_in(service, event.model_copy(update={"data": {**event.data, "sealed": forged}}))
    with pytest.raises(UnreadableEventError):
        await take_in(service, event.model_copy(update={"data": {"facts": {}}}))


async def test_people_whose_key_is_destroyed_are_nobody(service: Service) -> None:
    event = accepted_event(CODE, accepted_at=NOW, owner="an")
    erased = {**event.data, "sealed": event.data["sealed"].replace("2023.", "1823.", 1)}
    await take_in(service, event.model_copy(update={"data": erased}))
    assert await service.rows("SELECT owner FROM case_file") == [(None,)]


async def test_many_look_ups_at_once_find_each_its_own(service: Service) -> None:
    codes = [code_of(number, NOW) for number in range(300)]
    await take_in(service, *(accepted_event(code, accepted_at=NOW) for code in codes))
    store = SqlCaseStore(service.container.engine)
    asked = [*codes, code_of(999, NOW), *codes]
    loaded = await asyncio.gather(*(store.load(code, None) for code in asked))
    found = [each.dossier.code if each.dossier else None for each in loaded]
    assert found == [*codes, None, *codes]
