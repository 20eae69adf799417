"""Periods: any range of local days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.clock import local_date, local_time
from shared.errors import RuleViolationError

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in Vietnam, both inclusive. Raises `RuleViolationError` for a range that is none."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise RuleViolationError(
                f"from ({self.first}) is after to ({self.last})", field="query:from", rule="period-reversed"
            )
        for name, day in (("from", self.first), ("to", self.last)):
            if not FIRST_DAY <= day <= LAST_DAY:
                raise RuleViolationError(
                    f"{name} must lie between {FIRST_DAY} and {LAST_DAY}",
                    field=f"query:{name}",
                    rule="day-out-of-range",
                )

    @property
    def day_before(self) -> date:
        return self.first - timedelta(days=1)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the period."""
        after = self.last + timedelta(days=1)
        return local_time(after, 0)


@dataclass(frozen=True, slots=True)
class View:
    """A period as it is seen at a moment: nothing is counted that lies after that moment's day."""

    period: Period
    today: date
    as_of: datetime | None = None
    """What was recorded later counts for nothing; none for all that is known."""

    @classmethod
    def at(cls, period: Period, now: datetime, as_of: datetime | None) -> "View":
        """As of `as_of`, else of now with all that is known. Raises `RuleViolationError` for the future."""
        if as_of is not None and as_of > now:
            raise RuleViolationError(
                f"as_of ({as_of.isoformat()}) is later than now ({now.isoformat()})",
                field="query:as_of",
                rule="future",
            )
        return cls(period, local_date(as_of or now), as_of)

    @property
    def settled_at(self) -> datetime:
        """Only what is recorded earlier belongs to the answer; later it may be corrected, not completed."""
        return self.period.ends_at if self.as_of is None else self.as_of + timedelta(microseconds=1)

    @property
    def before(self) -> date:
        """The day whose end the period starts from."""
        return min(self.period.day_before, self.today)

    @property
    def end(self) -> date:
        """The day at whose end the period is read."""
        return min(self.period.last, self.today)
