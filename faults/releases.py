"""The release after this one: it tells more of each event, and keeps more of each dossier."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

MORE = "told_by"
"""The field that the next release adds to every event of a dossier."""
COLUMN = "phase"
"""The column that it adds, which says in capitals what `status` says."""


def tell_more(_: str) -> None:
    """Events have a field more, which those of the release before lack."""
    from pydantic.fields import FieldInfo

    from shared.events.dossier import DossierEvent

    for model in _with_heirs(DossierEvent):
        model.__pydantic_fields__[MORE] = FieldInfo(annotation=str, default="the next release")
        model.model_rebuild(force=True)


def _with_heirs(model: type[Any]) -> Iterator[type[Any]]:
    yield model
    for heir in model.__subclasses__():
        yield from _with_heirs(heir)


def keep_more(_: str) -> None:
    """Both writers know a column more, and fill it."""
    from sqlalchemy import Column, Text

    from services.intake_service.adapters.tables import dossier
    from services.processing_service.adapters.tables import case_file
    from shared.journal.writer import JournalWriter, Write

    for table in (dossier, case_file):
        table.append_column(Column(COLUMN, Text))
    execute: Callable[..., Any] = JournalWriter._execute  # noqa: SLF001

    async def filling(self: Any, writes: Sequence[Write]) -> Any:
        filled = [replace(one, row={**one.row, COLUMN: str(one.row["status"]).upper()}) for one in writes]
        return await execute(self, filled)

    patch.object(JournalWriter, "_execute", filling).start()
