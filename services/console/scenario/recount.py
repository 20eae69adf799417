"""Counts what a plan's steps come to, from the steps alone."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from services.console.scenario.lives import Life, Plan
from services.console.scenario.schema import Period
from shared.clock import local_date
from shared.legal_clock.promise import Timeliness, is_late, timeliness
from shared.schemas.lifecycle import Action


def recount(plan: Plan, period: Period) -> Mapping[str, int]:
    """Figures of the period by their word in the report; those that are nothing are left out."""
    counts: Counter[str] = Counter()
    for life in plan.lives:
        accepted_on = _accepted_on(life)
        if accepted_on is None:
            continue
        counts["total"] += 1
        if accepted_on < period.first:
            counts["carried_over"] += 1
        else:
            counts["received"] += 1
            counts[f"received_{life.channel}"] += 1
        for word in _standing(life, period):
            counts[word] += 1
        submitted = _happened(life, Action.REGISTER_ARRIVAL, period)
        returned = _happened(life, Action.DISPATCH, period)
        counts["postal_submissions"] += submitted
        counts["postal_returns"] += returned
        counts["postal_uses"] += submitted + returned
    return +counts


def _accepted_on(life: Life) -> date | None:
    for step in life.steps:
        if step.action is Action.ACCEPT or (step.action is Action.FILE and step.note == "accepted"):
            return local_date(step.at)
    return None


_ENDS = {
    Action.RESOLVE: "resolved",
    Action.SEND_BACK: "sent_back",
    Action.APPROVE_WITHDRAWAL: "withdrawn",
}
_WAITS = {
    Action.REQUEST_SUPPLEMENT: "awaiting_supplement",
    Action.PROVIDE_SUPPLEMENT: None,
    Action.REQUEST_PAYMENT: "awaiting_payment",
    Action.CONFIRM_PAYMENT: None,
}


def _standing(life: Life, period: Period) -> tuple[str, ...]:
    """The words that count the dossier at the end of the period, wholes and parts."""
    ends: list[tuple[str, date]] = []
    waits: str | None = None
    for step in life.steps:
        if step.action in _ENDS:
            ends.append((_ENDS[step.action], local_date(step.at)))
        elif step.action is Action.UNDO:
            ends = ends[:-1]
        else:
            waits = _WAITS.get(step.action, waits)
    if ends:
        return _ended(*ends[-1], life.due_on)
    if waits:
        return "in_progress", waits
    if life.due_on is None:
        return "in_progress", "under_processing", "undated_open"
    return "in_progress", "under_processing", "overdue" if is_late(period.last, life.due_on) else "in_time"


def _ended(how: str, day: date, due_on: date | None) -> tuple[str, ...]:
    if how != "resolved":
        return "closed_without_result", how
    when = timeliness(day, due_on)
    return (how, when, "early_or_on_time") if when in {Timeliness.EARLY, Timeliness.ON_TIME} else (how, when)


def _happened(life: Life, action: Action, period: Period) -> int:
    return sum(
        step.action is action and period.first <= local_date(step.at) <= period.last for step in life.steps
    )
