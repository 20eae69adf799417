"""Which procedures can meet a demand, and on which days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from services.console.scenario.lives import Outcome
from services.console.scenario.pools import Pool
from services.console.scenario.windows import Demand, Window, Windows
from shared.legal_clock.appointment import PauseKind
from shared.legal_clock.duration import Duration, DurationUnit
from shared.schemas.lifecycle import Channel, PausePolicy
from shared.schemas.reference import Procedure

STAYS_OPEN = frozenset(
    {Outcome.IN_TIME, Outcome.OVERDUE, Outcome.AWAITING_PAYMENT, Outcome.AWAITING_SUPPLEMENT}
)
# Beyond this a longer procedure is not found in the stock of open dossiers any more often.
_LONGEST_STAY_DAYS = 12
_IN_WORKING_DAYS = {
    DurationUnit.WORKING_DAY: 1.0,
    DurationUnit.CALENDAR_DAY: 5 / 7,
    DurationUnit.MONTH: 21.0,
    DurationUnit.WORKING_HOUR: 1 / 8,
}


@dataclass(frozen=True, slots=True)
class Row:
    """Dossiers of one pool that came in one way."""

    pool: int
    channel: Channel | None
    """None for dossiers carried over: their channels are not in print."""

    @property
    def carried_over(self) -> bool:
        return self.channel is None


class Choice:
    """Procedures that can meet a demand."""

    def __init__(self, options: Sequence[tuple[Procedure, int, Mapping[int, list[Window]]]]) -> None:
        self._options = [(procedure, days) for procedure, _, days in options]
        self._cumulative = list(accumulate(weight for _, weight, _ in options))

    def __bool__(self) -> bool:
        return bool(self._options)

    @property
    def stay(self) -> int:
        """How many working days its dossiers stay open, about."""
        return max((_stay(procedure) for procedure, _ in self._options), default=0)

    def draw(self, random: Random) -> tuple[Procedure, Mapping[int, list[Window]]]:
        """A procedure, as often as it is asked for, with its windows by the day of acceptance."""
        return random.choices(self._options, cum_weights=self._cumulative)[0]


class Choices:
    """All choices of a scenario, each found once."""

    def __init__(self, pools: Sequence[Pool], windows: Windows) -> None:
        self.pools = pools
        self.rows = tuple(
            Row(pool, channel) for pool in range(len(pools)) for channel in (None, *Channel)
        )  # fmt: skip
        self._windows = windows
        self._known: dict[tuple[object, ...], Choice] = {}

    def find(
        self,
        row: Row,
        outcome: Outcome,
        pause: PauseKind | None = None,
        policy: PausePolicy | None = None,
    ) -> Choice:
        """What can meet a demand, with a pause if one is wanted; of any pause policy unless one is named."""
        key = (row, outcome, pause, policy)
        if key not in self._known:
            self._known[key] = Choice(self._options(row, outcome, pause, policy))
        return self._known[key]

    def size(self, row: Row) -> int:
        """What the row received; of dossiers carried over, what its agency received in all."""
        pool = self.pools[row.pool]
        return pool.size if row.channel is None else pool.received[row.channel]

    def _options(
        self, row: Row, outcome: Outcome, pause: PauseKind | None, policy: PausePolicy | None
    ) -> list[tuple[Procedure, int, Mapping[int, list[Window]]]]:
        pool = self.pools[row.pool]
        stays = outcome in STAYS_OPEN or row.carried_over
        return [
            (procedure, weight * (_stay(procedure) if stays else 1), days)
            for procedure, weight in zip(pool.procedures, pool.weights, strict=True)
            if (row.channel is None or row.channel in procedure.channels)
            and policy in {None, procedure.pause_policy}
            and (days := self._windows.by_day(_demand(row, outcome, procedure, pause)))
        ]


def duration_of(procedure: Procedure) -> Duration | None:
    """What the appointment is computed from; none for a notification."""
    case = procedure.cases[0]
    return case.committed or case.statutory


def _demand(row: Row, outcome: Outcome, procedure: Procedure, pause: PauseKind | None) -> Demand:
    policy = procedure.pause_policy if pause is PauseKind.SUPPLEMENT else PausePolicy.RESUME
    return Demand(duration_of(procedure), row.carried_over, outcome, pause, policy)


def _stay(procedure: Procedure) -> int:
    duration = duration_of(procedure)
    if duration is None:
        return 1
    return min(max(round(duration.amount * _IN_WORKING_DAYS[duration.unit]), 1), _LONGEST_STAY_DAYS)
