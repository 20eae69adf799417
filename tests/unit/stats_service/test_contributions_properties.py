"""Whatever happens to a dossier, its figures stay consistent, as of any moment."""

from collections import Counter
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.contributions import Account, Contributions, contributions
from services.stats_service.domain.counters import COUNTER_NAMES
from services.stats_service.domain.facts import Fact, Life
from services.stats_service.domain.figures import figures_of
from services.stats_service.domain.identities import breaks_in
from shared.clock import VIETNAM, local_date
from shared.schemas.lifecycle import EventType

START = datetime(2023, 5, 15, 8, tzinfo=VIETNAM)
AGENCIES = ("H41.SCT", "H41.STC", "H41.SYT")

BEFORE_ACCEPTANCE = {
    "submitted": {
        EventType.ARRIVED: "submitted",
        EventType.COMPLETION_REQUESTED: "incomplete",
        EventType.ACCEPTED: "open",
        EventType.REFUSED: "refused",
        EventType.CANCELLED: "ended",
    },
    "incomplete": {EventType.COMPLETED: "submitted", EventType.LAPSED: "ended", EventType.REFUSED: "refused"},
    "refused": {EventType.ANNULLED: "previous"},
}
AFTER_ACCEPTANCE = {
    "open": {
        EventType.SUPPLEMENT_REQUESTED: "supplement",
        EventType.PAYMENT_REQUESTED: "payment",
        EventType.WITHDRAWAL_REQUESTED: "leaving",
        EventType.SENT_BACK: "closed",
        EventType.RESOLVED: "closed",
        EventType.APOLOGISED: "open",
        EventType.TRANSFERRED: "open",
        EventType.APPOINTMENT_MOVED: "open",
    },
    "supplement": {
        EventType.SUPPLEMENT_PROVIDED: "open",
        EventType.SUPPLEMENT_CANCELLED: "open",
        EventType.WITHDRAWAL_REQUESTED: "leaving",
        EventType.TRANSFERRED: "supplement",
        EventType.APPOINTMENT_MOVED: "supplement",
        EventType.SENT_BACK: "closed",
    },
    "payment": {EventType.PAID: "open", EventType.WITHDRAWAL_REQUESTED: "leaving"},
    "leaving": {
        EventType.WITHDRAWN: "closed",
        EventType.WITHDRAWAL_DECLINED: "previous",
        EventType.TRANSFERRED: "leaving",
    },
    "closed": {
        EventType.ANNULLED: "previous",
        EventType.DISPATCHED: "closed",
        EventType.HANDED_OVER: "handed_over",
    },
}
MOVES = {**BEFORE_ACCEPTANCE, **AFTER_ACCEPTANCE}
CLOSINGS = {EventType.REFUSED, EventType.SENT_BACK, EventType.WITHDRAWN, EventType.RESOLVED}


@st.composite
def lives(draw: st.DrawFn) -> list[Fact]:
    """A path through the lifecycle, with gaps of minutes to weeks."""
    cell = Cell(
        draw(st.sampled_from(AGENCIES)), "H41.TTPVHCC", "F", "1.000001",
        draw(st.sampled_from(["counter", "online", "postal"])),
    )  # fmt: skip
    at = START
    due = st.none() | st.dates(date(2023, 5, 15), date(2023, 8, 1))
    facts = [Fact(1, EventType.FILED, at, cell, answer_due_at=at + timedelta(days=1))]
    where = ["submitted"]
    closing = 0
    for _ in range(draw(st.integers(0, 12))):
        moves = MOVES.get(where[-1])
        if not moves:
            break
        event_type, target = draw(st.sampled_from(sorted(moves.items())))
        at += draw(st.timedeltas(timedelta(minutes=1), timedelta(days=9)))
        fact = Fact(
            len(facts) + 1,
            event_type,
            at,
            cell=cell if event_type is EventType.ACCEPTED else None,
            has_result=True,
            agency=draw(st.sampled_from(AGENCIES)),
            appointment=draw(due),
            answer_due_at=at + draw(st.timedeltas(timedelta(days=-2), timedelta(days=3))),
            annuls=closing if event_type is EventType.ANNULLED else None,
            number=draw(st.integers(0, 3)),
            means="counter",
        )
        facts.append(fact)
        if event_type in CLOSINGS:
            closing = fact.sequence
        where.append(where[-2] if target == "previous" else target)
    return facts


def counted(life: Life) -> list[tuple[Fact, Contributions]]:
    account = Account([])
    return [(fact, account.take(fact)) for fact in life]


def sums(entries: Contributions, until: date) -> Counter[tuple[str, str]]:
    """By agency and counter."""
    found: Counter[tuple[str, str]] = Counter()
    for (cell, counter, day), n in entries.items():
        if day <= until:
            found[cell.agency, counter] += n
    return found


@given(lives(), st.integers(0, 13))
def test_changes_add_up_to_the_contributions_of_what_was_known(life: list[Fact], known: int) -> None:
    added: Counter[tuple[Cell, str, date]] = Counter()
    for _, change in counted(life)[:known]:
        assert 0 not in change.values()
        added.update(change)
    assert {key: n for key, n in added.items() if n} == contributions(life[:known])


@given(lives(), st.integers(1, 12))
def test_it_does_not_matter_where_a_life_is_picked_up(life: list[Fact], known: int) -> None:
    account = Account(life[:known])
    for fact, change in counted(life)[known:]:
        assert account.take(fact) == change


@given(lives(), st.dates(date(2023, 5, 14), date(2023, 9, 1)), st.integers(0, 60))
def test_identities_hold_in_every_cell_and_period(life: list[Fact], start: date, days: int) -> None:
    entries = contributions(life)
    before, end = sums(entries, start - timedelta(days=1)), sums(entries, start + timedelta(days=days))
    for agency in AGENCIES:
        figures = figures_of(
            {counter: before[agency, counter] for counter in COUNTER_NAMES},
            {counter: end[agency, counter] for counter in COUNTER_NAMES},
        )
        assert list(breaks_in(agency, figures)) == []


@given(lives())
def test_what_was_known_on_a_day_changes_nothing_before_it_but_by_annulment(life: list[Fact]) -> None:
    for fact, change in counted(life):
        if fact.type is not EventType.ANNULLED:
            assert all(day >= local_date(fact.at) for _, _, day in change)


@given(lives())
def test_a_settled_dossier_is_in_no_level_from_its_day_on(life: list[Fact]) -> None:
    settled_on = Account(life).settled_on
    levels = {"submitted", "incomplete", "under_processing", "awaiting_supplement", "awaiting_payment"}
    found = sums(contributions(life), date.max)
    open_now = {counter for (_, counter), n in found.items() if n and counter in levels}
    assert (settled_on is None) == bool(open_now)
    if settled_on is not None:
        assert all(
            not n for (_, counter), n in sums(contributions(life), settled_on).items() if counter in levels
        )
