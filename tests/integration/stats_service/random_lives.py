"""Dossiers with random lives, and whether reports say of them what the pure function says."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from random import Random

from sqlalchemy.ext.asyncio import AsyncEngine

from services.stats_service.adapters.ledger import SqlLedger
from services.stats_service.application.ports import Key, Selection, Split
from services.stats_service.domain.cell import Dimension
from services.stats_service.domain.contributions import contributions
from services.stats_service.domain.facts import IDLE_EVENTS, fact_of
from services.stats_service.domain.period import Period, View
from shared.schemas.lifecycle import EventType
from tests.support.stories import Story, moment

DAYS = [date(2023, 5, 14), date(2023, 5, 20), date(2023, 6, 14), date(2024, 1, 1)]
NOW = moment("2025-01-01")
SPLITS: list[Split] = [
    frozenset(),
    frozenset({Dimension.AGENCY}),
    frozenset({Dimension.FIELD}),
    frozenset({Dimension.CHANNEL}),
    frozenset({Dimension.PROCEDURE, Dimension.CHANNEL}),
    frozenset(Dimension),
]


def stories(count: int, seed: int = 1) -> list[Story]:
    """Dossiers of three agencies that end in many ways."""
    random = Random(seed)  # noqa: S311 - not for secrets
    return [_story(number, random) for number in range(count)]


def _story(number: int, random: Random) -> Story:
    agency = random.choice(["H41.SCT", "H41.SYT", "H41.STC"])
    story = Story(
        f"{agency}-230515-{number:04}",
        agency=agency,
        field=f"F{random.randint(1, 2)}",
        procedure=f"1.00000{random.randint(1, 3)}",
        channel=random.choice(["counter", "online", "postal"]),
        desk=random.choice(["H41.TTPVHCC", "H41.UB"]),
    )
    day = random.randint(10, 25)
    story.file(f"2023-05-{day}", due=f"2023-05-{day + 1}")
    if random.random() < 0.1:
        return story.refuse(f"2023-05-{day + 2}", due=f"2023-05-{day + 1}")
    story.accept(f"2023-05-{day} 11:00", f"2023-06-{random.randint(1, 9):02}")
    if random.random() < 0.3:
        story.request_supplement(f"2023-05-{day + 2}")
        if random.random() < 0.3:
            return story
        story.provide_supplement(f"2023-05-{day + 3}", "2023-06-05")
    if random.random() < 0.2:
        story.transfer(f"2023-05-{day + 4}", "H41.SKHDT")
    match random.randint(0, 4):
        case 0:
            story.add(EventType.SENT_BACK, "2023-06-08")
        case 1:
            story.resolve("2023-06-03", "2023-06-05").annul("2023-06-06")
        case 2:
            story.resolve(f"2023-06-{random.randint(1, 20):02}", "2023-06-05").hand_over("2023-06-21")
        case _:
            pass
    return story


def expected(
    told: Sequence[Story], view: View, split: Split, selection: Selection
) -> dict[Key, Counter[str]]:
    """Sums at `view.end` by the values of the split, counters at zero left out."""
    found: dict[Key, Counter[str]] = {}
    for story in told:
        facts = [
            fact_of(event.sequence, event.time, event.dossier_event())
            for event in story.events
            if event.dossier_event_type not in IDLE_EVENTS
            and (view.as_of is None or event.time <= view.as_of)
        ]
        for (cell, counter, effective_on), n in contributions(facts).items():
            wanted = all(getattr(cell, name) == value for name, value in selection.narrowed().items())
            in_agency = selection.agencies is None or cell.agency in selection.agencies
            if wanted and in_agency and effective_on <= view.end:
                key = tuple(getattr(cell, d) for d in Dimension if d in split)
                found.setdefault(key, Counter())[counter] += n
    return {key: Counter({c: n for c, n in sums.items() if n}) for key, sums in found.items()}


async def read(
    engine: AsyncEngine, view: View, selection: Selection, splits: list[Split]
) -> list[dict[Key, Counter[str]]]:
    found = await SqlLedger(engine).read(view, selection, splits)
    return [
        {key: Counter({c: n for c, n in at.end.items() if n}) for key, at in sums.items()} for sums in found
    ]


async def agree(engine: AsyncEngine, told: Sequence[Story], *, as_of: datetime | None = None) -> None:
    selections = [
        Selection(),
        Selection(agencies=frozenset({"H41.SCT", "H41.SKHDT"})),
        Selection(field="F1"),
        Selection(channel="online", procedure="1.000002"),
        Selection(desk="H41.UB", agencies=frozenset({"H41.SYT"})),
    ]
    for first, last in pairwise(DAYS):
        view = View.at(Period(first, last), NOW, as_of)
        for selection in selections:
            found = await read(engine, view, selection, SPLITS)
            for split, sums in zip(SPLITS, found, strict=True):
                wanted = expected(told, view, split, selection)
                assert {k: s for k, s in sums.items() if s} == {k: s for k, s in wanted.items() if s}
