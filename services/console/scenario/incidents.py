"""What happens beside the ordinary: apologies, undone decisions, declined withdrawals, incomplete papers."""

from collections.abc import Callable, Iterator
from random import Random

from services.console.scenario.arithmetic import Settled
from services.console.scenario.choices import duration_of
from services.console.scenario.drafts import Draft, share_of
from services.console.scenario.lives import CLOSED, RESOLVED, Outcome
from services.console.scenario.pools import CannotPlanError
from services.console.scenario.timeline import DueDates, Timeline
from shared.schemas.lifecycle import Action, Channel

_UNDONE_REFUSALS = 4
_UNDONE_CLOSINGS = 3


def add_incidents(
    settled: Settled, drafts: list[Draft], timeline: Timeline, due_dates: DueDates, random: Random
) -> None:
    """As much of the liveliness as the drafts have room for; nothing of it moves a figure."""
    liveliness, total = settled.scenario.liveliness, settled.values["total"]
    order = drafts.copy()
    random.shuffle(order)

    def add(wanted: int, action: Action, slot_of: Callable[[Draft], int | None]) -> int:
        return sum(_happen(draft, action, slot) for draft, slot in _first(wanted, order, slot_of))

    midnight = _undone_at_midnight(order, timeline) if liveliness.undos else 0
    undos = liveliness.undos - midnight
    refusals = add(min(undos // 5, _UNDONE_REFUSALS), Action.REFUSE, _refused_at)
    closings = add(
        min(undos // 5, _UNDONE_CLOSINGS), Action.SEND_BACK, lambda draft: _decided_at(draft, random)
    )
    add(undos - refusals - closings, Action.RESOLVE, lambda draft: _decided_at(draft, random))
    add(
        liveliness.declined_withdrawals,
        Action.REQUEST_WITHDRAWAL,
        lambda draft: _between(draft, timeline, random),
    )
    add(
        share_of(liveliness.completed_percent, total),
        Action.REQUEST_COMPLETION,
        lambda draft: _incomplete_at(draft, random),
    )
    _apologise(share_of(liveliness.apologies_percent, total), order, timeline, due_dates)
    _send_by_post(settled.values["postal_returns"], order, timeline)


def _first(
    wanted: int, drafts: list[Draft], slot_of: Callable[[Draft], int | None]
) -> Iterator[tuple[Draft, int]]:
    """The first drafts that have a slot for it."""
    for draft in drafts:
        if not wanted:
            return
        if draft.plain and (slot := slot_of(draft)) is not None:
            wanted -= 1
            yield draft, slot


def _happen(draft: Draft, action: Action, slot: int) -> int:
    draft.incidents[action] = slot
    return 1


def _refused_at(draft: Draft) -> int | None:
    if draft.carried_over or draft.channel is not Channel.ONLINE:
        return None
    return draft.window.accepted


def _decided_at(draft: Draft, random: Random) -> int | None:
    """A first decision that is undone, before the one that stands."""
    if draft.outcome not in RESOLVED or draft.carried_over:
        return None
    return random.randint(draft.window.accepted + 1, draft.last)


def _between(draft: Draft, timeline: Timeline, random: Random) -> int | None:
    """After acceptance, with a slot to spare before the end."""
    end = draft.last if draft.outcome in RESOLVED else timeline.end
    if draft.outcome not in RESOLVED | {Outcome.IN_TIME} or end - draft.window.accepted < 3:
        return None
    return random.randint(draft.window.accepted + 1, end - 2)


def _incomplete_at(draft: Draft, random: Random) -> int | None:
    slot = draft.window.accepted - random.randint(2, 8)
    return slot if slot >= 0 and draft.channel is not Channel.POSTAL else None


def _undone_at_midnight(drafts: list[Draft], timeline: Timeline) -> int:
    """One decision at 23:50 in the middle of the period, undone at 00:10."""
    middle = 2 * ((timeline.first_day + timeline.last_day) // 2) + 1
    for draft in drafts:
        if (
            draft.plain
            and not draft.carried_over
            and draft.outcome in RESOLVED
            and draft.window.accepted < middle < draft.last
        ):
            draft.incidents[Action.RESOLVE] = middle
            draft.at_midnight = True
            return 1
    return 0


def _apologise(wanted: int, drafts: list[Draft], timeline: Timeline, due_dates: DueDates) -> None:
    """Late dossiers first, on the day they are due; then others, a while before they are finished."""
    for draft in sorted(drafts, key=lambda draft: draft.outcome not in {Outcome.LATE, Outcome.OVERDUE}):
        if not wanted:
            return
        if not draft.plain or draft.outcome in CLOSED:
            continue
        due = due_dates.due(duration_of(draft.procedure), draft.window.accepted)
        end = draft.last if draft.last >= 0 else timeline.end + 1
        slot = draft.window.accepted + 1
        if due is not None and draft.outcome in {Outcome.LATE, Outcome.OVERDUE}:
            slot = max(slot, timeline.slots_of(due))
        if due is not None and slot < end:
            draft.incidents[Action.APOLOGISE] = slot
            wanted -= 1


def _send_by_post(wanted: int, drafts: list[Draft], timeline: Timeline) -> None:
    """Who filed by post gets the result by post first."""
    for draft in sorted(drafts, key=lambda draft: draft.channel is not Channel.POSTAL):
        if not wanted:
            return
        if draft.outcome in RESOLVED and draft.procedure.has_result and draft.last < timeline.end:
            draft.by_post = True
            wanted -= 1
    if wanted:
        raise CannotPlanError(
            f"{wanted} postal_returns find no dossier that is resolved early enough to be sent"
        )
