"""How many dossiers of each agency and channel end how, so that rows and columns hit every total."""

from services.console.scenario.choices import STAYS_OPEN, Choices, Row
from services.console.scenario.lives import Outcome
from services.console.scenario.pools import CannotPlanError
from services.console.scenario.sharing import CannotShareError, Table, share_out

# The least flexible first, so that the others can level out the days.
ORDER = (
    Outcome.IN_TIME,
    Outcome.OVERDUE,
    Outcome.LATE,
    Outcome.AWAITING_PAYMENT,
    Outcome.AWAITING_SUPPLEMENT,
    Outcome.ON_TIME,
    Outcome.SENT_BACK,
    Outcome.WITHDRAWN,
    Outcome.UNDATED_OPEN,
    Outcome.UNDATED,
    Outcome.EARLY,
)
"""Every outcome of a received dossier."""
CARRIED_PERCENT = {
    Outcome.LATE: 55,
    Outcome.OVERDUE: 50,
    Outcome.AWAITING_SUPPLEMENT: 30,
    Outcome.AWAITING_PAYMENT: 10,
    Outcome.SENT_BACK: 25,
    Outcome.WITHDRAWN: 15,
    Outcome.IN_TIME: 1,
}
"""How many of an outcome were carried over, in percent, where that can be; the others take the rest."""
_FLEXIBLE = (Outcome.EARLY, Outcome.ON_TIME, Outcome.UNDATED)
_ANY = 1 << 30


def distribute(values: dict[str, int], choices: Choices) -> dict[tuple[Row, Outcome], int]:
    """Raises `CannotPlanError` where the catalogue and the period leave no way to the totals."""
    table = Table()
    table.group("carried over", values["carried_over"])
    for row in choices.rows:
        if row.carried_over:
            table.give(row, _ANY, through="carried over")
        else:
            table.give(row, choices.size(row))
    for outcome in ORDER:
        table.take(outcome, values[outcome])
    placed = _fill_as_usual(table, values, choices) + _fill_the_rest(table, choices)
    cells = {(row, outcome): table.moved(row, outcome) for row in choices.rows for outcome in ORDER}
    if placed < values["total"]:
        left = {o: values[o] - sum(cells[row, o] for row in choices.rows) for o in ORDER}
        missing = ", ".join(f"{count} {outcome}" for outcome, count in left.items() if count)
        raise CannotPlanError(f"no procedure is short or long enough in this period for {missing}")
    return cells


def _fill_as_usual(table: Table, values: dict[str, int], choices: Choices) -> int:
    carried = _usually_carried(values)
    for outcome in ORDER:
        for carried_over, amount in ((True, carried[outcome]), (False, values[outcome] - carried[outcome])):
            rows = [row for row in choices.rows if row.carried_over is carried_over]
            pulls = [_pull(choices, row, outcome) for row in rows]
            if any(pulls):
                for row, part in zip(rows, share_out(amount, pulls), strict=True):
                    table.allow(row, outcome, part)
    return table.fill()


def _fill_the_rest(table: Table, choices: Choices) -> int:
    for row in choices.rows:
        for outcome in ORDER:
            if choices.find(row, outcome):
                table.allow(row, outcome, _ANY)
    return table.fill()


def _usually_carried(values: dict[str, int]) -> dict[Outcome, int]:
    wanted = {outcome: values[outcome] * CARRIED_PERCENT.get(outcome, 0) // 100 for outcome in ORDER}
    rest = values["carried_over"] - sum(wanted.values())
    if rest < 0:
        parts = share_out(values["carried_over"], list(wanted.values()))
        return dict(zip(wanted, parts, strict=True))
    room = [values[outcome] for outcome in _FLEXIBLE]
    try:
        parts = share_out(rest, room, room)
    except CannotShareError:
        parts = room
    return wanted | dict(zip(_FLEXIBLE, parts, strict=True))


def _pull(choices: Choices, row: Row, outcome: Outcome) -> int:
    """How strongly a row draws an outcome: by its size, and what stays open by its durations too."""
    stays = outcome in STAYS_OPEN or row.carried_over
    choice = choices.find(row, outcome)
    return choices.size(row) * (choice.stay if stays else 1) if choice else 0
