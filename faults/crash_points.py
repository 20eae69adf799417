"""The places at which a crash hurts most, as wrappers around functions of the product."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from unittest.mock import patch

Passing = Callable[[], None]
"""Called when the point is passed; it may end the process."""


def arm(point: str, passing: Passing) -> None:
    """Have `passing` called at the point. Raises `KeyError` for an unknown one."""
    _POINTS[point](passing)


def _wrap(owner: Any, name: str, *, before: Passing | None = None, after: Passing | None = None) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def wrapped(*arguments: Any, **named: Any) -> Any:
        if before:
            before()
        result = await original(*arguments, **named)
        if after:
            after()
        return result

    patch.object(owner, name, wrapped).start()


def _before_commit(passing: Passing) -> None:
    """A request's write is about to go to the database."""
    from shared.journal.writer import JournalWriter

    _wrap(JournalWriter, "_execute", before=passing)


def _after_commit(passing: Passing) -> None:
    """A request's write is durable, and its caller does not know yet."""
    from shared.journal.writer import JournalWriter

    _wrap(JournalWriter, "_execute", after=passing)


def _after_produce(passing: Passing) -> None:
    """The log has the events, and their pending marks are still there."""
    from shared.log.kafka import KafkaLog
    from shared.log.postgres import PostgresLog

    for log in (PostgresLog, KafkaLog):
        _wrap(log, "append", after=passing)


def _inside_effect(passing: Passing) -> None:
    """Effects are written, and neither they nor the position are committed."""
    from shared.consumer.ledger import Ledger

    _wrap(Ledger, "advance", before=passing)


def _after_effect(passing: Passing) -> None:
    """Effects and position are committed, and the consumer does not know yet."""
    from shared.consumer.effects import Effects

    _wrap(Effects, "_attempt", after=passing)


_POINTS: Mapping[str, Callable[[Passing], None]] = {
    "before-commit": _before_commit,
    "after-commit": _after_commit,
    "after-produce": _after_produce,
    "inside-effect": _inside_effect,
    "after-effect": _after_effect,
}
