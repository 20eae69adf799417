"""What must hold in every single history: its chain, and the appointments that the legal clock gives."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from services.console.recount.histories import Entry
from shared.history import GENESIS, entry_hash
from shared.legal_clock.appointment import CalendarChange, Pause, PauseKind, appointment, happenings
from shared.legal_clock.calendar import WorkingCalendar
from shared.legal_clock.duration import Duration
from shared.schemas.lifecycle import PausePolicy

Calendars = Mapping[int, WorkingCalendar]
"""Every version of the working calendar."""

_SAYS_APPOINTMENT = frozenset({"supplement_provided", "supplement_cancelled", "paid", "appointment_moved"})


def faults(life: Sequence[Entry], calendars: Calendars) -> Iterator[str]:
    """What is wrong with one history; nothing for a sound one."""
    yield from broken_links(life)
    yield from _wrong_appointments(life, calendars)


def broken_links(life: Sequence[Entry], after: tuple[int, bytes] = (0, GENESIS)) -> Iterator[str]:
    """Where a chain that follows the entry `after`, by its sequence and hash, is broken."""
    before, previous = after
    for expected, entry in enumerate(life, start=before + 1):
        where = f"{entry.code}/{entry.sequence}"
        if entry.sequence != expected:
            yield f"{where}: entry {expected} is missing"
            return
        if entry.previous_hash != previous:
            yield f"{where}: does not follow the entry before"
        if entry.hash != _hash(entry):
            yield f"{where}: its columns are not those that were hashed"
        previous = entry.hash


def _hash(entry: Entry) -> bytes:
    return entry_hash(
        entry.previous_hash,
        code=entry.code,
        sequence=entry.sequence,
        type=entry.type,
        occurred_at=entry.occurred_at,
        actor=entry.actor,
        reason=entry.reason,
        salt=entry.salt,
        data=entry.data,
        sealed=entry.sealed,
    )


def _wrong_appointments(life: Sequence[Entry], calendars: Calendars) -> Iterator[str]:
    accepted = next((entry for entry in life if entry.type == "accepted"), None)
    if accepted is None:
        return
    facts = accepted.data["facts"]
    duration = Duration.model_validate(facts["committed"]) if facts.get("committed") else None
    version = accepted.data["calendar_version"]
    first = calendars[version]
    pauses: list[Pause] = []
    changes: list[CalendarChange] = []
    for entry in life[accepted.sequence - 1 :]:
        _follow(entry, pauses, PausePolicy(facts["pause_policy"]))
        if entry.type in _SAYS_APPOINTMENT and entry.data["calendar_version"] != version:
            version = entry.data["calendar_version"]
            # Whoever ended a pause took the newest calendar for what followed from that.
            after = happenings(pauses) - (entry.type != "appointment_moved")
            changes.append(CalendarChange(entry.occurred_at, calendars[version], after))
        # A result says what it is measured against.
        if entry is accepted or entry.type == "resolved" or entry.type in _SAYS_APPOINTMENT:
            computed = appointment(duration, accepted.occurred_at, first, pauses, changes=changes)
            stored = entry.data.get("appointment")
            if (computed.due_on if computed else None) != (date.fromisoformat(stored) if stored else None):
                due = computed.due_on if computed else None
                yield f"{entry.code}/{entry.sequence}: appointment {stored}, the legal clock says {due}"


def _follow(entry: Entry, pauses: list[Pause], policy: PausePolicy) -> None:
    """Take the entry into the list of pauses."""
    match entry.type:
        case "supplement_requested":
            pauses.append(Pause(PauseKind.SUPPLEMENT, entry.occurred_at, None, policy))
        case "payment_requested":
            pauses.append(Pause(PauseKind.PAYMENT, entry.occurred_at))
        case "supplement_provided":
            pauses[-1] = Pause(pauses[-1].kind, pauses[-1].asked_at, _moment(entry), policy)
        case "supplement_cancelled" | "paid":
            pauses[-1] = Pause(pauses[-1].kind, pauses[-1].asked_at, _moment(entry))


def _moment(entry: Entry) -> datetime:
    """The legal moment (payment made, supplement handed in), or when it was entered."""
    said = entry.data.get("effective_at")
    return datetime.fromisoformat(said) if said else entry.occurred_at
