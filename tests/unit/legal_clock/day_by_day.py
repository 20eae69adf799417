"""The legal clock told a second time, by walking day by day: slow, plain, and sharing nothing with the first.

It reads no calendar changes; what they do is checked by properties.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from shared.legal_clock.appointment import Pause, PauseKind
from shared.legal_clock.duration import Duration, DurationUnit
from shared.schemas.lifecycle import PausePolicy

DAY = timedelta(days=1)
VIETNAM_AHEAD = timedelta(hours=7)
HALF_HOURS_WORKED = frozenset(range(15, 23)) | frozenset(range(27, 35))
"""Half-hours of the day, by their number, that lie in 07:30-11:30 and 13:30-17:30."""


def walk(
    duration: Duration,
    accepted_at: datetime,
    pauses: Sequence[Pause],
    is_working_day: Callable[[date], bool],
) -> date:
    """The appointment for a dossier accepted on a half-hour, in UTC, with pauses that have all ended."""
    waiting = list(pauses)
    accepted = accepted_at + VIETNAM_AHEAD
    today = accepted.date()
    left = _length(duration, today)
    if duration.unit is DurationUnit.WORKING_HOUR:
        left -= _worked(today, accepted.hour * 2 + accepted.minute // 30, is_working_day)
    while True:
        over = left <= 0 and is_working_day(today)
        while waiting and (waiting[0].asked_at + VIETNAM_AHEAD).date() == today:
            pause = waiting.pop(0)
            ended_on = _ended_on(pause)
            if _restarts(pause):
                left, over = _length(duration, ended_on), False
            if not over:
                # Months differ in length: what is left of a long one is never more than a whole one.
                today, left = ended_on, min(left, _length(duration, ended_on))
        if over:
            return today
        today += DAY
        left -= _passed(duration.unit, today, is_working_day)


def _passed(unit: DurationUnit, day: date, is_working_day: Callable[[date], bool]) -> int:
    if unit is DurationUnit.WORKING_HOUR:
        return _worked(day, 0, is_working_day)
    return int(unit is not DurationUnit.WORKING_DAY or is_working_day(day))


def _length(duration: Duration, after: date) -> int:
    """In working days, calendar days or half-hours."""
    if duration.unit is DurationUnit.WORKING_HOUR:
        return 2 * duration.amount
    if duration.unit is not DurationUnit.MONTH:
        return duration.amount
    last = after
    for _ in range(duration.amount):
        last = last.replace(day=1) + timedelta(days=monthrange(last.year, last.month)[1])
    return (last.replace(day=min(after.day, monthrange(last.year, last.month)[1])) - after).days


def _worked(day: date, from_half_hour: int, is_working_day: Callable[[date], bool]) -> int:
    return sum(number >= from_half_hour for number in HALF_HOURS_WORKED) if is_working_day(day) else 0


def _ended_on(pause: Pause) -> date:
    assert pause.ended_at is not None
    return (max(pause.asked_at, pause.ended_at) + VIETNAM_AHEAD).date()


def _restarts(pause: Pause) -> bool:
    return pause.kind is PauseKind.SUPPLEMENT and pause.policy is PausePolicy.RESTART
