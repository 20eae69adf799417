"""Deliberate bugs: with any of them the suite must fail, or it could not be believed when it passes."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch


def position_first(_: str) -> None:
    """The consumer's position is committed before the effects are."""
    from shared.consumer.effects import Effects
    from shared.consumer.positions import Positions

    attempt: Callable[..., Any] = Effects._attempt  # noqa: SLF001
    move: Callable[..., Any] = Positions.move

    async def broken(self: Any, moves: Any, *rest: Any) -> None:
        async with self._engine.begin() as connection:
            await move(self._positions, connection, moves)
        await attempt(self, moves, *rest)

    async def skip(*_: Any) -> None:
        """It is done already."""

    patch.object(Effects, "_attempt", broken).start()
    patch.object(Positions, "move", skip).start()


def pending_apart(_: str) -> None:
    """The pending marks are written after the statement that writes the history, by another one."""
    from sqlalchemy import text

    from shared.journal import writer

    whole: Callable[..., str] = writer._statement  # noqa: SLF001
    execute: Callable[..., Any] = writer.JournalWriter._execute  # noqa: SLF001

    def without_pending(dossier: Any) -> str:
        statement = whole(dossier)
        start, end = statement.index("), pending AS ("), statement.index("), claimed AS (")
        return statement[:start] + statement[end:]

    async def broken(self: Any, writes: Any) -> Mapping[str, bool]:
        too_late: Mapping[str, bool] = await execute(self, writes)
        marks = [
            {"bucket": writer.bucket_of(write.code), "code": write.code, "sequence": entry.sequence}
            for write in writes
            if too_late.get(write.code) is False
            for entry in write.entries
        ]
        insert = (
            "INSERT INTO outbox_pending (bucket, stream, subject, sequence)"
            " VALUES (:bucket, 'dossier', :code, :sequence)"
        )
        if marks:
            async with self._engine.connect() as connection:
                await connection.execute(text(insert), marks)
        return too_late

    patch.object(writer, "_statement", without_pending).start()
    patch.object(writer.JournalWriter, "_execute", broken).start()
