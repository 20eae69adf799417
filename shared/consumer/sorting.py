"""Which of the events at hand may be applied now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.events.envelope import Envelope, UnreadableEventError

Key = tuple[str, int]
"""Subject and sequence."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event together with the message that brought it."""

    event: Envelope
    raw: bytes
    partition: int
    position: int

    @property
    def key(self) -> Key:
        return self.event.subject, self.event.sequence


@dataclass(slots=True)
class Sorted:
    """What becomes of each delivery; an event that was delivered twice is in it once."""

    ready: list[Delivery] = field(default_factory=list)
    """For every subject without gap from the next event on, in order."""
    waiting: dict[Key, tuple[Delivery, str | None]] = field(default_factory=dict)
    """With the reference data that is lacking; none where an earlier event of the subject is."""
    unreadable: list[tuple[Delivery, UnreadableEventError]] = field(default_factory=list)
    duplicates: int = 0


def sort_out(
    deliveries: Iterable[Delivery],
    last_sequences: Mapping[str, int],
    lacks: Callable[[Envelope], str | None],
) -> Sorted:
    """Judge `deliveries`, new and held ones alike, by the last applied sequence of their subjects."""
    result = Sorted()
    by_subject: dict[str, dict[int, Delivery]] = {}
    for delivery in deliveries:
        subject, sequence = delivery.key
        known = by_subject.setdefault(subject, {})
        if sequence <= last_sequences.get(subject, 0) or sequence in known:
            result.duplicates += 1
        else:
            known[sequence] = delivery
    for subject, known in by_subject.items():
        _follow(known, last_sequences.get(subject, 0) + 1, lacks, result)
    return result


def _follow(
    known: dict[int, Delivery], due: int, lacks: Callable[[Envelope], str | None], result: Sorted
) -> None:
    """Go on from `due` until something is missing; all that comes after waits."""
    lacking = None
    while due in known:
        try:
            lacking = lacks(known[due].event)
        except UnreadableEventError as error:
            result.unreadable.append((known.pop(due), error))
            break
        if lacking is not None:
            break
        result.ready.append(known.pop(due))
        due += 1
    for sequence, delivery in known.items():
        result.waiting[delivery.key] = delivery, lacking if sequence == due else None
