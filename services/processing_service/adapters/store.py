"""Processing's cases in PostgreSQL: one unlocked read, one data-modifying statement."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from services.processing_service.adapters.merged import Merged
from services.processing_service.adapters.rows import row_of
from services.processing_service.adapters.tables import case_file, case_opening, journal
from services.processing_service.application.ports import CaseFilter, Opening, Scope
from services.processing_service.domain.case import Case
from shared.acts import Loaded, Replay
from shared.events.dossier import ComponentCopy
from shared.history import HistoryEntry
from shared.journal.reading import history_entry, history_page
from shared.journal.writer import IdempotencyClaim, JournalWriter, Write
from shared.observability.tracing import current_traceparent
from shared.schemas.lifecycle import OPEN_STATUSES

_Wanted = tuple[str, IdempotencyClaim | None]

_LOAD = text("""
SELECT c.state::text AS state, k.fingerprint, k.code, k.sequence
FROM unnest(CAST(:codes AS text[]), CAST(:callers AS text[]), CAST(:routes AS text[]), CAST(:keys AS text[]))
     WITH ORDINALITY AS w(code, caller, route, key, number)
LEFT JOIN case_file c ON c.code = w.code
LEFT JOIN idempotency_key k ON k.caller = w.caller AND k.route = w.route AND k.key = w.key
ORDER BY w.number
""")

_MARK_CHECKED = text("""
UPDATE case_file c SET
    calendar_checked = :checked,
    state = jsonb_set(c.state, '{calendar_checked}', to_jsonb(CAST(:checked AS int)))
FROM unnest(CAST(:codes AS text[]), CAST(:versions AS int[])) AS s(code, version)
WHERE c.code = s.code AND c.version = s.version
""")


class SqlCaseStore:
    """Implements `application.ports.CaseStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._journal = JournalWriter(engine, journal)
        self._loaded = Merged(self._load_all)

    async def load(self, code: str, claim: IdempotencyClaim | None) -> Loaded[Case]:
        return await self._loaded((code, claim))

    async def load_many(self, codes: Sequence[str]) -> dict[str, Case]:
        columns = case_file.c
        query = select(columns.state).where(columns.code.in_(codes))
        return {case.code: case for case in await self._cases(query)}

    async def commit(
        self, dossier: Case, entries: Sequence[HistoryEntry], claim: IdempotencyClaim | None
    ) -> None:
        await self._journal.commit(
            Write(row=row_of(dossier), entries=entries, claim=claim, traceparent=current_traceparent())
        )

    async def opening(self, code: str) -> Opening:
        query = select(case_opening).where(case_opening.c.code == code)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one()
        return Opening(tuple(ComponentCopy.model_validate(c) for c in row.components), row.sealed)

    async def page(
        self, scope: Scope, chosen: CaseFilter, *, today: date, after: str | None, limit: int
    ) -> list[Case]:
        columns = case_file.c
        query = select(columns.state).order_by(columns.code).limit(limit)
        if not scope.everything:
            query = query.where(or_(false(), *_parts(scope)))
        for column, value in (
            (columns.status, chosen.status),
            (columns.agency, chosen.agency),
            (columns.assignee, chosen.assignee),
            (columns.foreign_number, chosen.foreign_number),
        ):
            if value is not None:
                query = query.where(column == value)
        if chosen.overdue is not None:
            overdue = and_(columns.overdue_after.is_not(None), columns.overdue_after < today)
            query = query.where(overdue if chosen.overdue else ~overdue)
        if after is not None:
            query = query.where(columns.code > after)
        return await self._cases(query)

    async def history(self, code: str, after_sequence: int, limit: int) -> list[HistoryEntry]:
        async with self._engine.connect() as connection:
            return await history_page(connection, journal.history, code, after_sequence, limit)

    async def hand_overs_due(self, now: datetime, limit: int) -> list[str]:
        columns = case_file.c
        query = select(columns.code).where(columns.hand_over_due_at < now)
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query.order_by(columns.hand_over_due_at).limit(limit)))

    async def unchecked(self, calendar_version: int, limit: int) -> list[Case]:
        columns = case_file.c
        query = select(columns.state).where(
            columns.status.in_([literal_column(f"'{status}'") for status in sorted(OPEN_STATUSES)]),
            columns.calendar_checked < calendar_version,
        )
        return await self._cases(query.order_by(columns.calendar_checked, columns.code).limit(limit))

    async def mark_checked(self, cases: Sequence[Case], calendar_version: int) -> None:
        parameters = {
            "codes": [case.code for case in cases],
            "versions": [case.version for case in cases],
            "checked": calendar_version,
        }
        async with self._engine.connect() as connection:
            await connection.execute(_MARK_CHECKED, parameters)

    async def _load_all(self, wanted: Sequence[_Wanted]) -> list[Loaded[Case]]:
        claims = [claim for _, claim in wanted]
        parameters = {
            "codes": [code for code, _ in wanted],
            "callers": [claim and claim.caller for claim in claims],
            "routes": [claim and claim.route for claim in claims],
            "keys": [claim and claim.key for claim in claims],
        }
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_LOAD, parameters)).all()
            return [
                Loaded(
                    None if row.state is None else Case.model_validate_json(row.state),
                    None
                    if row.fingerprint is None
                    else Replay(
                        row.fingerprint,
                        await history_entry(connection, journal.history, row.code, row.sequence),
                    ),
                )
                for row in rows
            ]

    async def _cases(self, query: Select[Any]) -> list[Case]:
        async with self._engine.connect() as connection:
            return [Case.model_validate(state) for state in await connection.scalars(query)]


def _parts(scope: Scope) -> Iterator[ColumnElement[bool]]:
    columns = case_file.c
    if scope.subject is not None:
        yield columns.owner == scope.subject
        yield columns.representative == scope.subject
    if scope.agencies:
        yield columns.agency.in_(scope.agencies)
    if scope.desks:
        yield columns.desk.in_(scope.desks)
    if scope.portal:
        yield columns.foreign_number.is_not(None)
    if scope.post:
        yield columns.post
