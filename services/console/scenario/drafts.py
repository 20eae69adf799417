"""Drafts of lives: which dossier is accepted when, and when it ends."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from random import Random

from services.console.scenario.arithmetic import Settled
from services.console.scenario.choices import Choice, Choices, Row
from services.console.scenario.distribution import ORDER, distribute
from services.console.scenario.lives import Outcome
from services.console.scenario.sharing import share_out
from services.console.scenario.timeline import Timeline
from services.console.scenario.windows import Window
from shared.legal_clock.appointment import PauseKind
from shared.schemas.base import AgencyCode
from shared.schemas.lifecycle import Action, Channel, PausePolicy
from shared.schemas.reference import Procedure

_PAUSABLE = frozenset({Outcome.IN_TIME, Outcome.LATE, Outcome.ON_TIME, Outcome.EARLY})


@dataclass(slots=True)
class Draft:
    """A life to be, in slots."""

    agency: AgencyCode
    procedure: Procedure
    channel: Channel
    carried_over: bool
    outcome: Outcome
    window: Window
    last: int
    """When it is finished, or asked for what it awaits; -1 where neither happens."""
    pause: PauseKind | None
    """A pause that was answered."""
    incidents: dict[Action, int] = field(default_factory=dict)
    """What else happens, by slot."""
    by_post: bool = False
    """The result goes home by post."""
    at_midnight: bool = False
    """Its undone decision falls just before midnight, the undoing just after."""

    @property
    def plain(self) -> bool:
        """Whether nothing unusual happens to it so far."""
        return self.pause is None and not self.incidents


def share_of(percentage: Decimal, total: int) -> int:
    """At least so many percent of a total."""
    return int((percentage * total / 100).to_integral_value(ROUND_CEILING))


def draft_all(settled: Settled, choices: Choices, timeline: Timeline, random: Random) -> list[Draft]:
    """Drafts of every received dossier. Raises `CannotPlanError`."""
    values, liveliness = settled.values, settled.scenario.liveliness
    cells = distribute(values, choices)
    pausable = sum(values[outcome] for outcome in _PAUSABLE)
    supplements = _Debt(share_of(liveliness.answered_supplements_percent, values["total"]), pausable)
    payments = _Debt(share_of(liveliness.confirmed_payments_percent, values["total"]), pausable)
    load = _DayLoad(timeline, values["received"], values["carried_over"])
    drafts: list[Draft] = []
    for outcome in ORDER:
        rows = [row for row in choices.rows for _ in range(cells[row, outcome])]
        random.shuffle(rows)
        for row in rows:
            pause, choice = None, None
            if outcome in _PAUSABLE:
                if supplements.due() and (
                    choice := _with_supplement(choices, row, outcome, supplements.paid)
                ):
                    pause = PauseKind.SUPPLEMENT
                    supplements.paid += 1
                elif payments.due() and (choice := choices.find(row, outcome, PauseKind.PAYMENT)):
                    pause = PauseKind.PAYMENT
                    payments.paid += 1
            choice = choice or choices.find(row, outcome)
            drafts.append(_draft(choices, row, outcome, choice, pause, load, random))
    return drafts


def _with_supplement(choices: Choices, row: Row, outcome: Outcome, number: int) -> Choice:
    """The pause policies by turns, as far as the row has procedures of both."""
    wanted = PausePolicy.RESTART if number % 2 else PausePolicy.RESUME
    return choices.find(row, outcome, PauseKind.SUPPLEMENT, wanted) or choices.find(
        row, outcome, PauseKind.SUPPLEMENT
    )


def _draft(
    choices: Choices,
    row: Row,
    outcome: Outcome,
    choice: Choice,
    pause: PauseKind | None,
    load: "_DayLoad",
    random: Random,
) -> Draft:
    procedure, days = choice.draw(random)
    windows = days[load.lightest(days)]
    window = windows[int(random.random() * len(windows))]
    span = window.last - window.first + 1
    pool = choices.pools[row.pool]
    channel = row.channel
    if channel is None:
        offered = [channel for channel in Channel if channel in procedure.channels]
        weights = [pool.received[channel] for channel in offered]
        channel = random.choices(offered, weights if any(weights) else None)[0]
    return Draft(
        agency=pool.agency,
        procedure=procedure,
        channel=channel,
        carried_over=row.carried_over,
        outcome=outcome,
        window=window,
        last=window.first + int(random.random() * span),
        pause=pause,
    )


class _DayLoad:
    """Levels acceptances: more on a Monday than on a Friday, and of the carried over the later the more."""

    _BY_WEEKDAY = (118, 106, 100, 98, 88, 40, 20)
    _LESS_PER_DAY_BEFORE = 0.86
    _OLDEST_DAYS = 25

    def __init__(self, timeline: Timeline, received: int, carried_over: int) -> None:
        inside = range(timeline.first_day, timeline.last_day + 1)
        weekdays = [self._BY_WEEKDAY[timeline.days[day].weekday()] for day in inside]
        before = range(timeline.first_day)
        ages = [self._weight_before(timeline.first_day - day) for day in before]
        self._left = dict(zip(inside, share_out(received, weekdays), strict=True))
        if any(ages):
            self._left |= zip(before, share_out(carried_over, ages), strict=True)

    def _weight_before(self, days: int) -> int:
        return int(10_000 * self._LESS_PER_DAY_BEFORE**days) if days <= self._OLDEST_DAYS else 0

    def lightest(self, days: Iterable[int]) -> int:
        """The day with the most room left, the latest of several; it has one less now."""
        day = max(days, key=lambda day: (self._left[day], day))
        self._left[day] -= 1
        return day


class _Debt:
    """So many of so many should happen, evenly; what could not happen is made up for later."""

    def __init__(self, wanted: int, among: int) -> None:
        self._wanted, self._among = wanted, among
        self._seen = 0
        self.paid = 0

    def due(self) -> bool:
        """Counts one more that it could happen to."""
        self._seen += 1
        return self.paid < self._wanted and self.paid * self._among < self._wanted * self._seen
