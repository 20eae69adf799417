"""What one dossier adds to every figure, as a pure function of its life.

Nothing is ever counted event by event: what an event changes is the difference between the contributions
after and before it. So an annulment, a transfer or a moved appointment needs no rule of its own to be undone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.facts import Fact, Life
from services.stats_service.domain.flows import Flows
from services.stats_service.domain.standing import Bucket, Standing
from shared.clock import local_date
from shared.schemas.lifecycle import EventType

Contributions = Mapping[tuple[Cell, str, date], int]
"""By cell, counter and the day from which it counts; no entry is zero."""


@dataclass(frozen=True, slots=True)
class Account:
    """All that a life adds up to."""

    contributions: Contributions
    settled_on: date | None
    """At the end of this day and later the dossier is in no level; none while it is in one."""


def account(life: Life) -> Account:
    """The contributions of a life; an annulled event, and what it did, count for nothing."""
    tally: defaultdict[tuple[Cell, str, date], int] = defaultdict(int)
    flows = Flows()
    standing: Standing | None = None
    since = date.min
    for fact in _valid(life):
        before = standing or _beginning(fact)
        if before is None:
            continue
        day = local_date(fact.at)
        after = before.after(fact)
        for cell, counter, n in flows.of(fact, standing, after):
            tally[cell, counter, day] += n
        if after != standing:
            if standing is not None:
                _add_levels(tally, standing, since, day)
            standing, since = after, day
    if standing is not None:
        _add_levels(tally, standing, since, None)
    settled = standing is None or standing.bucket is Bucket.ENDED
    return Account({key: n for key, n in tally.items() if n}, since if settled else None)


def difference(after: Contributions, before: Contributions) -> Contributions:
    """What has to be added to `before` to have `after`."""
    changed = {key: n - before.get(key, 0) for key, n in after.items()}
    changed.update({key: -n for key, n in before.items() if key not in after})
    return {key: n for key, n in changed.items() if n}


def _valid(life: Life) -> Iterator[Fact]:
    annulled = {fact.annuls for fact in life if fact.annuls is not None}
    return (fact for fact in life if fact.sequence not in annulled and fact.type is not EventType.ANNULLED)


def _beginning(fact: Fact) -> Standing | None:
    """None while it is not known where to count: the filing of a dossier may have been dropped from the log."""
    return None if fact.cell is None else Standing(fact.cell)


def _add_levels(
    tally: defaultdict[tuple[Cell, str, date], int], standing: Standing, start: date, end: date | None
) -> None:
    for counter, first, beyond in standing.levels(start, end):
        if beyond is None:
            tally[standing.cell, counter, first] += 1
        elif first < beyond:
            tally[standing.cell, counter, first] += 1
            tally[standing.cell, counter, beyond] -= 1
