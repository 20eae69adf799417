"""Events that are broken on their way to the log, and a reaction that stumbles over some of them."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch
from zlib import crc32

_LARGEST = 900_000
_ONE_IN = 5
WRONG = b'"status_after":"never_'


def mangle(kinds: str) -> None:
    """A relay sends one event of each of `kinds` broken, each of another dossier, and knows nothing of it."""
    from shared.log.port import Record
    from shared.outbox.payloads import record_of

    left = kinds.split(",")
    # What the log did not take at once comes again, and is broken again.
    mangled: dict[str, tuple[int, str]] = {}

    def broken(event: Any) -> Record:
        record = record_of(event)
        if event.subject not in mangled and left and event.dossier_event_type is not None:
            mangled[event.subject] = event.sequence, left.pop(0)
        sequence, kind = mangled.get(event.subject, (0, ""))
        if event.sequence != sequence:
            return record
        return Record(record.key, _MANGLED[kind](record.value), record.headers)

    patch("shared.outbox.relay.record_of", broken).start()


_MANGLED: Mapping[str, Callable[[bytes], bytes]] = {
    "malformed": lambda value: value[: len(value) // 2],
    "unknown-type": lambda value: value.replace(b'"vn.motcua.dossier.', b'"vn.motcua.parcel.', 1),
    "unknown-version": lambda value: value.replace(b".v1", b".v9", 1),
    "wrong-payload": lambda value: value.replace(b'"status_after":"', WRONG, 1),
    "large": lambda _: b'"' + b"x" * (_LARGEST - 2) + b'"',
    "empty": lambda _: b"",
}
KINDS = tuple(_MANGLED)


def stumble(_: str) -> None:
    """The reaction of statistics has a bug that some dossiers bring out."""
    from services.stats_service.adapters.projection import DossierProjection

    apply: Callable[..., Any] = DossierProjection.apply

    async def stumbling(self: Any, connection: Any, events: Any) -> None:
        if any(crc32(event.subject.encode()) % _ONE_IN == 0 for event in events if event.watermark() is None):
            raise RuntimeError("a deliberate bug")
        await apply(self, connection, events)

    patch.object(DossierProjection, "apply", stumbling).start()
