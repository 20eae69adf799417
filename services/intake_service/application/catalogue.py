"""The catalogue of procedures: search, confirmation by an administrator, import of a file."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from services.intake_service.application.reference import (
    Publication,
    ReferenceData,
    ReferencePublisher,
    differs,
    require_version,
)
from services.intake_service.domain.catalogue_file import read_catalogue_file
from services.intake_service.domain.catalogue_import import plan_import
from services.intake_service.domain.reference_rules import check_procedure
from shared.clock import Clock, local_date
from shared.errors import NotFoundError, StaleVersionError, UnavailableError
from shared.events.reference import ReferenceKind
from shared.journal.writer import ClaimTakenError, IdempotencyClaim
from shared.principal import Principal
from shared.schemas.base import Moment, Schema
from shared.schemas.reference import Procedure

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """Which procedures a list is about; none means no restriction."""

    field: str | None
    agency: str | None
    words: str | None
    """Parts of code or name, in any order, with or without diacritics."""


class ImportFinding(Schema):
    """Something wrong in one row of a file."""

    line: int
    field: str
    """The column; empty where the whole row is meant."""
    rule: str
    outcome: Literal["refused", "mended"]
    """A refused row was not imported; a mended one was."""
    detail: str


class ImportReport(Schema):
    """What became of every row of a file."""

    rows_read: int
    new: int
    changed: int
    unchanged: int
    refused: int
    mended: int
    findings: tuple[ImportFinding, ...]


class ImportRecord(Schema):
    """An import that was committed."""

    number: int
    imported_at: Moment
    report: ImportReport


class CatalogueStore(Protocol):
    """The catalogue as it is searched, and the imports that were made."""

    async def page(self, chosen: CatalogueFilter, after: str | None, limit: int) -> Sequence[Procedure]:
        """The newest versions, in order of their codes, behind the code in `after`."""

    async def import_record(self, number: int) -> ImportRecord | None:
        """The import with this number."""

    async def import_of(self, claim: IdempotencyClaim) -> ImportRecord | None:
        """The import made with this key. Raises `KeyReusedError` if it was of another file."""

    async def commit_import(
        self,
        publications: Sequence[Publication],
        report: ImportReport,
        claim: IdempotencyClaim,
        at: datetime,
    ) -> ImportRecord:
        """All or nothing. Raises `StaleVersionError` or `ClaimTakenError`: nothing has changed."""


class Catalogue:
    """`expected` is the version of the procedure that the caller has seen."""

    def __init__(
        self, data: ReferenceData, store: CatalogueStore, publisher: ReferencePublisher, clock: Clock
    ) -> None:
        self._data = data
        self._store = store
        self._publisher = publisher
        self._clock = clock

    async def page(self, chosen: CatalogueFilter, after: str | None, limit: int) -> Sequence[Procedure]:
        """A part of the catalogue, in order of codes."""
        return await self._store.page(chosen, after, limit)

    async def procedure(self, code: str, on: date | None = None) -> Procedure:
        """The newest version, or the newest that is in force on a day."""
        await self._data.refresh()
        found = self._data.procedure(code) if on is None else self._data.procedure_on(code, on)
        if found is None:
            raise NotFoundError(f"no procedure {code}" + (f" is in force on {on}" if on else ""))
        return found

    async def replace(self, content: Procedure, expected: int, by: Principal) -> Procedure:
        """Publish the next version of a procedure. Raises `RuleViolationError` for what makes no sense."""
        before = await self.procedure(content.code)
        require_version(expected, before.version, f"procedure {content.code}")
        check_procedure(content, self._data.tree)
        after = content.model_copy(update={"version": before.version + 1})
        if not differs(before, after):
            return before
        await self._publisher.publish(Publication(ReferenceKind.PROCEDURE, after.code, after), by)
        return after

    async def import_file(self, raw: bytes, claim: IdempotencyClaim) -> ImportRecord:
        """Import a catalogue file. Raises `RuleViolationError` for what is no such file."""
        for _ in range(_ATTEMPTS):
            if earlier := await self._store.import_of(claim):
                return earlier
            await self._data.refresh()
            now = self._clock.now()
            # Thousands of rows: other callers are served meanwhile.
            publications, report = await asyncio.to_thread(_plan, raw, self._data, local_date(now))
            try:
                record = await self._store.commit_import(publications, report, claim, now)
            except (StaleVersionError, ClaimTakenError):
                continue
            await self._data.refresh()
            return record
        raise UnavailableError("the catalogue is being changed by others", retry_after_seconds=1)

    async def import_record(self, number: int) -> ImportRecord:
        """An earlier import."""
        record = await self._store.import_record(number)
        if record is None:
            raise NotFoundError(f"no import {number}")
        return record


def _plan(raw: bytes, data: ReferenceData, day: date) -> tuple[list[Publication], ImportReport]:
    file = read_catalogue_file(raw)
    plan = plan_import(file.rows, data.procedures(), data.tree, day)
    lines = {
        outcome: {finding.line for finding in file.findings if finding.outcome == outcome}
        for outcome in ("refused", "mended")
    }
    report = ImportReport(
        rows_read=file.rows_read,
        new=len(plan.new),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        refused=len(lines["refused"]),
        mended=len(lines["mended"] - lines["refused"]),
        findings=tuple(
            ImportFinding(
                line=finding.line,
                field=finding.column,
                rule=finding.rule,
                outcome=finding.outcome,
                detail=finding.detail,
            )
            for finding in file.findings
        ),
    )
    return [
        Publication(ReferenceKind.PROCEDURE, procedure.code, procedure)
        for procedure in (*plan.new, *plan.changed)
    ], report
