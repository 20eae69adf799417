"""Intake's dossiers in PostgreSQL: one unlocked read, one data-modifying statement."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake_service.adapters.tables import dossier as dossier_table
from services.intake_service.adapters.tables import journal, public_view
from services.intake_service.application.ports import DossierFilter, PublicStatus
from services.intake_service.domain.dossier import Dossier
from shared.acts import Loaded, Replay
from shared.history import HistoryEntry
from shared.journal.reading import history_entry, history_page
from shared.journal.writer import IdempotencyClaim, JournalWriter, Write
from shared.observability.tracing import current_traceparent

_KEY = journal.idempotency_key

# Put together once: composing a query anew costs more than asking it.
_LOAD = select(dossier_table.c.state).where(dossier_table.c.code == bindparam("code"))
# One row always comes back: the dossier if there is one, the key's outcome if there is one.
_LOAD_WITH_KEY = select(dossier_table.c.state, _KEY.c.fingerprint, _KEY.c.code, _KEY.c.sequence).select_from(
    select(literal(1).label("one"))
    .subquery()
    .outerjoin(dossier_table, dossier_table.c.code == bindparam("code"))
    .outerjoin(
        _KEY,
        and_(
            _KEY.c.caller == bindparam("caller"),
            _KEY.c.route == bindparam("route"),
            _KEY.c.key == bindparam("key"),
        ),
    )
)


class SqlDossierStore:
    """Implements `application.ports.DossierStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._journal = JournalWriter(engine, journal)

    async def load(self, code: str, claim: IdempotencyClaim | None) -> Loaded[Dossier]:
        async with self._engine.connect() as connection:
            if claim is None:
                return Loaded(_dossier(await connection.scalar(_LOAD, {"code": code})), None)
            wanted = {"code": code, "caller": claim.caller, "route": claim.route, "key": claim.key}
            row = (await connection.execute(_LOAD_WITH_KEY, wanted)).one()
            if row.fingerprint is None:
                return Loaded(_dossier(row.state), None)
            entry = await history_entry(connection, journal.history, row.code, row.sequence)
            return Loaded(_dossier(row.state), Replay(row.fingerprint, entry))

    async def load_many(self, codes: Sequence[str]) -> dict[str, Dossier]:
        query = select(dossier_table.c.code, dossier_table.c.state).where(dossier_table.c.code.in_(codes))
        async with self._engine.connect() as connection:
            return {code: Dossier.model_validate(state) for code, state in await connection.execute(query)}

    async def replay(self, claim: IdempotencyClaim) -> Replay | None:
        query = select(_KEY.c.fingerprint, _KEY.c.code, _KEY.c.sequence).where(
            _KEY.c.caller == claim.caller, _KEY.c.route == claim.route, _KEY.c.key == claim.key
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            return Replay(
                row.fingerprint, await history_entry(connection, journal.history, row.code, row.sequence)
            )

    async def commit(
        self, dossier: Dossier, entries: Sequence[HistoryEntry], claim: IdempotencyClaim | None
    ) -> None:
        await self._journal.commit(
            Write(row=_row(dossier), entries=entries, claim=claim, traceparent=current_traceparent())
        )

    async def public_status(self, code: str) -> PublicStatus | None:
        query = select(public_view).where(public_view.c.code == code)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return PublicStatus(row.version, row.status, row.changed_at, row.appointment, row.promised_on)

    async def page(
        self, chosen: DossierFilter, after: tuple[datetime, str] | None, limit: int
    ) -> list[Dossier]:
        columns = dossier_table.c
        query = select(columns.state).order_by(columns.filed_at, columns.code).limit(limit)
        if chosen.applicant is not None:
            mine = (columns.owner == chosen.applicant) | (columns.representative == chosen.applicant)
            query = query.where(mine)
        if chosen.agencies is not None:
            query = query.where(columns.agency.in_(chosen.agencies))
        if chosen.status is not None:
            query = query.where(columns.status == chosen.status)
        if after is not None:
            query = query.where(tuple_(columns.filed_at, columns.code) > tuple_(*after))
        async with self._engine.connect() as connection:
            states = (await connection.execute(query)).scalars()
            return [Dossier.model_validate(state) for state in states]

    async def history(self, code: str, after_sequence: int, limit: int) -> list[HistoryEntry]:
        async with self._engine.connect() as connection:
            return await history_page(connection, journal.history, code, after_sequence, limit)

    async def lapsed(self, today: date, limit: int) -> list[str]:
        columns = dossier_table.c
        query = select(columns.code).where(columns.lapses_on < today).order_by(columns.lapses_on).limit(limit)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())


def _dossier(state: Any) -> Dossier | None:
    return None if state is None else Dossier.model_validate(state)


def _row(dossier: Dossier) -> dict[str, Any]:
    return {
        "code": dossier.code,
        "version": dossier.version,
        "head_hash": f"\\x{dossier.head_hash}",
        "status": dossier.status,
        "agency": dossier.facts.agency,
        "desk": dossier.facts.desk,
        "procedure": dossier.facts.procedure,
        "owner": dossier.owner,
        "representative": dossier.representative,
        "foreign_number": dossier.facts.foreign_number,
        "filed_at": dossier.filed_at,
        "lapses_on": dossier.lapses_on,
        "state": dossier.model_dump(mode="json"),
    }
