"""Reads the seed and publishes what the database has no version of.

`procedures.csv` says in `source` where each row comes from; what is "to be confirmed" an officer must check.
`unit` is `none` for a notification without a processing time and `unknown` where nobody has confirmed one.
Several departments were merged on 1 March 2025, so a procedure has an agency until and from that day.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.reference import SqlReferenceStore
from services.intake_service.application.reference import PROVINCE_KEY, Publication, ReferenceData
from shared.events.reference import ReferenceKind
from shared.legal_clock.duration import Duration, DurationUnit
from shared.legal_clock.seed import seed_calendar
from shared.schemas.lifecycle import Channel, OnlineLevel, PausePolicy
from shared.schemas.reference import (
    Agency,
    AgencyTree,
    CompetentAgency,
    Component,
    Desk,
    Procedure,
    ProcedureCase,
)

PROVINCE = "H41"
DEFAULT_CASE = "default"
_FOLDER = Path(__file__).parent
_LAST_DAY_BEFORE_MERGERS = date(2025, 2, 28)
_MERGERS = date(2025, 3, 1)


async def seed(engine: AsyncEngine, *, at: datetime) -> int:
    """How many versions were published: none the second time, and never over an administrator's edits.

    `at` is the business time of publication.
    """
    store = SqlReferenceStore(engine)
    known = ReferenceData(store)
    await known.refresh()
    missing = [item for item in seed_publications() if not known.has(item.kind, item.key)]
    if missing:
        await store.publish(missing, by="seed", at=at)
    return len(missing)


def seed_publications() -> list[Publication]:
    """The whole seed, each item as version 1."""
    return [
        Publication(ReferenceKind.AGENCIES, PROVINCE_KEY, seed_tree()),
        Publication(ReferenceKind.CALENDAR, PROVINCE_KEY, seed_calendar()),
        *(Publication(ReferenceKind.PROCEDURE, item.code, item) for item in seed_procedures()),
    ]


def seed_tree() -> AgencyTree:
    """The agencies and receiving desks of the province."""
    return AgencyTree(
        version=1,
        agencies=tuple(
            Agency(
                code=row["code"],
                name_vi=row["name_vi"],
                parent=row["parent"] or None,
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=_day(row["valid_to"]),
            )
            for row in _rows("agencies")
        ),
        desks=tuple(
            Desk(
                code=row["code"],
                name_vi=row["name_vi"],
                agencies=None if row["agencies"] == "*" else frozenset(row["agencies"].split()),
            )
            for row in _rows("desks")
        ),
    )


def seed_procedures() -> list[Procedure]:
    """The procedures of the province."""
    components = {
        papers: tuple(
            Component(code=row["code"], name_vi=row["name_vi"], required=row["required"] == "yes")
            for row in rows
        )
        for papers, rows in groupby(_rows("components"), key=lambda row: row["papers"])
    }
    further_cases: dict[str, list[ProcedureCase]] = {}
    for row in _rows("cases"):
        further_cases.setdefault(row["code"], []).append(_case(row["case"], row["name_vi"], row))
    return [
        _procedure(row, components[row["papers"]], further_cases.get(row["code"], []))
        for row in _rows("procedures")
    ]


def _procedure(
    row: dict[str, str], components: tuple[Component, ...], further_cases: list[ProcedureCase]
) -> Procedure:
    level = OnlineLevel(row["online_level"])
    valid_from, valid_to = date.fromisoformat(row["valid_from"]), _day(row["valid_to"])
    return Procedure(
        code=row["code"],
        version=1,
        name_vi=row["name_vi"],
        name_en=row["name_en"],
        field=row["field"],
        online_level=level,
        channels=frozenset(Channel) - ({Channel.ONLINE} if level is OnlineLevel.INFORMATION else set()),
        competent=tuple(_competent(row, valid_from, valid_to)),
        valid_from=valid_from,
        valid_to=valid_to,
        duration_known=row["unit"] != "unknown",
        cases=(_case(DEFAULT_CASE, "Trường hợp thông thường", row), *further_cases),
        components=components,
        pause_policy=PausePolicy(row["pause_policy"]),
        has_result=row["unit"] != "none",
    )


def _case(code: str, name: str, row: dict[str, str]) -> ProcedureCase:
    duration = None
    if row["duration"]:
        duration = Duration(amount=int(row["duration"]), unit=DurationUnit(row["unit"]))
    return ProcedureCase(code=code, name_vi=name, statutory=duration, committed=duration)


def _competent(row: dict[str, str], valid_from: date, valid_to: date | None) -> Iterator[CompetentAgency]:
    before, after = row["agency_until_2025_02"], row["agency_from_2025_03"]
    if before == after:
        yield _agency(before, valid_from, valid_to)
        return
    if before:
        yield _agency(before, valid_from, valid_to or _LAST_DAY_BEFORE_MERGERS)
    if after:
        yield _agency(after, max(valid_from, _MERGERS), valid_to)


def _agency(mnemonic: str, valid_from: date, valid_to: date | None) -> CompetentAgency:
    return CompetentAgency(agency=f"{PROVINCE}.{mnemonic}", valid_from=valid_from, valid_to=valid_to)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
