"""The national portal shows the same life of every dossier that we do, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.console.run_folder import RunFolder
from services.processing_service.application.portal import pushing
from services.processing_service.application.portal.reconciling import Reconciliation
from services.processing_service.domain.portal_words import status_of
from services.processing_service.reconcile import reconcile_portal, repair_portal
from services.processing_service.settings import Settings
from shared.schemas.lifecycle import DossierStatus, Role
from tests.support.calendars import at
from tests.support.clients import Tokens
from tests.support.partners import PASSWORD, USER, Partner, simulated_portal
from tests.support.population import STANDINGS, headers_of, populate
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.system import System, running
from tests.support.system_databases import system_databases

FIELDS = {f"Lĩnh vực {number}": f"G0{number}-MP0{number}" for number in range(1, 5)}


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    with simulated_portal(tmp_path, FIELDS) as partner:
        yield partner


@pytest.fixture
async def system(
    tmp_path: Path, partner: Partner, postgres_server: PostgresServer, fresh_database: FreshDatabase
) -> AsyncIterator[System]:
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    more = {
        "portal_url": partner.address,
        "portal_user": USER,
        "portal_password": PASSWORD,
        "public_url": "http://127.0.0.1:1",
        "portal_calls_per_second": 10_000,
    }
    databases = system_databases(postgres_server, fresh_database)
    async with running(databases, folder, Tokens(folder), at("2023-05-15 09:00"), more=more) as system:
        yield system


async def push(system: System) -> int:
    """Until nothing is due any more; how many dossiers were taken up."""
    assert system.workers.portal is not None
    pushed = 0
    while taken := await system.workers.portal():
        pushed += taken
    return pushed


async def hurry(system: System) -> None:
    """Let every pause be over."""
    await system.tables["processing"].execute(
        "UPDATE portal_record SET due_at = now(), claimed_until = NULL WHERE due_at IS NOT NULL;"
        "UPDATE portal_link SET open_until = NULL, next_at = now()"
    )


async def left(system: System) -> int:
    """How many dossiers the portal does not know the last change of."""
    query = "SELECT count(*) FROM portal_record WHERE confirmed < sequence"
    return int(await system.tables["processing"].fetchval(query))


async def statuses(system: System, codes: Sequence[str]) -> dict[str, str]:
    """What the portal is to show, by our own API."""
    found = {}
    for code in codes:
        by = system.tokens.headers(Role.ADMINISTRATOR)
        answer = await system.call("GET", f"/v1/cases/{code}", by)
        if answer.status_code == 404:
            answer = await system.call("GET", f"/v1/dossiers/{code}", by)
        found[code] = status_of(DossierStatus(answer.json()["status"]))
    return found


async def events(system: System) -> int:
    """How much has happened in all."""
    query = "SELECT count(*) FROM history"
    return sum([int(await system.tables[name].fetchval(query)) for name in ("intake", "processing")])


async def agreed(system: System, partner: Partner, codes: Sequence[str]) -> None:
    """Raises where the portal shows anything else than we do, or anything twice."""
    expected = await statuses(system, codes)
    assert {code: partner.dossier(code)["TrangThaiHoSo"] for code in codes} == expected
    assert partner.counts() == {"dossiers": len(codes), "steps": await events(system)}
    assert await left(system) == 0


async def test_every_standing_is_shown_as_it_is(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, STANDINGS)]
    await system.settle()
    assert await push(system) == len(codes)
    await agreed(system, partner, codes)
    assert await push(system) == 0
    handed_over = partner.dossier(codes[-1])
    assert handed_over["NgayTra"] == "20230515090000"
    assert handed_over["TenLinhVuc"] == "Lĩnh vực 1"
    assert handed_over["MaLinhVuc"] == FIELDS["Lĩnh vực 1"]
    assert [step["NoiDungXuLy"] for step in handed_over["TienDo"]] == [
        "Nộp hồ sơ", "Tiếp nhận hồ sơ", "Đã có kết quả", "Đã trả kết quả"
    ]  # fmt: skip


async def test_whatever_happens_later_follows(system: System, partner: Partner) -> None:
    ((code, version),) = await populate(system, ["accepted"])
    await system.settle()
    await push(system)
    assert partner.dossier(code)["TrangThaiHoSo"] == "2"
    by = headers_of(system, Role.CASE_OFFICER)
    headers = {"If-Match": f'"{version}"', **system.key()}
    answer = await system.call("POST", f"/v1/cases/{code}/start", by, headers=headers)
    assert answer.status_code == 200, answer.text
    await system.settle()
    await push(system)
    await agreed(system, partner, [code])


@pytest.mark.parametrize(
    "how",
    [
        {"fails_after": 0.4},
        {"fails_before": 0.4},
        {"away": 0.4},
        {"busy": 0.4},
        {"hangs_up": 0.4},
        {"garbage": 0.4},
        {"endless": 0.3},
        {"fails_after": 0.15, "garbage": 0.15, "hangs_up": 0.15, "busy": 0.1},
    ],
    ids="+".join,
)
async def test_nothing_is_lost_or_doubled(
    system: System, partner: Partner, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Many calls, of which many go wrong.
    monkeypatch.setattr(pushing, "_BATCH", 2)
    codes = [code for code, _ in await populate(system, STANDINGS)]
    await system.settle()
    partner.misbehave(seed=1, **how)
    for _ in range(30):
        await push(system)
        if not await left(system):
            break
        await hurry(system)
    partner.misbehave()
    await hurry(system)
    await push(system)
    await agreed(system, partner, codes)


async def test_a_session_that_ended_is_opened_anew(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, ["accepted", "resolved"])]
    await system.settle()
    await system.tables["processing"].execute("UPDATE portal_link SET session = 'gone'")
    assert await push(system) == 2
    await agreed(system, partner, codes)


async def test_what_a_killed_worker_had_in_hand_is_looked_up(system: System, partner: Partner) -> None:
    ((code, _),) = await populate(system, ["resolved"])
    await system.settle()
    await push(system)
    # It had told the portal everything, and died before it could say so.
    await system.tables["processing"].execute(
        "UPDATE portal_record SET known = false, confirmed = 0, due_at = now(), claim = 'dead',"
        " claimed_until = now() - interval '1 second'"
    )
    assert await push(system) == 1
    await agreed(system, partner, [code])


async def test_what_is_missing_is_named_and_never_filled_up(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, ["accepted", "resolved"])]
    await system.settle()
    connection = system.tables["processing"]
    await connection.execute("""UPDATE portal_record SET record = record || '{"results": []}'""")
    await push(system)
    problem = await connection.fetchval(
        "SELECT problem #>> '{}' FROM portal_record WHERE code = $1", codes[1]
    )
    assert problem == '{"kind": "missing", "details": ["DanhSachGiayToKetQua"]}'
    assert partner.counts()["dossiers"] == 1


async def test_one_refused_dossier_keeps_no_other_waiting(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, ["accepted"] * 5)]
    await system.settle()
    connection = system.tables["processing"]
    await connection.execute(
        "UPDATE portal_record SET record = jsonb_set(record, '{facts,field}', to_jsonb(repeat('x', 5000)))"
        " WHERE code = $1",
        codes[2],
    )
    await push(system)
    assert partner.counts()["dossiers"] == 4
    kinds = await connection.fetch(
        "SELECT code, problem ->> 'kind' AS kind FROM portal_record WHERE problem IS NOT NULL"
    )
    assert [(row["code"], row["kind"]) for row in kinds] == [(codes[2], "missing")]


async def test_nobody_calls_a_portal_that_is_away(system: System, partner: Partner) -> None:
    await populate(system, ["accepted"] * 3)
    await system.settle()
    partner.misbehave(away=1)
    for _ in range(20):
        await push(system)
    calls = await system.tables["processing"].fetchval(
        "SELECT count(*) FROM portal_call WHERE outcome <> 'answered'"
    )
    assert calls == 5
    partner.misbehave()
    assert await push(system) == 0
    await hurry(system)
    assert await push(system) == 3


async def found(system: System) -> Reconciliation:
    """What a reconciliation of all days finds."""
    settings = system.settings["processing"]
    assert isinstance(settings, Settings)
    assert settings.portal is not None
    return await reconcile_portal(system.databases.processing, settings.portal, None)


async def told_again(system: System, differing: Reconciliation) -> None:
    """What `--repair` and the workers do together."""
    repairing = asyncio.create_task(repair_portal(system.databases.processing, differing))
    while not repairing.done():
        await push(system)
        await asyncio.sleep(0.05)
    assert await repairing == 0


async def test_every_difference_is_found_and_put_right(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, STANDINGS)]
    await system.settle()
    await push(system)
    assert (await found(system)).differences == []

    altered = httpx2.post(f"{partner.address}/simulator/alter", params={"share": 0.3, "seed": 5}).json()
    removed = next(code for code in codes if code not in altered)
    httpx2.delete(f"{partner.address}/simulator/dossiers/{removed}")
    dated = next(code for code in codes if code not in {*altered, removed})
    shown = partner.dossier(dated)
    del shown["TienDo"]
    session = {"isUpdating": "True", "data": [{**shown, "NgayNopHoSo": "20200101000000"}]}
    partner.ask("DongBoHoSoMC", **session)
    partner.ask("CapNhatTienDoHoSoMC", data=[{"MaHoSo": dated, "NoiDungXuLy": "Người lạ"}])
    stranger = {**shown, "MaHoSo": "H41.SCT-230515-9999"}
    partner.ask("DongBoHoSoMC", isUpdating="False", data=[stranger])

    differing = await found(system)
    assert {(each.code, each.kind) for each in differing.differences} == {
        *((code, "other_status") for code in altered),
        (removed, "never_sent"),
        (dated, "other_date"),
        (dated, "other_progress"),
        ("H41.SCT-230515-9999", "unknown_to_us"),
    }
    await told_again(system, differing)
    # Nobody but the portal can take away what we never sent.
    left_over = {(each.code, each.kind) for each in (await found(system)).differences}
    assert left_over == {(dated, "other_progress"), ("H41.SCT-230515-9999", "unknown_to_us")}
    assert partner.dossier(removed)["TrangThaiHoSo"] == (await statuses(system, [removed]))[removed]


async def test_what_the_portal_silently_forgot_is_found(system: System, partner: Partner) -> None:
    codes = [code for code, _ in await populate(system, STANDINGS)]
    await system.settle()
    await push(system)
    by = headers_of(system, Role.CASE_OFFICER)
    (accepted,) = [code for code in codes if partner.dossier(code)["TrangThaiHoSo"] == "2"]
    headers = {"If-Match": '"2"', **system.key()}
    answer = await system.call("POST", f"/v1/cases/{accepted}/start", by, headers=headers)
    assert answer.status_code == 200, answer.text
    await system.settle()
    partner.misbehave(forgets=1)
    await push(system)
    partner.misbehave()
    differing = await found(system)
    assert [each.kind for each in differing.differences] == ["other_status", "other_progress"]
    await told_again(system, differing)
    assert (await found(system)).differences == []
    await agreed(system, partner, codes)
