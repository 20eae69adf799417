"""What one dossier adds to every figure, as a pure function of its life.

There is no rule for undoing anything: the contributions follow from what has not been annulled, and what an
event changes is the difference between the contributions after and before it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import cast

from services.stats_service.domain.cell import Cell
from services.stats_service.domain.facts import Fact, Life
from services.stats_service.domain.flows import flows
from services.stats_service.domain.standing import Bucket, Standing
from shared.clock import local_date
from shared.schemas.lifecycle import EventType

Contributions = Mapping[tuple[Cell, str, date], int]
"""By cell, counter and the day from which it counts; no entry is zero."""

_Tally = defaultdict[tuple[Cell, str, date], int]


def contributions(life: Life) -> Contributions:
    """All that a life adds up to; an annulled event, and what it did, count for nothing."""
    tally: _Tally = defaultdict(int)
    course = _Course()
    for fact in _valid(life):
        course.go_on(fact, tally)
    return _without_zeros(tally)


class Account:
    """One dossier's life as it goes on."""

    def __init__(self, life: Life) -> None:
        self.life = list(life)
        self._course = _followed(life)

    def take(self, fact: Fact) -> Contributions:
        """Go on with `fact`. Returns the contributions with it, less those without it."""
        if fact.type is EventType.ANNULLED:
            before = contributions(self.life)
            self.life.append(fact)
            self._course = _followed(self.life)
            return _difference(contributions(self.life), before)
        self.life.append(fact)
        tally: _Tally = defaultdict(int)
        self._course.go_on(fact, tally)
        return _without_zeros(tally)

    @property
    def began_on(self) -> date | None:
        """The first day on which the dossier is in a level; none while it is not known where it counts."""
        return next((local_date(fact.at) for fact in self.life if fact.cell is not None), None)

    @property
    def only_agency(self) -> str | None:
        """Where alone the dossier has ever counted; none for one that went from agency to agency."""
        agencies = {fact.cell.agency if fact.cell else fact.agency for fact in self.life} - {None}
        return agencies.pop() if len(agencies) == 1 else None

    @property
    def settled_on(self) -> date | None:
        """From the end of this day on the dossier is in no level; none while it is in one."""
        standing = self._course.standing
        return self._course.since if standing is None or standing.bucket is Bucket.ENDED else None


class _Course:
    """Follows a life event by event: where the dossier stands, and since when."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self.since = date.min

    def go_on(self, fact: Fact, tally: _Tally | None = None) -> None:
        """Take one step, and add to `tally` what it changes."""
        before, since = self.standing, self.since
        if before is None and fact.cell is None:
            return  # where to count is not known: the filing may have been dropped from the log
        after = (before or Standing(cast("Cell", fact.cell))).after(fact)
        if before is None or after.bucket is not Bucket.ENDED or before.bucket is not Bucket.ENDED:
            self.since = local_date(fact.at)
        self.standing = after
        if tally is not None:
            _add(tally, fact, before, since, after)


def _followed(life: Life) -> _Course:
    course = _Course()
    for fact in _valid(life):
        course.go_on(fact)
    return course


def _valid(life: Life) -> Iterator[Fact]:
    annulled = {fact.annuls for fact in life if fact.annuls is not None}
    return (fact for fact in life if fact.sequence not in annulled and fact.type is not EventType.ANNULLED)


def _add(tally: _Tally, fact: Fact, before: Standing | None, since: date, after: Standing) -> None:
    day = local_date(fact.at)
    for cell, counter, n in flows(fact, before, after):
        tally[cell, counter, day] += n
    if before is not None:
        _add_levels(tally, before, since, None, -1)
        _add_levels(tally, before, since, day, 1)
    _add_levels(tally, after, day, None, 1)


def _add_levels(tally: _Tally, standing: Standing, start: date, end: date | None, n: int) -> None:
    for counter, first, beyond in standing.levels(start, end):
        if beyond is None:
            tally[standing.cell, counter, first] += n
        elif first < beyond:
            tally[standing.cell, counter, first] += n
            tally[standing.cell, counter, beyond] -= n


def _difference(after: Contributions, before: Contributions) -> Contributions:
    changed = {key: n - before.get(key, 0) for key, n in after.items()}
    changed.update({key: -n for key, n in before.items() if key not in after})
    return _without_zeros(changed)


def _without_zeros(tally: Contributions) -> Contributions:
    return {key: n for key, n in tally.items() if n}
