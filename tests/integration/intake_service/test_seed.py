"""The seed: what a new installation knows, and that it is loaded once."""

import time
from datetime import date

from services.intake_service.adapters.reference import SqlReferenceStore
from services.intake_service.application.reference import PROVINCE_KEY, Publication, ReferenceData
from services.intake_service.seed.loader import seed, seed_procedures, seed_publications, seed_tree
from shared.events.reference import ReferenceKind
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import Channel, PausePolicy
from shared.schemas.reference import Procedure
from tests.support.calendars import at
from tests.support.intake_database import intake_engine
from tests.support.postgres import FreshDatabase, PostgresServer

_MAY_2023 = date(2023, 5, 15)
_BEFORE_MERGERS, _MERGERS = date(2025, 2, 28), date(2025, 3, 1)


def _by_code() -> dict[str, Procedure]:
    return {procedure.code: procedure for procedure in seed_procedures()}


def test_sixty_procedures_of_fourteen_agencies_were_in_force_in_2023() -> None:
    in_force = [procedure for procedure in seed_procedures() if procedure.in_force_on(_MAY_2023)]
    agencies = {procedure.competent_on(_MAY_2023) for procedure in in_force}
    assert len(in_force) >= 60
    assert None not in agencies
    assert len(agencies) >= 14
    assert {"H41.SCT", "H41.SYT", "H41.STC", "H41.SKHDT"} <= agencies


def test_every_competent_agency_is_in_the_tree_while_it_decides() -> None:
    tree = seed_tree()
    for procedure in seed_procedures():
        assert procedure.competent
        for competent in procedure.competent:
            for day in {competent.valid_from, competent.valid_to or date(2026, 12, 31)}:
                codes = {agency.code for agency in tree.in_force(day)}
                assert competent.agency in codes, (procedure.code, competent.agency, day)


def test_mergers_of_march_2025_move_procedures_and_agencies() -> None:
    procedures = _by_code()
    merged = {
        "2.001610": ("H41.SKHDT", "H41.STC"),
        "1.000703": ("H41.SGTVT", "H41.SXD"),
        "1.010727": ("H41.STNMT", "H41.SNNMT"),
        "1.004363": ("H41.SNNPTNT", "H41.SNNMT"),
        "2.001955": ("H41.SLDTBXH", "H41.SNV"),
        "2.001098": ("H41.STTTT", "H41.SKHCN"),
    }
    tree = seed_tree()
    gone = {agency.code for agency in tree.in_force(_BEFORE_MERGERS)} - {
        agency.code for agency in tree.in_force(_MERGERS)
    }
    for code, (before, after) in merged.items():
        assert procedures[code].competent_on(_BEFORE_MERGERS) == before
        assert procedures[code].competent_on(_MERGERS) == after
        assert before in gone


def test_unknown_durations_stay_unknown_and_notifications_have_none() -> None:
    procedures = _by_code()
    assert not procedures["1.003029"].duration_known
    notification = procedures["2.000033"]
    assert notification.duration_known
    assert not notification.has_result
    assert [case.committed for case in notification.cases] == [None]
    fishing = procedures["1.004359"]
    assert [case.committed for case in fishing.cases] == [Duration.working_days(6), Duration.working_days(3)]
    assert all(
        any(case.statutory for case in p.cases)
        for p in procedures.values()
        if p.duration_known and p.has_result
    )


def test_both_pause_policies_and_all_channels_are_in_use() -> None:
    in_force = [procedure for procedure in seed_procedures() if procedure.in_force_on(_MAY_2023)]
    assert {procedure.pause_policy for procedure in in_force} == set(PausePolicy)
    assert all(Channel.COUNTER in procedure.channels for procedure in in_force)
    assert any(Channel.ONLINE in procedure.channels for procedure in in_force)
    assert all(2 <= len(procedure.components) <= 4 for procedure in seed_procedures())


def test_the_center_takes_in_for_the_whole_province() -> None:
    center = seed_tree().desk("H41.TTPVHCC")
    assert center is not None
    assert center.agencies is None


async def test_seeding_again_publishes_nothing_and_keeps_edits(
    postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> None:
    async with intake_engine(postgres_server, fresh_database, seeded=False) as engine:
        started = time.perf_counter()
        assert await seed(engine, at=at("2023-05-01")) == len(seed_publications())
        assert time.perf_counter() - started < 2
        edited = seed_tree().model_copy(update={"version": 2, "desks": ()})
        store = SqlReferenceStore(engine)
        await store.publish(
            [Publication(ReferenceKind.AGENCIES, PROVINCE_KEY, edited)], by="test|admin", at=at("2023-05-02")
        )
        assert await seed(engine, at=at("2023-05-03")) == 0
        data = ReferenceData(store)
        await data.refresh()
        assert data.tree == edited
